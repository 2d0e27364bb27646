"""Ways to misbehave: each takes the honest answer and returns another. A table of them makes a hostile hub."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from hubscan.errors import UsageError
from hubscan.replay.wire import Answer, Asked, refusal

Change = Callable[[Asked, Answer], Answer]

MIB = 1024 * 1024


@dataclass(slots=True)
class Fault:
    """`change` every answer whose path and query hold the regular expression `pattern`, at most `times` times."""

    pattern: str
    change: Change
    times: int | None = None
    done: int = field(default=0, init=False)

    def applies(self, asked: Asked) -> bool:
        """Return True, and count it, if this request is to be spoilt."""
        if (self.times is not None and self.done >= self.times) or not re.search(self.pattern, asked.target):
            return False
        self.done += 1
        return True


def status(code: int, headers: dict[str, str] | None = None, error_code: str = "", message: str = "") -> Change:
    """Answer with an error status, and headers to go with it."""

    def change(_: Asked, __: Answer) -> Answer:
        answer = refusal(code, error_code, message)
        return replace(answer, headers={**answer.headers, **(headers or {})})

    return change


def headers(extra: dict[str, str]) -> Change:
    """Add or replace headers of the honest answer."""
    return lambda _, answer: replace(answer, headers={**answer.headers, **extra})


def body(data: bytes, content_type: str = "application/json") -> Change:
    """Answer 200 with other bytes; links of the honest head stay."""
    return lambda _, answer: replace(
        answer, status=200, body=data, pieces=None, headers={**answer.headers, "Content-Type": content_type}
    )


def redirect(target: str, code: int = 302) -> Change:
    """Send the client elsewhere; `{target}` stands for the path and query that was asked for."""
    return lambda asked, _: Answer(code, {"Location": target.replace("{target}", asked.target)})


def link(target: str) -> Change:
    """Name another next page; `{here}` stands for the page itself, `{n}` for a number that grows."""
    counter = iter(range(10**9))

    def change(asked: Asked, answer: Answer) -> Answer:
        place = target.replace("{here}", asked.base + asked.target).replace("{n}", str(next(counter)))
        return replace(answer, headers={**answer.headers, "Link": f'<{place}>; rel="next"'})

    return change


def item(value: bytes, index: int = 0) -> Change:
    """Put raw bytes in the place of one item of a list."""

    def change(_: Asked, answer: Answer) -> Answer:
        parts = [json.dumps(part).encode() for part in json.loads(answer.body)]
        parts[index : index + 1] = [value]
        return replace(answer, body=b"[" + b",".join(parts) + b"]")

    return change


def slow(seconds: float) -> Change:
    """Say nothing for a while, then answer honestly."""

    def change(_: Asked, answer: Answer) -> Answer:
        whole = _whole(answer)

        def pieces() -> Iterator[bytes | float]:
            yield seconds
            yield whole

        sized = {**answer.headers, "Content-Length": str(len(whole))}
        return replace(answer, headers=sized, pieces=pieces)

    return change


def drip(seconds: float) -> Change:
    """Send the body a byte at a time."""

    def change(_: Asked, answer: Answer) -> Answer:
        whole = _whole(answer)

        def pieces() -> Iterator[bytes | float]:
            for number in whole:
                yield bytes([number])
                yield seconds

        sized = {**answer.headers, "Content-Length": str(len(whole))}
        return replace(answer, headers=sized, pieces=pieces)

    return change


def cut(share: float = 0.5) -> Change:
    """Promise the whole body and close the connection after a share of it."""

    def change(_: Asked, answer: Answer) -> Answer:
        whole = _whole(answer)
        sized = {**answer.headers, "Content-Length": str(len(whole))}
        return replace(answer, headers=sized, body=whole[: int(len(whole) * share)], pieces=None)

    return change


def multipart() -> Change:
    """Wrap a part of a file as RFC 9110 14.6 does several, though one was asked for."""

    def change(_: Asked, answer: Answer) -> Answer:
        place = answer.headers.get("Content-Range", "")
        head = f"--b\r\nContent-Type: application/octet-stream\r\nContent-Range: {place}\r\n\r\n".encode()
        body = head + _whole(answer) + b"\r\n--b--\r\n"
        told = {"Content-Type": "multipart/byteranges; boundary=b", "Content-Length": str(len(body))}
        return replace(answer, headers={**answer.headers, **told}, body=body, pieces=None)

    return change


def unranged() -> Change:
    """Answer 200 with zeros without end where a part was asked for, as a server that knows no ranges would."""

    def change(asked: Asked, answer: Answer) -> Answer:
        told = {name: value for name, value in answer.headers.items() if name != "Content-Range"}
        return flood()(asked, replace(answer, headers=told))

    return change


def flood(size: int = 60 * MIB, stated: str | None = None, code: int = 200) -> Change:
    """Send `size` zeros. `stated` is the Content-Length to claim: None for chunked, so that no end is announced."""

    def change(_: Asked, answer: Answer) -> Answer:
        claimed = {"Content-Length": stated} if stated else {"Transfer-Encoding": "chunked"}

        def pieces() -> Iterator[bytes | float]:
            piece = b"\0" * (64 * 1024)
            for _ in range(size // len(piece)):
                yield piece if stated else b"10000\r\n" + piece + b"\r\n"
            if not stated:
                yield b"0\r\n\r\n"

        return Answer(code, {"Content-Type": "application/json", **answer.headers, **claimed}, pieces=pieces)

    return change


def _whole(answer: Answer) -> bytes:
    """Return the honest body, however it was to be sent; one of weight size is cut short."""
    if answer.pieces is None:
        return answer.body
    whole = bytearray()
    for piece in answer.pieces():
        whole += piece if isinstance(piece, bytes) else b""
        if len(whole) > MIB:
            break
    return bytes(whole)


def raw(head: bytes) -> Change:
    """Send these bytes instead of a status line and headers, then close."""
    return lambda _, __: Answer(head=head)


FAULTS: dict[str, Callable[[str], Change]] = {
    "status": lambda arg: status(int(arg)),
    "gated": lambda _: status(401, error_code="GatedRepo", message="Access to this repo is restricted"),
    "disabled": lambda _: status(403, message="Access to this resource is disabled."),
    "redirect": redirect,
    "link": link,
    "item": lambda arg: item(arg.encode()),
    "body": lambda arg: body(arg.encode()),
    "type": lambda arg: headers({"Content-Type": arg}),
    "slow": lambda arg: slow(float(arg)),
    "drip": lambda arg: drip(float(arg)),
    "cut": lambda arg: cut(float(arg or 0.5)),
    "range": lambda arg: headers({"Content-Range": arg}),
    "encoding": lambda arg: headers({"Content-Encoding": arg}),
    "multipart": lambda _: multipart(),
    "unranged": lambda _: unranged(),
    "flood": lambda arg: flood(int(arg or 60 * MIB)),
}
"""Faults by the name a command line gives them, each made from one argument."""


def named_fault(text: str) -> Fault:
    """Return the fault written `PATTERN=NAME[:ARGUMENT]`; `UsageError` names the choices."""
    pattern, _, rest = text.rpartition("=")
    name, _, argument = rest.partition(":")
    try:
        re.compile(pattern)
        return Fault(pattern, FAULTS[name](argument))
    except (KeyError, ValueError, re.error):
        names = ", ".join(FAULTS)
        raise UsageError(f"{text!r} is no fault", todo=f"Write PATTERN=NAME[:ARGUMENT], NAME of {names}") from None
