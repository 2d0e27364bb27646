"""Bytes into text and JSON, for input that somebody may have shaped to break a reader.

Tolerant where a person's text is concerned (a wrong byte becomes U+FFFD), strict about structure. One item that cannot
be decoded must not cost the ninety-nine beside it: `salvage` takes a broken page apart and keeps the sound items.
"""

import json
import math
import re
from collections.abc import Iterator
from typing import Any, NoReturn

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"|[\[\]{},]', re.DOTALL)
_KEY = re.compile(rb'\s*("(?:[^"\\]|\\.)*+")\s*:', re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")


def text(body: bytes) -> str:
    """Return `body` as UTF-8 text, wrong bytes as U+FFFD; a byte order mark stays for the reader of the text to see."""
    return body.decode("utf-8", errors="replace")


def parse(body: bytes) -> Any:
    r"""Return the JSON value of `body`; `ValueError` if there is none.

    NaN and infinities are refused (RFC 8259 has none); a raw line break inside a string is let pass; half a surrogate
    pair (`\ud800`) becomes U+FFFD, because no database or file could hold it.
    """
    try:
        written = text(body).removeprefix("\ufeff")
        value = json.loads(written, strict=False, parse_constant=_no_constant, parse_float=_finite)
        return _mended(value) if b"\\ud" in body.lower() else value
    except RecursionError:
        raise ValueError("nested too deep") from None


def salvage(body: bytes, levels: int = 2) -> tuple[Any, int] | None:
    """Return what is sound of a page and the number of the broken items, or None if `body` is no array or object.

    A page is an array of items, or an object that has one at most `levels` deep; a member that is broken otherwise is
    left out.
    """
    opening = body.lstrip()[:1]
    if opening == b"[":
        return _sound_items(body)
    return _sound_members(body, levels - 1) if opening == b"{" and levels else None


def _sound_items(body: bytes) -> tuple[list[Any], int]:
    items, broken = [], 0
    for raw in _parts(body, b"["):
        try:
            items.append(parse(raw))
        except ValueError:
            broken += 1
    return items, broken


def _sound_members(body: bytes, levels: int) -> tuple[dict[str, Any], int]:
    members: dict[str, Any] = {}
    broken = 0
    for raw in filter(bytes.strip, _parts(body, b"{")):
        key, value, lost = _member(raw, levels)
        broken += lost
        if key is not None:
            members[key] = value
    return members, broken


def _member(raw: bytes, levels: int) -> tuple[str | None, Any, int]:
    """Return key and value of a member, or as much of the value as is sound, and how much is not; no key if nothing."""
    key = _KEY.match(raw)
    try:
        name = parse(key[1]) if key else None
    except ValueError:
        name = None
    if key is None or name is None:
        return None, None, 1
    value = raw[key.end() :]
    try:
        return name, parse(value), 0
    except ValueError:
        saved = salvage(value, levels)
        return (None, None, 1) if saved is None else (name, *saved)


def _parts(body: bytes, opening: bytes) -> Iterator[bytes]:
    """Cut the outermost array or object at its own commas; a last part without an end comes as it is."""
    depth, start = 0, 0
    for token in _TOKEN.finditer(body):
        mark = token.group()
        depth += (mark in b"[{") - (mark in b"]}")
        if (depth == 1 and mark == opening and not start) or (depth == 1 and mark == b",") or depth == 0:
            if start:
                yield body[start : token.start()]
            start = token.end()
        if depth == 0:
            start = token.end()
            break
    if body[start:].strip():
        yield body[start:]


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite(digits: str) -> float:
    value = float(digits)
    return value if math.isfinite(value) else _no_constant(digits[:20])


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_mended(item) for item in value]
    if isinstance(value, dict):
        return {_mended(key): _mended(item) for key, item in value.items()}
    return value
