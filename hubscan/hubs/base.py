"""What a hub is, and how one is found by its name.

A hub's own object goes in as `StoredRecord.native` and comes out as a `RepoRecord`. Parsing never raises and never
loses a record for one bad field: what has the wrong shape is unknown and named in `RepoRecord.malformed`; only a record
without a usable id is a `ScanError`.

A hub that can also be asked over the network is a `Connector`: values in, values out. When to ask, what to keep and
when to stop is for `crawl/`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from hubscan.errors import UsageError
from hubscan.findings import ScanError, SkippedRepo
from hubscan.http import Client
from hubscan.hubs._fields import without_addresses
from hubscan.records import RepoRecord, RepoRef, StoredRecord

ENTRY_POINTS = "hubscan.hubs"
"""The entry point group by which a hub outside this package joins: name = "module:HUB"."""


@runtime_checkable
class Hub(Protocol):
    """The contract of a hub. A file in this folder ends with its one instance, `HUB`."""

    name: str
    """What the command line, dumps and outputs call it; also the file's name."""

    title: str
    """What people call it."""

    def parse(self, stored: StoredRecord) -> RepoRecord | ScanError:
        """Read one stored object. `ScanError` only if it has no usable id; never raises."""
        ...

    def scrub(self, native: Mapping[str, Any]) -> dict[str, Any]:
        """Return the object without pictures, their addresses and anything else that is not text metadata.

        What comes from the network passes here before it is stored anywhere.
        """
        ...


class Order(StrEnum):
    """How a list is sorted, newest first. Nothing moves in a list by creation; what changes leads one by change."""

    CREATED = "created"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Which repos of one kind to list, in which order, how many on a page at most. None asks for no limit on it.

    `view` is one of the connector's `views`.
    """

    kind: str
    view: str = ""
    author: str | None = None
    search: str | None = None
    tag: str | None = None
    order: Order = Order.CREATED
    page_size: int = 100


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of a list. `onward` is where to go on, None at its end; `cut` says that it broke off before that."""

    items: tuple[StoredRecord | SkippedRepo | ScanError, ...]
    onward: str | None
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """Where to ask, and as whom."""

    endpoint: str
    token: str | None = None


Unread = SkippedRepo | ScanError
"""Why there is no answer about one repo: it is not to be read (gated, disabled, vanished, ...), or reading failed."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A repo that holds a file of a given SHA-256 (lower-case hex), as a hub's own look-up says."""

    sha256: str
    ref: RepoRef


@runtime_checkable
class Connector(Hub, Protocol):
    """A hub that can be crawled. No method raises but for `errors.StoppedError`, which ends a run.

    `_usual.Usual` has what most hubs answer alike.
    """

    kinds: tuple[str, ...]
    """What there is to list, in the order it is listed."""

    views: tuple[str, ...]
    """Lists of one kind that only together show all of it, by the hub's own word; most hubs have one, called ""."""

    refused: Mapping[str, str]
    """What cannot be asked of this hub, and why, in a sentence: `list`, `since`, `author`, `search`, `tag`, `reports`,
    `hashes`, `headers`."""

    with_card: tuple[str, ...]
    """Keys of the native object that come with the card and not with a list."""

    interval: float
    """Seconds between two requests where nothing else is asked for; 0 for hubs that publish a quota."""

    blind_spots: tuple[str, ...]
    """What a sweep of this hub cannot show, in sentences."""

    unverified: tuple[str, ...]
    """What no run against the live hub has confirmed, in sentences."""

    def account(self, endpoint: str | None) -> Account:
        """Return where to ask (the hub's own address for None) and the token that belongs to just that place."""
        ...

    def pages(self, client: Client, query: Query, start: str | None = None) -> Iterator[Listed]:
        """Yield a list page by page, one request each, from its beginning or from `Listed.onward` of an earlier run."""
        ...

    def fetch(self, client: Client, ref: RepoRef) -> StoredRecord | Unread:
        """Read one repo by its name, as a list would have shown it."""
        ...

    def entry(self, client: Client, ref: RepoRef) -> StoredRecord | Unread:
        """Read just what tells whether a repo is there and which version of it: in one request, and never a file."""
        ...

    def hidden(self, client: Client, record: RepoRecord, vantage: str | None) -> str:
        """Return in words why a repo that was not found may be there all the same; "" where nothing speaks for it.

        `record` is the repo as it was read before, `vantage` where it is read from, as far as somebody has said so.
        """
        ...

    def kept(self, client: Client, ref: RepoRef) -> bool | None:
        """Say whether the revision of `ref` can still be had behind a newer one; None where that cannot be asked."""
        ...

    def holders(self, client: Client, hashes: Sequence[str]) -> Iterator[Holder | ScanError]:
        """Look up which repos hold files with these SHA-256, in as few requests as the hub takes."""
        ...

    def counts(self, client: Client, author: str | None) -> Iterator[Mapping[str, int] | ScanError]:
        """Yield how many repos the hub itself counts for each account, a page at a time; nothing where it does not."""
        ...

    def has_card(self, stored: StoredRecord) -> bool | None:
        """Say from list fields whether there is more to read than the list shows; None where they do not tell."""
        ...

    def card(self, client: Client, stored: StoredRecord) -> StoredRecord | Unread:
        """Return a listed repo with its card, whole, "" where it has none, and with what `with_card` names."""
        ...

    def reports(self, client: Client, stored: StoredRecord) -> StoredRecord | Unread:
        """Return the record with what the hub's community reported on it, titles and dates only."""
        ...

    def gaps(self, stored: StoredRecord) -> tuple[ScanError, ...]:
        """Name what of a record that was read could not be read with it."""
        ...

    def version(self, stored: StoredRecord) -> str:
        """Return a word that changes when the repo's content does, "" where the list gives none."""
        ...

    def changed_at(self, stored: StoredRecord) -> str | None:
        """Return when the hub says that the repo last changed, RFC 3339 UTC."""
        ...


@runtime_checkable
class HeaderSource(Connector, Protocol):
    """A hub whose weight files' headers may be read."""

    file_hosts: tuple[str, ...]
    """Hosts that the hub's redirects to its files lead to, as `Client.get_range` takes them. No token goes there."""

    def with_headers(self) -> "HeaderSource":
        """Return this hub asking its lists and single repos also for what it has read of headers itself."""
        ...

    def file_address(self, endpoint: str, ref: RepoRef, name: str) -> str | None:
        """Return where the file `name` is had at the revision of `ref`; None for a name that fits no address."""
        ...


@runtime_checkable
class HashSource(Connector, Protocol):
    """A hub whose lists do not show the hashes of files, and that can be asked for them repo by repo."""

    def with_file_hashes(self) -> "HashSource":
        """Return this hub asking for the files' published hashes where it asks for a card, one request more each."""
        ...


@cache
def names() -> tuple[str, ...]:
    """Return the names of all hubs, this package's own and those by entry point, in order."""
    own = {path.stem for path in Path(__file__).parent.glob("*.py") if path.stem != "base" and path.stem[0] != "_"}
    return tuple(sorted(own | {entry.name for entry in entry_points(group=ENTRY_POINTS)}))


@cache
def load(name: str) -> Hub:
    """Return the hub called `name`; `UsageError` lists the choices. This package's own come before foreign ones."""
    if name not in names():
        raise UsageError("there is no such hub", name, f"Choose one of: {', '.join(names())}")
    if (Path(__file__).parent / f"{name}.py").exists():
        hub = import_module(f"hubscan.hubs.{name}").HUB
    else:
        hub = next(iter(entry_points(group=ENTRY_POINTS, name=name))).load()
    if not isinstance(hub, Hub):
        raise UsageError("this entry point is not a hub", name, "It needs name, title, parse and scrub")
    return hub


def connector(name: str) -> Connector:
    """Return the hub called `name` if it can be crawled; `UsageError` lists those that can."""
    hub = load(name)
    if not isinstance(hub, Connector):
        able = ", ".join(other for other in names() if isinstance(load(other), Connector))
        raise UsageError(
            f"{hub.title} cannot be crawled by this version",
            todo=f"These can: {able}. For stored metadata: hubscan scan dump FILE...",
        )
    return hub


def header_source(hub: Connector) -> HeaderSource:
    """Return `hub` if headers may be read there; `UsageError` if not."""
    if isinstance(hub, HeaderSource):
        return hub
    raise UsageError(f"{hub.title}: this version does not know how to read headers there", todo="Leave --headers out")


def hash_source(hub: Connector) -> HashSource:
    """Return the hub if it can be asked for file hashes; `UsageError` where there is nothing to ask for."""
    if not isinstance(hub, HashSource):
        raise UsageError(f"{hub.title} shows the hashes it has without being asked", todo="Leave --file-hashes out")
    return hub


def scrubbed(hub: Hub, value: Any) -> Any:
    """Return a decoded reply of `hub`, or a text from it, without pictures and their addresses."""
    if isinstance(value, str):
        return without_addresses(value)
    if isinstance(value, list):
        return [scrubbed(hub, item) for item in value]
    return hub.scrub(value) if isinstance(value, Mapping) else value


def parse(stored: StoredRecord) -> RepoRecord | ScanError:
    """Read one stored object with the hub it names."""
    if stored.hub not in names():
        return ScanError(stored.where, "unknown-hub", f"no hub of this name; known are {', '.join(names())}")
    if not isinstance(stored.native, (dict, Mapping)):  # `dict` first: an abstract class is slow to ask
        return ScanError(stored.where, "not-a-record", "`native` is not an object")
    return load(stored.hub).parse(stored)
