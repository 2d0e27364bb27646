"""How a person ends a run: the request under way is finished and kept, waits are cut short, nothing is lost."""

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from hubscan.errors import StoppedError
from hubscan.http import Clock

RESUME = "What was read is kept; run the same command again to go on"
_SLICE = 0.25


class StopSign:
    """Put up by Ctrl-C or SIGTERM, and looked at wherever a run may stop. A second one ends the process."""

    def __init__(self) -> None:
        self._up = False

    def put_up(self, number: int = signal.SIGINT, _: object = None) -> None:
        """Ask the run to stop. A signal handler: it takes no lock."""
        if self._up:
            sys.exit(128 + number)  # as a shell expects; nothing that was kept is lost by it
        self._up = True

    def check(self) -> None:
        """Raise `StoppedError` if the sign is up."""
        if self._up:
            raise StoppedError("interrupted", "the run was interrupted", todo=RESUME)

    def sleep(self, seconds: float) -> None:
        """Sleep, looking at the sign now and then."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.check()
            time.sleep(min(left, _SLICE))
        self.check()

    def clock(self) -> Clock:
        """Return a clock that wakes when the sign goes up."""
        return Clock(sleep=self.sleep)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Let Ctrl-C and SIGTERM put the sign up within the block."""
        before = {number: signal.signal(number, self.put_up) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
