"""Sockets: serves a catalog on loopback and counts what was asked and sent."""

import ipaddress
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from hubscan.errors import HubError, UsageError
from hubscan.records import StoredRecord
from hubscan.replay import civitai, huggingface, modelscope, ollama
from hubscan.replay.catalog import Catalog
from hubscan.replay.faults import Fault
from hubscan.replay.quota import Quota
from hubscan.replay.recorded import Tape
from hubscan.replay.wire import Answer, Asked, json_answer, refusal

HUBS = (huggingface, civitai, modelscope, ollama)
KEPT_REQUESTS = 100_000
LARGEST_QUESTION = 4 * 1024 * 1024


@dataclass(slots=True)
class Seen:
    """One request as the server saw it. `sent` counts body bytes handed to the socket, grown before each is sent.

    `peer` is the client's port: two requests with the same one came over the same connection.
    """

    method: str
    target: str
    headers: Mapping[str, str]
    peer: int
    status: int = 0
    sent: int = 0


@dataclass(slots=True)
class ReplayServer:
    """A running hub. `catalog`, `faults` and `quota` may be changed while it runs; `requests` is what it was asked."""

    url: str
    catalog: Catalog
    faults: list[Fault] = field(default_factory=list)
    quota: Quota | None = None
    requests: deque[Seen] = field(default_factory=lambda: deque(maxlen=KEPT_REQUESTS))
    tape: Tape | None = None

    def answer(self, asked: Asked) -> Answer:
        """Return what this hub says: over quota, honest, or spoilt."""
        told, refused = self.quota.take(asked) if self.quota else ({}, None)
        answer = refused or self._honest(asked)
        for fault in self.faults:
            if fault.applies(asked):
                answer = fault.change(asked, answer)
        return replace(answer, headers={**told, **answer.headers})

    def _honest(self, asked: Asked) -> Answer:
        if self.tape:
            return self.tape.answer(asked)
        try:
            told = (hub.answer(self.catalog, asked) for hub in HUBS)
            found = next((answer for answer in told if answer), None)
        except (ValueError, TypeError, KeyError):
            return json_answer({"error": "Invalid query"}, status=400)
        if found is None:
            return refusal(404, message="Not found")
        unchanged = asked.headers.get("if-none-match") == found.headers.get("ETag", "")
        return Answer(304, {"ETag": found.headers["ETag"]}) if unchanged else found


@contextmanager
def serve(
    records: Iterable[StoredRecord],
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    quota: Quota | None = None,
    faults: Iterable[Fault] = (),
    tape: Tape | None = None,
) -> Iterator[ReplayServer]:
    """Serve `records`, or a recorded run, on an IPv4 address until the block is left. Port 0 takes a free one.

    `UsageError` for a host that is not loopback: what is served here may be anything, and is nobody else's to fetch.
    """
    if host != "localhost" and not _is_loopback(host):
        raise UsageError("the replay hub serves this machine only", host, "Use 127.0.0.1 or localhost")
    catalog = Catalog()
    catalog.put(records)
    hub = ReplayServer("", catalog, list(faults), quota, tape=tape)
    try:
        server = _Server((host, port), hub)
    except OSError as error:
        raise HubError(f"the port is not free ({error.strerror})", f"{host}:{port}", "Choose another port") from None
    hub.url = f"http://{host}:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join()


def run(
    records: Iterable[StoredRecord],
    host: str,
    port: int,
    seconds: float,
    *,
    quota: Quota | None = None,
    faults: Iterable[Fault] = (),
    tape: Tape | None = None,
    started: Callable[[str], None] = lambda _: None,
) -> None:
    """Serve for `seconds` and stop; `started` is told the address."""
    with serve(records, host, port, quota=quota, faults=faults, tape=tape) as hub:
        started(hub.url)
        time.sleep(seconds)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], hub: ReplayServer) -> None:
        self.hub, self.stopping = hub, threading.Event()
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that hangs up on a hostile reply is what is wanted."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        asked = self._asked()
        answer = self.server.hub.answer(asked)
        seen = Seen(asked.method, asked.target, asked.headers, self.client_address[1], answer.status)
        self.server.hub.requests.append(seen)
        self._send(answer, seen)

    do_POST = do_HEAD = do_GET  # noqa: N815 - names are the base class's

    def log_message(self, *_: Any) -> None:
        """Keep the terminal quiet; `Seen` is the log."""

    def _asked(self) -> Asked:
        parts = urlsplit(self.path)
        length = min(int(self.headers.get("Content-Length") or 0), LARGEST_QUESTION)
        lower = {name.lower(): value for name, value in self.headers.items()}
        query = tuple(parse_qsl(parts.query, keep_blank_values=True))
        body = self.rfile.read(length)
        return Asked(self.command, self.path, unquote(parts.path), query, lower, body, self.server.hub.url)

    def _send(self, answer: Answer, seen: Seen) -> None:
        if answer.head is not None:
            self.close_connection = True
            self.connection.sendall(answer.head)
            return
        first, pieces = _head(answer), answer.pieces() if answer.pieces else iter((answer.body,))
        if self.command == "HEAD":
            pieces = iter(())
        for piece in pieces:
            if isinstance(piece, float | int):
                self.server.stopping.wait(piece)
                continue
            seen.sent += len(piece)
            self.connection.sendall(first + piece)
            first = b""
        self.connection.sendall(first)
        stated = _stated(answer)
        self.close_connection |= stated is not None and stated != seen.sent


def _head(answer: Answer) -> bytes:
    headers = dict(answer.headers)
    if answer.pieces is None and "Transfer-Encoding" not in headers:
        headers.setdefault("Content-Length", str(len(answer.body)))
    reason = HTTPStatus(answer.status).phrase if answer.status in HTTPStatus._value2member_map_ else "Unknown"
    lines = [f"HTTP/1.1 {answer.status} {reason}", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


def _stated(answer: Answer) -> int | None:
    length = answer.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() else None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.IPv4Address(host).is_loopback
    except ValueError:
        return False
