"""Where data goes: standard output or a file that is written whole or not at all; as tables or JSON."""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

CLOSED_PIPE = 128 + 13
"""How a process ends whose reader went away: as if by SIGPIPE."""


class Listing(StrEnum):
    """The formats of what is listed or shown."""

    TABLE = "table"
    JSON = "json"


@contextmanager
def opened(path: Path | None) -> Iterator[IO[bytes]]:
    """Give the file `path` (mode 0600, in place only when the block ends well), or standard output for None.

    `OutputError` where it refuses. A reader that goes away ends the process quietly.
    """
    from hubscan.render import atomic_file

    if path is not None:
        with atomic_file(path) as out:
            yield out
        return
    with _standard_output() as out:
        yield out


@contextmanager
def _standard_output() -> Iterator[IO[bytes]]:
    from hubscan.errors import OutputError
    from hubscan.render import refusals

    if sys.stdout is None:
        raise OutputError("it is closed", "standard output", "Name a file with --output")
    try:
        with refusals("standard output"):
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
    except BrokenPipeError:
        forget_standard_output()
        sys.exit(CLOSED_PIPE)
    except OutputError:
        forget_standard_output()
        raise


def forget_standard_output() -> None:
    """Let what is still waiting to be written go nowhere: the interpreter would try again at its end, and complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def show(listing: Listing, value: Any, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print `value` as JSON, or `rows` under `columns` as a table."""
    data = json_document(value) if listing is Listing.JSON else table(columns, rows)
    with opened(None) as out:
        out.write(data)


def show_text(lines: Iterable[str]) -> None:
    """Print lines of text."""
    with opened(None) as out:
        out.writelines(f"{line}\n".encode("utf-8", "replace") for line in lines)


def show_json(value: Any) -> None:
    """Print `value` as JSON."""
    with opened(None) as out:
        out.write(json_document(value))


def json_document(value: Any) -> bytes:
    """Return `value` as an indented JSON document that no terminal obeys."""
    import msgspec

    from hubscan.escape import json_bytes

    return msgspec.json.format(json_bytes(value), indent=2) + b"\n"


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a plain table, every cell made harmless; lines fold at a terminal's width and nowhere else."""
    import io

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from hubscan.escape import visible

    drawn = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        drawn.add_column(column, overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(visible(str(cell), 500)) for cell in row))
    text = io.StringIO()
    width = os.get_terminal_size(sys.stdout.fileno()).columns if sys.stdout and sys.stdout.isatty() else _WIDE
    Console(file=text, width=width, emoji=False, markup=False, highlight=False, no_color=True).print(drawn)
    return "".join(f"{line.rstrip()}\n" for line in text.getvalue().splitlines()).encode()


_WIDE = 4000
