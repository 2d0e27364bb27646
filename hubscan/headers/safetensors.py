"""safetensors: eight bytes of length, then JSON with one entry a tensor and, under `__metadata__`, texts by key.

Format: https://huggingface.co/docs/safetensors. The entries of tensors are passed over and never built as objects.
"""

import re
from collections.abc import Iterator

import msgspec

from hubscan import pictures
from hubscan.headers.base import PIECE, Fault, Read, UnreadableError

METADATA = "__metadata__"
_LENGTH = 8
_QUOTE, _OPEN, _SHUT = b'"'[0], b"{[", b"}]"
_BLANKS = b" \t\r\n"
# A text (followed by a colon, it is a key) or a bracket. Possessive: a quoted megabyte must not be gone over twice.
_TOKEN = re.compile(rb'("(?:[^"\\]++|\\.)*+")(\s*:\s*)?|[][{}]', re.DOTALL)
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_DATA_URL = b'"data:'


class _AnyObject(msgspec.Struct):
    """An object of which nothing is kept: decoding one checks the JSON and builds nothing."""


_CHECK = msgspec.json.Decoder(_AnyObject)
_TEXT = msgspec.json.Decoder(str)


class Safetensors:
    """The format of https://github.com/huggingface/safetensors."""

    name = "safetensors"
    suffixes = (".safetensors", ".sft")

    def pairs(self, read: Read, cap: int) -> Iterator[tuple[str, str]]:
        """Yield `__metadata__`; see `Reader.pairs`."""
        header = _header(read, cap)
        _check(header)
        found = 0
        for key, start, stop in _members(header, 0):
            if key == METADATA:
                found += 1
                yield from _texts(header, start, stop)
        if found > 1:
            raise UnreadableError(Fault.DUPLICATE_KEY, f"{METADATA} stands there {found} times: all are kept")


def _header(read: Read, cap: int) -> bytes:
    length = int.from_bytes(_exactly(read, 0, _LENGTH), "little")
    if length > cap - _LENGTH:
        raise UnreadableError(Fault.TOO_LARGE, f"it says that it is {length:,} bytes, over the cap of {cap:,}")
    if length < len(b"{}"):
        raise UnreadableError(Fault.BAD_JSON, f"a header of {length} bytes is no JSON object")
    header = b""
    while len(header) < length:
        # Each piece as large as all before it: few requests, and a length that lies costs little.
        size = min(length - len(header), max(len(header), PIECE))
        header += _exactly(read, _LENGTH + len(header), size)
        _check_looks(header, len(header) - size)
    return header


def _check_looks(header: bytes, start: int) -> None:
    """Refuse what cannot be JSON before more of it is asked for: it may be what the length should not have covered."""
    if not start and not header.lstrip(_BLANKS).startswith(b"{"):
        raise UnreadableError(Fault.BAD_FORMAT, "what follows the length is no JSON object")
    if _CONTROL.search(header, start):
        raise UnreadableError(Fault.BAD_JSON, "there are bytes in it that no JSON has")


def _exactly(read: Read, offset: int, size: int) -> bytes:
    found = read(offset, size)
    if len(found) < size:
        raise UnreadableError(Fault.CUT, f"the file ends after {offset + len(found):,} bytes, within the header")
    return found[:size]


def _check(header: bytes) -> None:
    try:
        _CHECK.decode(header)
    except RecursionError:
        raise UnreadableError(Fault.TOO_DEEP, "its JSON is nested too deeply") from None
    except msgspec.DecodeError:
        raise UnreadableError(Fault.BAD_JSON, "it is no valid JSON object") from None


def _texts(header: bytes, start: int, stop: int) -> Iterator[tuple[str, str]]:
    value = header[start:stop]
    if value == b"null":
        return
    if not value.startswith(b"{"):
        raise UnreadableError(Fault.BAD_TYPE, f"{METADATA} is no object")
    for key, first, last in _members(value, 0):
        if value[first] != _QUOTE:
            raise UnreadableError(Fault.BAD_TYPE, f"a value in {METADATA} is no text")
        if not (pictures.is_key(key) or value[first : first + len(_DATA_URL)].lower() == _DATA_URL):
            yield key, _decoded(value[first:last])


def _members(text: bytes, start: int) -> Iterator[tuple[str, int, int]]:
    """Yield each key of the object at `start`, in order and with its repetitions, and where its value stands.

    `text` is known to be valid JSON, so brackets outside texts tell the depth.
    """
    depth, key, value = 0, "", -1
    for token in _TOKEN.finditer(text, start):
        first = text[token.start()]
        if first in _OPEN:
            depth += 1
        elif first in _SHUT:
            depth -= 1
        if depth == 1 and token[2] is not None:
            if value >= 0:
                yield key, value, _end(text, value, token.start())
            key, value = _decoded(token[1]), token.end()
        elif depth == 0 and value >= 0:
            yield key, value, _end(text, value, token.start())


def _end(text: bytes, start: int, stop: int) -> int:
    """Return where a value ends that is followed by blanks and perhaps a comma."""
    while stop > start and text[stop - 1] in b", \t\r\n":
        stop -= 1
    return stop


def _decoded(literal: bytes) -> str:
    try:
        return _TEXT.decode(literal)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise UnreadableError(Fault.BAD_JSON, "a text in it is not valid UTF-8") from None


READER = Safetensors()
