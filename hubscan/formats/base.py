"""What an output format is, and where formats are found.

A format is a module (here: the file `<name>.py`; elsewhere: whatever an entry point of the group `hubscan.formats`
names) with a `name`, a `suffix` and a `write`. Files that start with `_` are shared by formats and are none.
"""

import importlib
import pkgutil
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import IO, Protocol, cast, runtime_checkable

from hubscan.errors import UsageError
from hubscan.findings import Finding, ScanReport

GROUP = "hubscan.formats"
"""The entry-point group that brings formats from other packages; a shipped name is never replaced."""


class Format(Protocol):
    """One way to write a report."""

    @property
    def name(self) -> str:
        """The word after `--format`; for shipped formats the name of the file."""

    @property
    def suffix(self) -> str:
        """The ending a file of this format usually has: `.jsonl`."""

    def write(self, report: ScanReport, out: IO[bytes]) -> None:
        """Write `report` to `out`, a piece at a time: the same report gives the same bytes.

        No clock, network or database; nothing is read but shipped templates. `out` stays open. What the hub or an
        uploader wrote goes through `escape`.
        """


@runtime_checkable
class Streaming(Format, Protocol):
    """A format that is the findings and nothing else, each by itself, so that nobody need wait for the end."""

    def line(self, finding: Finding) -> bytes:
        """Return one finding as it stands in the file."""


def names() -> tuple[str, ...]:
    """Return the names of all formats in order, without loading one."""
    return tuple(sorted({*_shipped(), *_foreign()}))


def load(name: str) -> Format:
    """Return the format called `name`; `UsageError` names the choices."""
    if name in _shipped():
        return cast(Format, importlib.import_module(f"hubscan.formats.{name}"))
    if entry := _foreign().get(name):
        return cast(Format, entry.load())
    raise UsageError(f"there is no format {name!r}", todo=f"Choose one of {', '.join(names())}")


def _shipped() -> list[str]:
    modules = pkgutil.iter_modules([str(Path(__file__).parent)])
    return [module.name for module in modules if module.name != "base" and not module.name.startswith("_")]


def _foreign() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}
