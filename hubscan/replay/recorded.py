"""A recorded run played back: each address answers what it answered then, in that order, the last for ever.

A reply that never came is a connection that closes; a body that broke breaks again; one over its cap is one again.
"""

import json
from collections import deque
from collections.abc import Iterable

from hubscan.http import Exchange
from hubscan.http.recording import ENDPOINT
from hubscan.replay import faults
from hubscan.replay.wire import Answer, Asked, refusal

_BROKEN = {"Content-Length": "1000000"}


class Tape:
    """The exchanges of a recording by what was asked."""

    def __init__(self, exchanges: Iterable[Exchange]) -> None:
        self._answers: dict[tuple[str, str], deque[Exchange]] = {}
        for exchange in exchanges:
            self._answers.setdefault((exchange.method, exchange.target), deque()).append(exchange)

    def answer(self, asked: Asked) -> Answer:
        """Return what this was answered, or 404 where it was never asked."""
        kept = self._answers.get((asked.method, asked.target))
        if not kept:
            return refusal(404, message="This recording holds no reply to that")
        return _answer(kept.popleft() if len(kept) > 1 else kept[0], asked)


def _answer(exchange: Exchange, asked: Asked) -> Answer:
    if exchange.status is None:
        return Answer(head=b"")
    headers = {name: value.replace(ENDPOINT, asked.base) for name, value in exchange.headers.items()}
    if exchange.outcome == "too_large":
        return faults.flood()(asked, Answer(headers=headers))
    if exchange.body is None and exchange.status == 200:
        return Answer(200, headers | _BROKEN)
    body = exchange.body if exchange.body is not None else json.dumps({"error": headers.get("x-error-message", "")})
    return Answer(exchange.status, headers, body.replace(ENDPOINT, asked.base).encode("utf-8", "replace"))
