"""The records of a dump, indexed so that any page of any order comes without walking the whole."""

import hashlib
import json
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hubscan.records import StoredRecord

Key = tuple[Any, str]
"""What a list is ordered by, and the id that decides between equals."""


@dataclass(frozen=True, slots=True)
class Order:
    """Which records a list has and by what they are sorted. Equal `name`s must mean equal functions."""

    name: tuple[Any, ...]
    value_of: Callable[[StoredRecord], Any] = field(compare=False)
    keep: Callable[[StoredRecord], bool] = field(compare=False)


@dataclass(slots=True)
class Shelf:
    """The records of one hub and kind. `put` changes them under a running list, as a live hub does."""

    records: dict[str, StoredRecord] = field(default_factory=dict)
    _orders: dict[Order, list[Key]] = field(default_factory=dict)

    def put(self, records: Iterable[StoredRecord]) -> None:
        """Add or replace records."""
        self.records.update((str(record.native["id"]), record) for record in records)
        self._orders = {}

    def drop(self, repo_id: str) -> None:
        """Take a repo down."""
        self.records.pop(repo_id, None)
        self._orders = {}

    def page(self, order: Order, before: Key | None, limit: int) -> tuple[list[Key], Key | None]:
        """Return up to `limit` keys in falling order below `before`, and the key to go on below, None at the end."""
        keys = self._sorted(order)
        end = len(keys) if before is None else bisect_left(keys, before)
        start = max(0, end - limit)
        return keys[start:end][::-1], keys[start] if start else None

    def page_up(self, order: Order, after: Key | None, limit: int) -> tuple[list[Key], Key | None]:
        """Return up to `limit` keys in rising order above `after`, and the key to go on above, None at the end."""
        keys = self._sorted(order)
        start = 0 if after is None else bisect_right(keys, after)
        end = min(len(keys), start + limit)
        return keys[start:end], keys[end - 1] if end < len(keys) else None

    def _sorted(self, order: Order) -> list[Key]:
        if order not in self._orders:
            chosen = (item for item in self.records.items() if order.keep(item[1]))
            self._orders[order] = sorted((order.value_of(record), repo_id) for repo_id, record in chosen)
        return self._orders[order]


@dataclass(slots=True)
class Catalog:
    """All shelves, by (hub, kind), and what a dump does not hold.

    `files` are bytes by (repo id, file name), `discussions` API objects by repo id, `renamed` old ids to new ones.
    A record whose API object has no id cannot be served and is left out.
    """

    shelves: dict[tuple[str, str], Shelf] = field(default_factory=dict)
    files: dict[tuple[str, str], bytes] = field(default_factory=dict)
    discussions: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)

    def put(self, records: Iterable[StoredRecord]) -> None:
        """Add or replace records of any hub and kind."""
        sorted_out: dict[tuple[str, str], list[StoredRecord]] = {}
        for record in records:
            if isinstance(record.native, Mapping) and record.native.get("id") is not None:
                sorted_out.setdefault((record.hub, record.kind), []).append(record)
        for key, group in sorted_out.items():
            self.shelf(*key).put(group)

    def shelf(self, hub: str, kind: str) -> Shelf:
        """Return the shelf of one hub and kind, empty if the dump has none."""
        return self.shelves.setdefault((hub, kind), Shelf())


def revision(record: StoredRecord) -> str:
    """Return the commit the hub names, or one made up from the content: the same content, the same commit."""
    sha = record.native.get("sha")
    if isinstance(sha, str):
        return sha
    content = json.dumps([record.native, record.card], sort_keys=True, default=str)
    return hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()[:40]


def rows(value: Any) -> list[Mapping[str, Any]]:
    """Return the objects of a list in a record, none where it is no list: a dump may hold anything."""
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []
