"""Weight files in a folder as records of the hub `files`: path, size and the text of their headers, nothing else.

The headers are read by this package's own readers. The safetensors library takes headers of up to 100 MB and hands out
the pictures in them; it is what the readers are tested against.
"""

import io
import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from hubscan import headers
from hubscan.errors import InputError
from hubscan.findings import ScanError, SkippedRepo
from hubscan.records import RepoRef, StoredRecord

HUB, KIND = "files", "model"
MOST_ENTRIES = 1_000_000
"""Names that are looked at in all. Where a tree has more, the scan says that it is incomplete."""

# Never through a link that took a file's place, and never waiting for whoever might write to a pipe.
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_LONGEST_ID = 512

Item = StoredRecord | SkippedRepo | ScanError


def read(folder: Path, *, cap: int = headers.CAP, most: int = MOST_ENTRIES) -> Iterator[Item]:
    """Yield a record for every safetensors and GGUF file under `folder`, by path; the same tree, the same order.

    A file whose header cannot be read in full yields its record, then a `ScanError` that names it. Links, pipes and
    other files are `SkippedRepo`s. `InputError` if `folder` cannot be listed.
    """
    try:
        entries = _listed(folder, most)
    except NotADirectoryError:
        raise InputError("this is no folder", str(folder), "Name the folder that holds the files") from None
    except OSError as error:
        what = f"the folder cannot be read ({error.strerror or error})"
        raise InputError(what, str(folder), "Check the path and its permissions") from None
    yield from _walk(folder, entries, cap, most)


def _walk(folder: Path, entries: list[os.DirEntry[str]], cap: int, most: int) -> Iterator[Item]:
    """Go through the tree without recursion: a stranger's archive may be nested without end."""
    waiting, seen = entries[::-1], len(entries)
    while waiting:
        entry = waiting.pop()
        if not entry.is_dir(follow_symlinks=False):
            yield from _file(folder, entry, cap)
            continue
        try:
            inside = _listed(Path(entry.path), most - seen)
        except OSError as error:
            yield _unreadable(_name(folder, entry), error)
            continue
        seen += len(inside)
        waiting += inside[::-1]
    if seen >= most:
        what = f"there are {most:,} names or more in it: the rest is left unread"
        yield ScanError(str(folder), "too_many", what)


def _listed(folder: Path, most: int) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        found = [entry for _, entry in zip(range(most), entries, strict=False)]
    return sorted(found, key=lambda entry: os.fsencode(entry.name))


def _file(folder: Path, entry: os.DirEntry[str], cap: int) -> Iterator[Item]:
    name = _name(folder, entry)
    if reason := _reason_to_skip(entry):
        yield SkippedRepo(RepoRef(HUB, KIND, name), reason)
        return
    if len(name) > _LONGEST_ID:
        yield ScanError(name, "no-id", f"the path is longer than {_LONGEST_ID} characters")
        return
    try:
        with os.fdopen(os.open(entry.path, _FLAGS), "rb", buffering=0) as file:
            yield from _read(name, file, cap)
    except OSError as error:
        yield _unreadable(name, error)


def _reason_to_skip(entry: os.DirEntry[str]) -> str | None:
    if entry.is_symlink():
        return "symlink"
    if not entry.is_file(follow_symlinks=False):
        return "not_a_file"
    return None if entry.name.lower().endswith(headers.suffixes()) else "not_a_model"


def _read(name: str, file: io.FileIO, cap: int) -> Iterator[StoredRecord | ScanError]:
    found = os.fstat(file.fileno())
    if not stat.S_ISREG(found.st_mode):
        raise OSError("it is no file any more")

    def part(offset: int, size: int) -> bytes:
        file.seek(offset)
        return file.read(size)

    header = headers.read(name, part, cap)
    native = {"id": name, "size": found.st_size, "modified": _moment(found.st_mtime)}
    known = {name: dict(header.values)} if header.values or not header.error else None
    yield StoredRecord(HUB, KIND, native, headers=known, where=name)
    if header.error:
        yield ScanError(name, header.error.kind.value, header.error.message, RepoRef(HUB, KIND, name))


def _moment(seconds: float) -> str | None:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):  # a disk may hold any number
        return None


def _name(folder: Path, entry: os.DirEntry[str]) -> str:
    """Return the path within the folder, fit to be an id: printable, and UTF-8 whatever bytes the disk holds."""
    path = Path(entry.path).relative_to(folder).as_posix()
    return "".join(char if char.isprintable() else f"<U+{ord(char):04X}>" for char in path)


def _unreadable(name: str, error: OSError) -> ScanError:
    return ScanError(name, "unreadable", error.strerror or str(error))
