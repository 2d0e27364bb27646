"""What a reader of headers is, what can be wrong with a header, and how a file's name finds its reader."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Protocol, runtime_checkable

from hubscan import pictures

Read = Callable[[int, int], bytes]
"""`read(offset, n)` returns n bytes of the file from `offset`, fewer only where the file ends."""

MIB = 1024 * 1024
CAP = 8 * MIB
"""Bytes at the front of a file in which its header must end. 30,000 caption tags take 0.8 MB, a vocabulary of 150,000
words 5.7 MB."""
PIECE = 128 * 1024
"""The largest first read, but for one value that is longer; later ones are as large as all before them at most."""
MOST_KEYS = 4096
"""Keys that are kept of one header. Trainers write about 130."""


class Fault(StrEnum):
    """What is wrong with a header; the word is what `ScanError.kind` carries."""

    CUT = "cut"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    TOO_DEEP = "too_deep"
    BAD_FORMAT = "bad_format"
    BAD_VERSION = "bad_version"
    BIG_ENDIAN = "big_endian"
    BAD_JSON = "bad_json"
    BAD_TYPE = "bad_type"
    DUPLICATE_KEY = "duplicate_key"


@dataclass(frozen=True, slots=True)
class HeaderError:
    """Why a header, or the rest of it, is not known. The message holds numbers and no text of the file."""

    kind: Fault
    message: str


@dataclass(frozen=True, slots=True)
class Header:
    """The text key-values of one file, in its order, pictures left out, and what was wrong with it.

    Values beside an error are what stood before the fault; text behind it is unknown. The second value of a key that is
    there twice is kept as `key#2`: programs differ in which they use, which makes it a place to hide.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    error: HeaderError | None = None


class UnreadableError(Exception):
    """Ends the reading of a header. It does not leave this package."""

    def __init__(self, kind: Fault, message: str) -> None:
        self.kind, self.message = kind, message
        super().__init__(kind, message)


@runtime_checkable
class Reader(Protocol):
    """The contract of a format. A file in this folder ends with its one instance, `READER`."""

    name: str
    """What the format is called; also the file's name."""

    suffixes: tuple[str, ...]
    """How names of its files end, in lower case."""

    def pairs(self, read: Read, cap: int) -> Iterator[tuple[str, str]]:
        """Yield text key-values in the file's order, asking for bytes of the header alone, none at `cap` or behind it.

        Keys of pictures (`pictures.is_key`) are passed over undecoded. `UnreadableError` ends it where it goes wrong.
        """
        ...


@cache
def readers() -> tuple[Reader, ...]:
    """Return all readers, by name."""
    here = Path(__file__).parent
    names = sorted(path.stem for path in here.glob("*.py") if path.stem != "base" and path.stem[0] != "_")
    return tuple(import_module(f"hubscan.headers.{name}").READER for name in names)


def suffixes() -> tuple[str, ...]:
    """Return the suffixes of all files whose header can be read."""
    return tuple(suffix for reader in readers() for suffix in reader.suffixes)


def read(name: str, source: Read, cap: int = CAP) -> Header:
    """Read the header of the file called `name`. Never raises but for what `source` itself raises.

    `ValueError` if no reader goes by that name: ask `suffixes` first.
    """
    reader = next((reader for reader in readers() if name.lower().endswith(reader.suffixes)), None)
    if reader is None:
        raise ValueError(f"no header reader for a name that ends like {name[-16:]!r}")
    kept: dict[str, str] = {}
    error = None
    try:
        error = _collect(reader.pairs(source, cap), kept)
    except UnreadableError as fault:
        error = HeaderError(fault.kind, fault.message)
    return Header(pictures.text_only(kept.items()), error)


def _collect(pairs: Iterator[tuple[str, str]], kept: dict[str, str]) -> HeaderError | None:
    """Put every pair into `kept`; say so if a key came more than once."""
    times: dict[str, int] = {}
    for key, text in pairs:
        if len(kept) == MOST_KEYS:
            raise UnreadableError(Fault.TOO_MANY, f"more than {MOST_KEYS} keys; the rest is left unread")
        times[key] = times.get(key, 0) + 1
        kept[key if times[key] == 1 else f"{key}#{times[key]}"] = text
    twice = sum(count > 1 for count in times.values())
    if not twice:
        return None
    return HeaderError(Fault.DUPLICATE_KEY, f"{twice} of its keys stand there more than once: all values are kept")
