"""Replies of a run, kept scrubbed in a file so that a fault can be sent in and played back by `replay`.

One JSON object a line: `method`, `target` (path and query; the whole address where it was another host's), `status`
(null where no reply came), `headers` (those in `KEPT` only), `body` (text, null where none was read) and `outcome`. The
endpoint's own address is written `{endpoint}`. Request headers are never kept, so neither is the token; should a body
hold it, it is cut out.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import msgspec

from hubscan.errors import InputError, OutputError

FILE = "replies.jsonl"
ENDPOINT = "{endpoint}"
KEPT = (
    *("content-type", "content-range", "etag", "link", "location", "ratelimit", "ratelimit-policy", "retry-after"),
    *("x-error-code", "x-error-message", "x-repo-commit"),
)
"""Reply headers worth playing back; cookies, signatures and traces are not among them."""

Scrub = Callable[[Any], Any]
"""Takes pictures and their addresses out of a decoded JSON value, or out of a text."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request on the wire and what came back. `outcome` is "ok", "redirect" or a fault kind."""

    method: str
    target: str
    status: int | None
    headers: Mapping[str, str]
    body: str | None
    outcome: str


class Recorder(Protocol):
    """Takes every exchange of a run. Called from the thread that made the request."""

    def keep(self, url: str, exchange: Exchange) -> None:
        """Keep one exchange with the address `url`."""
        ...


class FileRecorder:
    """Appends exchanges to `folder/replies.jsonl`, readable by this user alone."""

    def __init__(self, folder: Path, endpoint: str, token: str | None, scrub: Scrub) -> None:
        self._path, self._endpoint, self._token, self._scrub = folder / FILE, endpoint, token, scrub
        self._lock = Lock()
        with _writing(folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._path.touch(mode=0o600)

    def keep(self, url: str, exchange: Exchange) -> None:
        """Write one line."""
        kept = Exchange(
            exchange.method,
            url.removeprefix(self._endpoint),
            exchange.status,
            {name: self._clean(value) for name, value in sorted(exchange.headers.items()) if name in KEPT},
            None if exchange.body is None else self._clean(self._scrubbed(exchange.body)),
            exchange.outcome,
        )
        line = json.dumps(asdict(kept), ensure_ascii=False).encode("utf-8", "replace") + b"\n"
        with self._lock, _writing(self._path), self._path.open("ab") as out:
            out.write(line)

    def _scrubbed(self, body: str) -> str:
        try:
            value = json.loads(body)
        except (ValueError, RecursionError):
            return str(self._scrub(body))
        return json.dumps(self._scrub(value), ensure_ascii=False)

    def _clean(self, text: str) -> str:
        text = text.replace(self._endpoint, ENDPOINT)
        return text.replace(self._token, "[token]") if self._token else text


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        what = f"the replies cannot be kept ({error.strerror})"
        raise OutputError(what, str(path), "Name another folder with --record") from error


def load(folder: Path) -> list[Exchange]:
    """Return the exchanges kept in `folder`, in the order they were made; `InputError` if they cannot be read."""
    path = folder / FILE
    try:
        return [msgspec.json.decode(line, type=Exchange) for line in path.read_bytes().splitlines() if line]
    except OSError as error:
        raise InputError(f"the recording cannot be read ({error.strerror})", str(path)) from error
    except msgspec.DecodeError as error:
        raise InputError(f"this is no recording of hubscan ({error})", str(path)) from error
