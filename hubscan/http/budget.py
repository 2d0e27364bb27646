"""What one run may spend, and the purse that counts it."""

from dataclasses import dataclass
from threading import Lock

from hubscan.errors import StoppedError
from hubscan.http.settings import Clock

RESUME = "What was read is kept; run the same command again to go on"


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits of one run: requests on the wire, minutes, and retries over all requests. None means no limit."""

    requests: int | None = None
    minutes: float | None = None
    retries: int = 500


class Purse:
    """Counts against a `Budget` and raises `StoppedError` when it is spent, before the request or wait is made."""

    def __init__(self, budget: Budget, clock: Clock) -> None:
        self._budget, self._clock, self._lock = budget, clock, Lock()
        self._requests = self._retries = 0
        self._end = None if budget.minutes is None else clock.monotonic() + budget.minutes * 60

    def request(self) -> None:
        """Pay for one request."""
        self.wait(0)
        with self._lock:
            if self._budget.requests is not None and self._requests >= self._budget.requests:
                raise StoppedError("requests", f"the budget of {self._requests} requests is spent", todo=RESUME)
            self._requests += 1

    def retry(self, where: str) -> None:
        """Pay for one more try of a question that failed at `where`."""
        with self._lock:
            if self._retries >= self._budget.retries:
                raise StoppedError("retries", f"the hub failed {self._retries} times in this run", where, RESUME)
            self._retries += 1

    def wait(self, seconds: float) -> None:
        """Refuse a wait that would end after the run's time."""
        if self._end is not None and self._clock.monotonic() + seconds >= self._end:
            raise StoppedError("minutes", f"the budget of {self._budget.minutes:g} minutes is spent", todo=RESUME)
