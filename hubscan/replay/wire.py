"""A request and an answer as values; sockets are in `server`."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

Pieces = Callable[[], Iterator[bytes | float]]
"""The body as it goes out: bytes are sent, a number is a pause in seconds."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: `path` still percent-decoded, `query` in order, header names lower-case, `base` the server's URL."""

    method: str
    target: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes
    base: str

    def all(self, name: str) -> list[str]:
        """Every value of a query parameter."""
        return [value for key, value in self.query if key == name]

    def first(self, name: str, default: str = "") -> str:
        """The first value of a query parameter."""
        return next(iter(self.all(name)), default)

    def number(self, name: str, default: int, most: int) -> int:
        """A query parameter as a whole number from 1 to `most`."""
        value = self.first(name)
        return min(max(int(value), 1), most) if value.isdecimal() else default

    def on(self, name: str) -> bool:
        """True for `name=true` and `name=1`."""
        return self.first(name).lower() in ("true", "1")


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply. `pieces` sends the body in its own way; `head` replaces the status line and headers altogether."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    pieces: Pieces | None = None
    head: bytes | None = None


def json_answer(value: Any, headers: Mapping[str, str] | None = None, status: int = 200) -> Answer:
    """Return `value` as JSON, with an ETag of its bytes. NaN and half surrogate pairs of a dump go out as they are."""
    body = json.dumps(value).encode()
    etag = f'W/"{sha256(body).hexdigest()[:32]}"'
    return Answer(status, {"Content-Type": "application/json; charset=utf-8", "ETag": etag, **(headers or {})}, body)


def refusal(status: int, code: str = "", message: str = "") -> Answer:
    """Return an error as Hugging Face sends it: two headers and a small JSON body."""
    headers = {"X-Error-Code": code} if code else {}
    if message:
        headers["X-Error-Message"] = message
    return json_answer({"error": message or code or "error"}, headers, status)
