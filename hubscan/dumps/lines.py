"""JSONL dumps, line by line, in bounded memory."""

import io
import zlib
from collections.abc import Iterator
from typing import IO, NamedTuple

import zstandard

from hubscan.dumps.files import damage, decompressed
from hubscan.errors import InputError
from hubscan.findings import ScanError

MAX_LINE = 64 << 20
"""Bytes in one record. A longer line is passed over in pieces and reported."""

_PIECE = 1 << 20
_DAMAGE = (EOFError, zlib.error, zstandard.ZstdError, OSError)


class Line(NamedTuple):
    """One line as it stands in a dump, and its place as file:line."""

    text: bytes
    where: str


def raw_lines(name: str, stream: io.BufferedReader, kind: str) -> Iterator[Line | ScanError]:
    """Yield the lines that are not blank; damage half way ends the file with one error."""
    number = 0
    found = _lines(decompressed(stream, kind))
    try:
        for number, line in enumerate(found, start=1):
            if line is None:
                yield ScanError(f"{name}:{number}", "too-long", f"the line is longer than {MAX_LINE} bytes")
            elif not line.isspace():
                yield Line(line, f"{name}:{number}")
    except _DAMAGE as error:
        if number == 0 and not isinstance(error, EOFError):
            todo = "The suffix and the content do not fit, or the file is damaged"
            raise InputError(f"cannot be read: {error}", name, todo) from None
        yield damage(f"{name}:{number + 1}", error)


def _lines(stream: IO[bytes]) -> Iterator[bytes | None]:
    """Yield the lines; None for one over the cap, which is read past in pieces."""
    while line := stream.readline(MAX_LINE):
        if len(line) < MAX_LINE or line.endswith(b"\n"):
            yield line
            continue
        while (piece := stream.readline(_PIECE)) and not piece.endswith(b"\n"):
            pass
        yield None
