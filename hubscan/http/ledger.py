"""The ledger: every request by URL class, so that a report can say what a run asked and prove what it did not.

An entry holds no path, query, token or body: it counts, it does not tell who was looked at.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock
from typing import Protocol


class UrlClass(StrEnum):
    """What a request is for. There is no class for a file's content beyond its header."""

    LISTING = "listing"
    INFO = "info"
    CARD = "card"
    HEADER = "header"
    CHECK = "check"
    HASH = "hash"


@dataclass(frozen=True, slots=True)
class Entry:
    """One request on the wire (each redirect and each retry is one).

    `status` is None where no reply came; `received` counts body bytes as they came in, before decompression;
    `outcome` is "ok", "redirect" or a fault kind; `at` is seconds since the epoch, `duration` seconds.
    `sha256` (hex) is of the body as taken, decompressed; None where none was taken.
    """

    url_class: UrlClass
    method: str
    host: str
    status: int | None
    received: int
    outcome: str
    at: float
    duration: float
    sha256: str | None = None


class Ledger(Protocol):
    """Takes the entries of a run. Called from the thread that made the request."""

    def note(self, entry: Entry) -> None:
        """Keep `entry`."""
        ...


class MemoryLedger:
    """Sums entries by URL class; `forward` also gets each one (the store keeps them as rows)."""

    def __init__(self, forward: Callable[[Entry], None] | None = None) -> None:
        self._forward = forward
        self._sums: dict[UrlClass, dict[str, int]] = {}
        self._lock = Lock()

    def note(self, entry: Entry) -> None:
        """Add `entry` to the sums of its class and hand it on."""
        with self._lock:
            sums = self._sums.setdefault(entry.url_class, {"requests": 0, "bytes": 0, "failed": 0})
            sums["requests"] += 1
            sums["bytes"] += entry.received
            sums["failed"] += entry.outcome not in ("ok", "redirect")
        if self._forward:
            self._forward(entry)

    def summary(self) -> Mapping[str, Mapping[str, int]]:
        """Return requests, bytes and failed requests by URL class, as `ScanReport.requests` wants them."""
        with self._lock:
            return {url_class.value: dict(self._sums[url_class]) for url_class in sorted(self._sums)}
