"""GGUF: key-values of many types in front of the tensors; read are `general.*` and the chat templates.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, versions 2 and 3, little-endian. A vocabulary is
passed over without building it, and arrays of numbers without reading them. The size of the whole is nowhere stated,
so a read asks for no more than what the counts seen so far say must still come in the key-values and the list of
tensors behind them, and never for more than has been read before: few requests, and what is wrong early is seen early.
"""

from collections.abc import Iterator

from hubscan import pictures
from hubscan.headers.base import PIECE, Fault, Read, UnreadableError

KEPT = ("general.", "tokenizer.chat_template")
VERSIONS = (2, 3)
MOST_PAIRS = 65_536
MOST_TENSORS = 1_000_000

_MAGIC = b"GGUF"
_FRONT = 4 + 8 + 8
_STRING, _ARRAY = 8, 9
_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_LENGTH, _TYPE = 8, 4
_LEAST_PAIR = _LENGTH + _TYPE + 1
_LEAST_TENSOR = _LENGTH + 4 + _TYPE + 8
_LEAST_ARRAY = _TYPE + _LENGTH
_MOST_DEPTH = 4


class Gguf:
    """The format of https://github.com/ggml-org/ggml."""

    name = "gguf"
    suffixes = (".gguf",)

    def pairs(self, read: Read, cap: int) -> Iterator[tuple[str, str]]:
        """Yield texts, and lists of texts joined by commas; see `Reader.pairs`."""
        stream = _Stream(read, cap)
        count, tensors = _counts(stream)
        for left in range(count - 1, -1, -1):
            behind = left * _LEAST_PAIR + tensors * _LEAST_TENSOR
            key = _text(stream.take(stream.number(_LENGTH, _TYPE + 1 + behind), _TYPE + 1 + behind))
            kind = stream.number(_TYPE, 1 + behind)
            if key.startswith(KEPT) and not pictures.is_key(key):
                if (text := _value(stream, kind, behind)) is not None:
                    yield key, text
            else:
                _skip(stream, kind, behind)


class _Stream:
    """Goes forward through the file. `sure` is always how many bytes must still follow what is taken."""

    def __init__(self, read: Read, cap: int) -> None:
        self._read, self._cap = read, cap
        self._buffer, self._at, self._end = b"", 0, 0  # `_at` is within the buffer, `_end` where it ends in the file
        self._file_ended = False

    def take(self, size: int, sure: int) -> bytes:
        if self._at + size > len(self._buffer):
            self._fill(size, sure)
        start, self._at = self._at, self._at + size
        return self._buffer[start : self._at]

    def number(self, size: int, sure: int) -> int:
        return int.from_bytes(self.take(size, sure), "little")

    def skip(self, size: int) -> None:
        """Go on without reading what is not here yet."""
        self._at += size
        if self._at > len(self._buffer):
            self._end += self._at - len(self._buffer)
            self._buffer, self._at = b"", 0
        if self._end > self._cap:
            raise self._too_large()

    def _fill(self, size: int, sure: int) -> None:
        rest = self._buffer[self._at :]
        missing = size - len(rest)
        if self._end + missing > self._cap:
            raise self._too_large()
        wanted = max(missing, min(missing + sure, max(PIECE, self._end), self._cap - self._end))
        found = b"" if self._file_ended else self._read(self._end, wanted)[:wanted]
        self._file_ended = len(found) < wanted
        self._end += len(found)
        self._buffer, self._at = rest + found, 0
        if len(found) < missing:
            raise UnreadableError(Fault.CUT, f"the file ends after {self._end:,} bytes, within the header")

    def _too_large(self) -> UnreadableError:
        return UnreadableError(Fault.TOO_LARGE, f"it goes on behind the cap of {self._cap:,} bytes")


def _counts(stream: _Stream) -> tuple[int, int]:
    """Return the number of key-values and of tensors."""
    if stream.take(len(_MAGIC), _FRONT) != _MAGIC:
        raise UnreadableError(Fault.BAD_FORMAT, "it does not begin as GGUF does")
    version = stream.take(4, 16)
    if int.from_bytes(version, "little") not in VERSIONS:
        if int.from_bytes(version, "big") in VERSIONS:
            raise UnreadableError(Fault.BIG_ENDIAN, "it is written for big-endian machines, which is not read here")
        said = int.from_bytes(version, "little")
        raise UnreadableError(Fault.BAD_VERSION, f"it is GGUF version {said:,}; read are 2 and 3")
    tensors, count = stream.number(8, 8), stream.number(8, 0)
    if count > MOST_PAIRS or tensors > MOST_TENSORS:
        raise UnreadableError(Fault.TOO_MANY, f"it says that it has {count:,} keys and {tensors:,} tensors")
    return count, tensors


def _value(stream: _Stream, kind: int, sure: int) -> str | None:
    """Return a text, or a list of texts as one; None for what is neither."""
    if kind == _STRING:
        return _text(stream.take(stream.number(_LENGTH, sure), sure))
    if kind != _ARRAY:
        _skip(stream, kind, sure)
        return None
    inner, count = stream.number(_TYPE, _LENGTH + sure), stream.number(_LENGTH, sure)
    if inner != _STRING:
        _skip_array(stream, inner, count, sure, 1)
        return None
    joined = bytearray()  # and not a list: a million short texts are a hundred megabytes of objects
    for left in range(count - 1, -1, -1):
        behind = left * _LENGTH + sure
        joined += stream.take(stream.number(_LENGTH, behind), behind)
        joined += b", " if left else b""
    return _text(joined)


def _skip(stream: _Stream, kind: int, sure: int) -> None:
    if kind in _SIZES:
        stream.skip(_SIZES[kind])
    elif kind == _STRING:
        stream.skip(stream.number(_LENGTH, sure))
    elif kind == _ARRAY:
        inner, count = stream.number(_TYPE, _LENGTH + sure), stream.number(_LENGTH, sure)
        _skip_array(stream, inner, count, sure, 1)
    else:
        raise UnreadableError(Fault.BAD_TYPE, f"there is no value type {kind:,}")


def _skip_array(stream: _Stream, inner: int, count: int, sure: int, depth: int) -> None:
    if inner in _SIZES:
        stream.skip(count * _SIZES[inner])
    elif inner == _STRING:
        for left in range(count - 1, -1, -1):
            stream.skip(stream.number(_LENGTH, left * _LENGTH + sure))
    elif inner == _ARRAY:
        _skip_arrays(stream, count, sure, depth + 1)
    else:
        raise UnreadableError(Fault.BAD_TYPE, f"there is no value type {inner:,}")


def _skip_arrays(stream: _Stream, count: int, sure: int, depth: int) -> None:
    if depth > _MOST_DEPTH:
        raise UnreadableError(Fault.TOO_DEEP, f"it has arrays more than {_MOST_DEPTH} deep")
    for left in range(count - 1, -1, -1):
        behind = left * _LEAST_ARRAY + sure
        inner, length = stream.number(_TYPE, _LENGTH + behind), stream.number(_LENGTH, behind)
        _skip_array(stream, inner, length, behind, depth)


def _text(data: bytes | bytearray) -> str:
    return data.decode("utf-8", "replace")


READER = Gguf()
