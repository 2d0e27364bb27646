"""What is said to people: plain lines on stderr, and a moving line of progress on a terminal. Data never goes here."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import TextIO, TypeVar

from hubscan.escape import visible

T = TypeVar("T")


class Voice:
    """Speaks to `stream`, or to nobody where it is None."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    def say(self, line: str) -> None:
        """Say one line. Nothing it names can move the cursor or break the line."""
        if self._stream:
            with suppress(OSError):
                print(visible(line, 2000), file=self._stream, flush=True)

    def warn(self, line: str) -> None:
        """Say one line that a reader must not miss."""
        self.say(f"Warning: {line}")

    def count(self, items: Iterable[T], noun: str) -> Iterator[T]:
        """Pass `items` on, counting them on a terminal."""
        if not (self._stream and self._stream.isatty()):
            yield from items
            return
        from rich.console import Console
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        columns = (SpinnerColumn(), TextColumn("{task.completed:,} {task.description}"), TimeElapsedColumn())
        with Progress(*columns, console=Console(file=self._stream), transient=True) as progress:
            yield from progress.track(items, description=noun)


def voice() -> Voice:
    """Return the voice of this process."""
    return Voice(sys.stderr)


SILENT = Voice(None)
"""What `--quiet` asks for."""
