"""A folder of files that a command writes: written anew, or compared with what stands there."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from hubscan.cli._output import show_text
from hubscan.cli._voice import voice
from hubscan.errors import InputError, OutputError
from hubscan.render import PUBLIC, counted, refusals, write_atomically

_HEAD = 500
"""Bytes in which the mark of a generated file stands."""


def write(folder: Path, files: Mapping[str, str], mark: str) -> None:
    """Write `files` below `folder`, and take away marked files that are none of them any more.

    `OutputError` where a file without the mark, which somebody else wrote, stands in the way.
    """
    for name in files:
        path = folder / name
        if path.exists() and not _is_marked(path, mark):
            raise OutputError("this file was not written by this command", str(path), "Move it, or name another folder")
    for name, text in files.items():
        path = folder / name
        with refusals(str(path)):
            path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text.encode(), PUBLIC)
    gone = list(_left_over(folder, files, mark))
    for path in gone:
        with refusals(str(path)):
            path.unlink()
    removed = f", {counted(len(gone), 'stale file')} removed" if gone else ""
    voice().say(f"{counted(len(files), 'file')} written to {folder}{removed}.")


def check(folder: Path, files: Mapping[str, str], mark: str, remedy: str) -> int:
    """Print which files below `folder` are not what they should be; return 1 if any is, else 0."""
    stale = [f"{folder / name}: {why}" for name, text in files.items() if (why := _fault(folder / name, text))]
    stale += [f"{path}: belongs to nothing any more" for path in _left_over(folder, files, mark)]
    show_text(stale)
    if stale:
        voice().say(f"{counted(len(stale), 'file')} not as generated. Run: {remedy}")
    else:
        voice().say(f"{counted(len(files), 'file')} in {folder} as generated.")
    return int(bool(stale))


def _fault(path: Path, text: str) -> str:
    if not path.exists():
        return "is missing"
    return "" if _read(path) == text.encode() else "is stale"


def _left_over(folder: Path, files: Mapping[str, str], mark: str) -> Iterator[Path]:
    endings = {Path(name).suffix for name in files}
    for path in sorted(folder.rglob("*")):
        known = path.suffix not in endings or not path.is_file() or path.relative_to(folder).as_posix() in files
        if not known and _is_marked(path, mark):
            yield path


def _is_marked(path: Path, mark: str) -> bool:
    return mark.encode() in _read(path)[:_HEAD]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"it cannot be read ({error.strerror})", str(path)) from error
