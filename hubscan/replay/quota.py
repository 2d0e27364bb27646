"""A hub's quota: fixed windows by bucket, told in headers, enforced with 429.

Names and numbers as Hugging Face publishes them (docs/hub/rate-limits.md, September 2025): anonymous callers have 500
API, 3000 resolver and 100 page requests in five minutes.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from hubscan.replay.wire import Answer, Asked, refusal


@dataclass(slots=True)
class Quota:
    """`grants` requests by bucket in each window of `window` seconds by `clock`."""

    grants: dict[str, int] = field(default_factory=lambda: {"api": 500, "resolvers": 3000, "pages": 100})
    window: int = 300
    clock: Callable[[], float] = time.monotonic
    _taken: dict[str, tuple[int, int]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def take(self, asked: Asked) -> tuple[dict[str, str], Answer | None]:
        """Count one request; return the headers to send, and a 429 where none is left."""
        name = bucket_of(asked.path)
        with self._lock:
            number, now = int(self.clock() // self.window), self.clock()
            started, taken = self._taken.get(name, (number, 0))
            taken = taken + 1 if started == number else 1
            self._taken[name] = (number, taken)
        left, reset = max(0, self.grants[name] - taken), math.floor((number + 1) * self.window - now)
        headers = {
            "RateLimit": f'"{name}";r={left};t={reset}',
            "RateLimit-Policy": f'"fixed window";"{name}";q={self.grants[name]};w={self.window}',
        }
        return headers, refusal(429, message="Too many requests") if taken > self.grants[name] else None


def bucket_of(path: str) -> str:
    """Return the bucket that meters `path`."""
    if "/resolve/" in path:
        return "resolvers"
    return "api" if path.startswith("/api/") else "pages"
