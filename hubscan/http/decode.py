"""Bytes into text and JSON, for input that somebody may have shaped to break a reader.

Tolerant where a person's text is concerned (a wrong byte becomes U+FFFD), strict about structure. One item that cannot
be decoded must not cost the ninety-nine beside it: `salvage` takes a broken array apart and keeps the sound items.
"""

import json
import math
import re
from collections.abc import Iterator
from typing import Any, NoReturn

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"|[\[\]{},]', re.DOTALL)
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


def salvage(body: bytes) -> tuple[list[Any], int] | None:
    """Return the sound items of a JSON array and the number of the others, or None if `body` is no array."""
    if body.lstrip()[:1] != b"[":
        return None
    items, broken = [], 0
    for raw in _elements(body):
        try:
            items.append(parse(raw))
        except ValueError:
            broken += 1
    return items, broken


def _elements(body: bytes) -> Iterator[bytes]:
    """Cut the outermost array at its own commas; a last element without an end comes as it is."""
    depth, start = 0, 0
    for token in _TOKEN.finditer(body):
        mark = token.group()
        depth += (mark in b"[{") - (mark in b"]}")
        if (depth == 1 and mark == b"[" and not start) or (depth == 1 and mark == b",") or depth == 0:
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
