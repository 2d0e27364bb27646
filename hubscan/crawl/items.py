"""A repo as a list shows it, set beside what is known of it from before."""

from collections.abc import Mapping
from dataclasses import dataclass

from hubscan.hubs.base import Connector, HashSource
from hubscan.records import RepoRecord, RepoRef, StoredRecord
from hubscan.store.crawls import Known


@dataclass(frozen=True, slots=True)
class Item:
    """A listed repo: its object, as it was read, and what is known of it from before.

    `before` is the stored record if a card or headers are in it, `card_version` and `headers_version` the versions they
    are of, None where there are none.
    """

    stored: StoredRecord
    record: RepoRecord
    version: str
    known: Known | None
    before: StoredRecord | None
    card_version: str | None
    headers_version: str | None

    @property
    def ref(self) -> RepoRef:
        """Which repo it is."""
        return self.record.ref

    @property
    def same(self) -> bool:
        """Whether the list says the same of it as the last time."""
        return self.known is not None and bool(self.version) and self.known.version == self.version

    @property
    def card_stored(self) -> bool:
        """Whether the card of just this version is stored."""
        return bool(self.version) and self.card_version == self.version

    @property
    def headers(self) -> Mapping[str, Mapping[str, str]] | None:
        """The stored headers, if they are of just this version."""
        current = bool(self.version) and self.headers_version == self.version
        return self.before.headers if self.before and current else None


def item_of(
    hub: Connector, stored: StoredRecord, record: RepoRecord, known: Known | None, before: StoredRecord | None
) -> Item:
    """Set a listed repo beside what is stored of it."""
    if before is None or (before.card is None and before.headers is None):
        return Item(stored, record, hub.version(stored), known, None, None, None)
    by_dump = hub.version(before)
    card = headers = None
    if before.card is not None:
        card = by_dump if known is None or known.card_version is None else known.card_version
        card = card if is_whole(hub, before) else ""
    if before.headers is not None:
        headers = by_dump if known is None or known.headers_version is None else known.headers_version
    return Item(stored, record, hub.version(stored), known, before, card, headers)


def is_whole(hub: Connector, stored: StoredRecord) -> bool:
    """Whether file hashes stand beside a stored card, if the hub is asked for them with it."""
    return not isinstance(hub, HashSource) or all(key in stored.native for key in hub.with_card)
