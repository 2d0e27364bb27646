"""One question after the other: paced, sent, followed, judged, tried again, written down."""

import hashlib
import json
from collections.abc import Collection, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any, Self, TypeVar

import requests

from hubscan.errors import StoppedError, UsageError
from hubscan.http import decode
from hubscan.http.body import BodyError, Intake
from hubscan.http.budget import RESUME, Budget, Purse
from hubscan.http.ledger import Entry, Ledger, UrlClass
from hubscan.http.outcomes import Fault, FaultKind, Page, Reply
from hubscan.http.paging import IDLE_PAGES, NextOf, link_next, walk
from hubscan.http.places import join, objection, origin_of, shown
from hubscan.http.quota import Pacer, retry_after
from hubscan.http.recording import Exchange, Recorder
from hubscan.http.settings import Clock, Settings
from hubscan.http.transport import Transport
from hubscan.http.verdict import REDIRECTS, RETRIED, fault_of

MAX_REDIRECTS = 5
OCTETS = "application/octet-stream"
BACKOFF_FIRST, BACKOFF_QUOTA_FIRST, BACKOFF_CAP = 1.0, 10.0, 60.0
"""Seconds. Full jitter: a wait is drawn between nothing and the doubling bound, lest clients march in step. A 429 that
does not say how long to wait (Civitai's mostly do not) gets more patience than a server's hiccup."""


@dataclass(frozen=True, slots=True)
class _Ask:
    """One question. `span` is (offset, length) of a part; `final` names statuses that are answers, not invitations."""

    url: str
    url_class: UrlClass
    cap: int
    accept: str
    span: tuple[int, int] | None = None
    payload: bytes | None = None
    also_hosts: Collection[str] = ()
    final: Collection[int] = ()

    @property
    def method(self) -> str:
        return "GET" if self.payload is None else "POST"

    def headers(self) -> dict[str, str]:
        headers = {"Accept": self.accept, "Accept-Encoding": "identity" if self.span else "gzip"}
        if self.span:
            headers["Range"] = f"bytes={self.span[0]}-{sum(self.span) - 1}"
        if self.payload is not None:
            headers["Content-Type"] = "application/json"
        return headers


@dataclass(frozen=True, slots=True)
class _Elsewhere:
    """A redirect that has not been judged yet."""

    url: str


@dataclass(slots=True)
class _Tries:
    """How often one question has failed, by kind of remedy."""

    faults: int = 0
    quota: int = 0


T = TypeVar("T")
_Outcome = Reply[bytes] | Fault | _Elsewhere


@dataclass(slots=True)
class Client:
    """Asks one hub. Every method returns a value or a `Fault`; `StoppedError` ends the run. Close it, or use `with`.

    A question goes to the endpoint's origin only. All requests of all threads share the pacing and the budget.
    """

    settings: Settings
    ledger: Ledger
    budget: Budget = field(default_factory=Budget)
    clock: Clock = field(default_factory=Clock)
    recorder: Recorder | None = None
    _pacer: Pacer = field(init=False)
    _purse: Purse = field(init=False)
    _transport: Transport = field(init=False)

    def __post_init__(self) -> None:
        self._pacer = Pacer(self.settings, self.clock)
        self._purse = Purse(self.budget, self.clock)
        self._transport = Transport(self.settings)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self._transport.close()

    def get_json(
        self, url: str, url_class: UrlClass, *, cap: int | None = None, final: Collection[int] = ()
    ) -> Reply[Any] | Fault:
        """Return the JSON at `url`, at most `cap` bytes of it (the settings' `body_cap`).

        `final` names statuses not to try again: some hubs answer 429 for ever to a question they do not like.
        """
        return _decoded(self._ask(self._question(url, url_class, "application/json", cap, final)))

    def post_json(self, url: str, payload: object, url_class: UrlClass) -> Reply[Any] | Fault:
        """Return the JSON answer to a look-up that a hub takes as a POST: it changes nothing, so it is retried."""
        ask = self._question(url, url_class, "application/json")
        return _decoded(self._ask(replace(ask, payload=json.dumps(payload).encode())))

    def get_text(
        self, url: str, url_class: UrlClass, *, cap: int | None = None, also_hosts: Collection[str] = ()
    ) -> Reply[str] | Fault:
        """Return the text at `url`, whole or not at all: over `cap` bytes it is a fault, never cut."""
        ask = replace(self._question(url, url_class, "text/*, */*;q=0.1", cap), also_hosts=also_hosts)
        reply = self._ask(ask)
        return reply if isinstance(reply, Fault) else _with_value(reply, decode.text(reply.value))

    def get_blob(
        self, url: str, url_class: UrlClass, *, cap: int, also_hosts: Collection[str] = ()
    ) -> Reply[bytes] | Fault:
        """Return a small blob that its registry serves as plain bytes, whole or not at all; see `get_text`.

        Registries (OCI distribution) call every blob an octet-stream: only its size and digest say what it is.
        """
        return self._ask(replace(self._question(url, url_class, OCTETS, cap), also_hosts=also_hosts))

    def get_range(
        self, url: str, offset: int, length: int, url_class: UrlClass, *, also_hosts: Collection[str] = ()
    ) -> Reply[bytes] | Fault:
        """Return `length` bytes from `offset`, fewer only where the file ends; never more, whatever the server sends.

        `also_hosts` are those a redirect may lead to (a hub's file servers; `.name` allows those under it).
        """
        if offset < 0 or not 0 < length <= self.settings.body_cap:
            raise UsageError(f"a part of {length} bytes from {offset} cannot be asked for", shown(url))
        ask = self._question(url, url_class, "*/*", length)
        return self._ask(replace(ask, span=(offset, length), also_hosts=also_hosts))

    def pages(
        self, url: str, url_class: UrlClass, *, next_of: NextOf = link_next, empty_pages: int = IDLE_PAGES
    ) -> Iterator[Page | Fault]:
        """Yield the pages of a list from `url` on, following `next_of`, by default the `Link` header.

        A `Fault` among them is a page that could not be read; where its head still named the next page, the list goes
        on behind it, else it is the last item. `Page.next_url` is what to start from again. So many `empty_pages` in a
        row end the list.
        """
        ask = self._question(url, url_class, "application/json")
        return walk(url, lambda place: self._ask(replace(ask, url=place)), next_of, empty_pages)

    def _question(
        self, url: str, url_class: UrlClass, accept: str, cap: int | None = None, final: Collection[int] = ()
    ) -> _Ask:
        return _Ask(url, url_class, self.settings.body_cap if cap is None else cap, accept, final=final)

    def _ask(self, ask: _Ask) -> Reply[bytes] | Fault:
        tries = _Tries()
        while True:
            outcome = self._follow(ask)
            if isinstance(outcome, Reply) or outcome.status in ask.final or not self._worth_a_retry(outcome, tries):
                return outcome
            self._purse.retry(outcome.where)
            self._wait_for(outcome, tries)

    def _worth_a_retry(self, fault: Fault, tries: _Tries) -> bool:
        """Count the failure and say if the question may be asked again; raise where a quota cannot be met."""
        if fault.kind is FaultKind.RATE_LIMITED:
            tries.quota += 1
            if tries.quota >= self.settings.quota_tries:
                what = f"the hub still answers 429 after {tries.quota} tries and the waits it asked for"
                raise StoppedError("quota", what, fault.where, RESUME)
            return True
        tries.faults += 1
        return fault.kind in RETRIED and tries.faults < self.settings.tries

    def _wait_for(self, fault: Fault, tries: _Tries) -> None:
        asked_for = retry_after(fault.headers.get("retry-after"), self.clock.wall())
        if fault.kind is FaultKind.RATE_LIMITED:
            if asked_for is None:
                asked_for = self._pacer.until_reset(fault.where)
            wait = self._backoff(tries.quota, BACKOFF_QUOTA_FIRST) if asked_for is None else asked_for
            self._pacer.hold(fault.where, min(wait, self.settings.wait_cap))
        else:
            wait = self._backoff(tries.faults, BACKOFF_FIRST) if asked_for is None else asked_for
            self._pause(min(wait, self.settings.wait_cap))

    def _backoff(self, tries: int, first: float) -> float:
        return self.clock.random() * min(BACKOFF_CAP, first * 2.0**tries)

    def _pause(self, seconds: float) -> None:
        self._purse.wait(seconds)
        self.clock.sleep(seconds)

    def _follow(self, ask: _Ask) -> Reply[bytes] | Fault:
        home, url, seen = self.settings.home, ask.url, set[str]()
        for _ in range(MAX_REDIRECTS + 1):
            no = objection(url, home, ask.also_hosts) or ("the redirect goes in a circle" if url in seen else None)
            if no:
                return Fault(FaultKind.REFUSED, shown(ask.url), f"{no}: not followed")
            seen.add(url)
            outcome = self._exchange(ask, url)
            if not isinstance(outcome, _Elsewhere):
                return outcome
            url = outcome.url
        return Fault(FaultKind.REFUSED, shown(ask.url), f"more than {MAX_REDIRECTS} redirects: not followed")

    def _exchange(self, ask: _Ask, url: str) -> _Outcome:
        """Make one request on the wire and write it down."""
        while (wait := self._pacer.claim(url)) > 0:
            self._pause(wait)
        self._purse.request()
        at, started = self.clock.wall(), self.clock.monotonic()
        try:
            with closing(self._transport.send(ask.method, url, ask.headers(), ask.payload)) as response:
                intake = Intake(response)
                outcome = _judge(ask, url, intake)
        except requests.RequestException as error:
            intake, outcome = None, _unsent(url, error)
        self._pacer.settle(url, intake.headers if intake else {})
        status, received = (intake.status, intake.received) if intake else (None, 0)
        word, duration = _word(outcome), self.clock.monotonic() - started
        digest = hashlib.sha256(outcome.value).hexdigest() if isinstance(outcome, Reply) else None
        asked = (ask.url_class, ask.method, str(origin_of(url)))
        self.ledger.note(Entry(*asked, status, received, word, at, duration, digest))
        if self.recorder and ask.span is None:
            text = decode.text(outcome.value) if isinstance(outcome, Reply) else None
            told = intake.headers if intake else {}
            self.recorder.keep(url, Exchange(ask.method, url, status, told, text, word))
        return outcome


def _judge(ask: _Ask, url: str, intake: Intake) -> _Outcome:
    try:
        if intake.status in REDIRECTS:
            return _redirect(ask, url, intake)
        if fault := fault_of(intake.status, intake.headers, url):
            intake.drain()
            return fault
        value = intake.part(*ask.span) if ask.span else intake.whole(ask.cap, ask.accept)
    except BodyError as error:
        return Fault(error.kind, shown(url), error.message, intake.status, headers=intake.headers)
    return Reply(value, url, ask.url, intake.status, intake.headers)


def _redirect(ask: _Ask, url: str, intake: Intake) -> _Outcome:
    intake.drain()
    target = intake.headers.get("location")
    if target is None or ask.payload is not None:
        return Fault(FaultKind.REFUSED, shown(url), "a redirect that cannot be followed", intake.status)
    return _Elsewhere(join(url, target))


def _unsent(url: str, error: requests.RequestException) -> Fault:
    """A fault for a request without a reply. The error's own text is not used: it may hold the whole address."""
    if isinstance(error, requests.exceptions.SSLError):
        return Fault(FaultKind.TLS, shown(url), "the server's certificate or TLS handshake is not accepted")
    if isinstance(error, requests.Timeout):
        return Fault(FaultKind.TIMEOUT, shown(url), "no reply within the deadline")
    if isinstance(error, requests.ConnectionError):
        return Fault(FaultKind.UNREACHABLE, shown(url), "the connection could not be made or broke")
    return Fault(FaultKind.BAD_BODY, shown(url), f"the reply is no HTTP that can be read ({type(error).__name__})")


def _word(outcome: _Outcome) -> str:
    if isinstance(outcome, Fault):
        return outcome.kind.value
    return "redirect" if isinstance(outcome, _Elsewhere) else "ok"


def _decoded(reply: Reply[bytes] | Fault) -> Reply[Any] | Fault:
    if isinstance(reply, Fault):
        return reply
    try:
        return _with_value(reply, decode.parse(reply.value))
    except ValueError:
        what = "the reply is no JSON"
        return Fault(FaultKind.BAD_BODY, shown(reply.url), what, reply.status, headers=reply.headers)


def _with_value(reply: Reply[bytes], value: T) -> Reply[T]:
    return Reply(value, reply.url, reply.asked, reply.status, reply.headers)
