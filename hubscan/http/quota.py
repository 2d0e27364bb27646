"""Pacing by what the hub says it grants, so that no 429 is provoked.

Headers (draft-ietf-httpapi-ratelimit-headers, as Hugging Face sends them):
`RateLimit: "api";r=0;t=55` (requests left, seconds to the reset) and
`RateLimit-Policy: "fixed window";"api";q=500;w=300` (quota, window in seconds).
"""

import email.utils
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from urllib.parse import urlsplit

from hubscan.errors import StoppedError
from hubscan.http.budget import RESUME
from hubscan.http.places import origin_of
from hubscan.http.settings import Clock, Settings

MARGIN = 1.0
"""Seconds added to a reset: hubs round `t` down."""

_ITEM = re.compile(r'(?:"[^"]*"|[^,"])+')
_NAME = re.compile(r'"([^"]*)"')
_NUMBER = re.compile(r";\s*([a-z]+)=(\d{1,9})(?![\w.])")


def parse_items(header: str) -> dict[str, dict[str, int]]:
    """Return the parameters of each item of a `RateLimit` or `RateLimit-Policy` header, by its last quoted name.

    Anything else in the header is passed over: a hub that writes nonsense is a hub that said nothing.
    """
    items = {}
    for item in _ITEM.findall(header[:1000]):
        numbers = dict(_NUMBER.findall(item))
        if names := _NAME.findall(item):
            items[names[-1]] = {key: int(value) for key, value in numbers.items()}
    return items


def retry_after(header: str | None, wall: float) -> float | None:
    """Return the seconds a `Retry-After` header asks for (RFC 9110 10.2.3: a number or a date), or None."""
    if not header:
        return None
    if re.fullmatch(r"\d{1,9}(\.\d{1,3})?", header.strip()):
        return float(header)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(header).timestamp() - wall)
    except (ValueError, TypeError, OverflowError):
        return None


@dataclass(slots=True)
class _Bucket:
    """What is known of one quota. `left` None: the hub never said; `stalls`: windows that opened already empty."""

    name: str
    left: int | None = None
    quota: int | None = None
    window: float = 300.0
    reset: float = 0.0
    free_at: float = 0.0
    in_flight: int = 0
    fresh: bool = False
    stalls: int = 0


@dataclass(slots=True)
class Pacer:
    """When the next request may leave, by host and by the hub's own bucket names.

    Hubs meter paths apart (Hugging Face: api, resolvers, pages); a path's bucket is guessed from its shape until a
    reply names it. The first half of a window is spent at full speed, the second half evenly over the time it has left,
    so that a small scan is quick and a long one neither runs dry nor crowds out others who share the token.
    """

    settings: Settings
    clock: Clock
    _buckets: dict[tuple[str, str], _Bucket] = field(default_factory=dict)
    _hosts: dict[str, float] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def claim(self, url: str) -> float:
        """Return 0.0 and count one request as sent, or the seconds to wait before asking again.

        `StoppedError` if window after window opens without anything left in it: such a quota is not the truth.
        """
        with self._lock:
            now, bucket, host = self.clock.monotonic(), self._bucket(url), _host(url)
            if bucket.left is not None and now >= bucket.reset:
                bucket.left, bucket.reset, bucket.fresh = bucket.quota, now + bucket.window, True
            if bucket.left is not None and bucket.left <= 0:
                self._check_honest(bucket, host)
                return bucket.reset - now
            wait = max(bucket.free_at, self._hosts.get(host, 0.0)) - now
            if wait > 0:
                return wait
            self._count(bucket, host, now)
            return 0.0

    def settle(self, url: str, headers: Mapping[str, str]) -> None:
        """Learn from the reply to a claimed request (the scarcest quota it names); empty `headers` if none came."""
        with self._lock:
            bucket = self._bucket(url)
            bucket.in_flight = max(0, bucket.in_flight - 1)
            policies = parse_items(headers.get("ratelimit-policy", ""))
            limits = parse_items(headers.get("ratelimit", ""))
            for name in sorted(policies | limits, key=lambda name: limits.get(name, {}).get("r", 0))[:1]:
                bucket = self._named(url, name, bucket)
                self._learn_policy(bucket, policies.get(name, {}))
                self._learn_rest(bucket, limits.get(name, {}))

    def hold(self, url: str, seconds: float) -> None:
        """Let nothing leave for the bucket of `url` for `seconds`: what a 429 asks for."""
        with self._lock:
            bucket = self._bucket(url)
            bucket.free_at = max(bucket.free_at, self.clock.monotonic() + seconds)

    def until_reset(self, url: str) -> float | None:
        """Return the seconds to the reset of a quota the hub called empty, else None."""
        with self._lock:
            bucket = self._bucket(url)
            return max(0.0, bucket.reset - self.clock.monotonic()) if bucket.left == 0 else None

    def _count(self, bucket: _Bucket, host: str, now: float) -> None:
        bucket.in_flight += 1
        self._hosts[host] = now + self.settings.interval
        if bucket.left is None:
            return
        if bucket.quota is None or bucket.left <= bucket.quota // 2:
            bucket.free_at = now + max(0.0, bucket.reset - now) / bucket.left
        bucket.left -= 1

    def _learn_policy(self, bucket: _Bucket, numbers: Mapping[str, int]) -> None:
        if "q" not in numbers:
            return
        bucket.quota = max(1, numbers["q"])
        bucket.window = min(float(numbers.get("w", bucket.window)), self.settings.wait_cap)
        if bucket.left is None:  # a policy without a count: keep the count ourselves, from this request on
            bucket.left, bucket.reset = bucket.quota - 1, self.clock.monotonic() + bucket.window + MARGIN

    def _learn_rest(self, bucket: _Bucket, numbers: Mapping[str, int]) -> None:
        if "r" not in numbers:
            return
        rest = min(float(numbers.get("t", bucket.window)), self.settings.wait_cap)
        bucket.reset = self.clock.monotonic() + rest + MARGIN
        bucket.left = max(0, numbers["r"] - bucket.in_flight)  # those on their way may not be counted yet
        bucket.stalls = bucket.stalls + 1 if numbers["r"] == 0 and bucket.fresh and bucket.quota != 1 else 0
        bucket.fresh = False

    def _check_honest(self, bucket: _Bucket, host: str) -> None:
        if bucket.stalls >= self.settings.quota_tries:
            what = f'the quota "{bucket.name}" is empty after each of {bucket.stalls} resets'
            raise StoppedError("quota", what, host, RESUME)

    def _bucket(self, url: str) -> _Bucket:
        key = (_host(url), _guess(url))
        return self._buckets.setdefault(key, _Bucket(key[1]))

    def _named(self, url: str, name: str, asked: _Bucket) -> _Bucket:
        """Give the bucket called `name` to the kind of path asked: two kinds may turn out to share one quota."""
        if asked.name == name:
            return asked
        bucket = self._buckets.setdefault((_host(url), f"named {name}"), _Bucket(name))
        self._buckets[_host(url), _guess(url)] = bucket
        return bucket


def _host(url: str) -> str:
    return str(origin_of(url))


def _guess(url: str) -> str:
    path = urlsplit(url).path
    if "/resolve/" in path:
        return "resolvers"
    return "api" if "/api/" in path else "pages"
