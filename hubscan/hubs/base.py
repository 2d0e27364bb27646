"""What a hub is, and how one is found by its name.

A hub's own object goes in as `StoredRecord.native` and comes out as a `RepoRecord`. Parsing never raises and never
loses a record for one bad field: what has the wrong shape is unknown and named in `RepoRecord.malformed`; only a record
without a usable id is a `ScanError`.
"""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from hubscan.errors import UsageError
from hubscan.findings import ScanError
from hubscan.records import RepoRecord, StoredRecord

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


def parse(stored: StoredRecord) -> RepoRecord | ScanError:
    """Read one stored object with the hub it names."""
    if stored.hub not in names():
        return ScanError(stored.where, "unknown-hub", f"no hub of this name; known are {', '.join(names())}")
    if not isinstance(stored.native, Mapping):
        return ScanError(stored.where, "not-a-record", "`native` is not an object")
    return load(stored.hub).parse(stored)
