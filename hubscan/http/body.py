"""Bytes of a reply, never more than asked for: caps before, while and after reading; own decompression.

The client asks for gzip or nothing and undoes it here piece by piece, because a bomb must stop at the cap of the
*decoded* body, whatever version of the libraries below is installed.
"""

import re
import zlib
from collections.abc import Iterator
from contextlib import suppress

import requests
import urllib3

from hubscan.http.outcomes import FaultKind

PIECE = 64 * 1024
_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)")
_PICTURES = ("image/", "video/", "audio/")
_BINARY = ("application/octet-stream", "application/zip", "application/x-tar", "application/gzip", "font/")


class BodyError(Exception):
    """A body that is not taken: `kind` and a sentence. It does not leave this package."""

    def __init__(self, kind: FaultKind, message: str) -> None:
        self.kind, self.message = kind, message
        super().__init__(kind, message)


class Intake:
    """Reads one body and counts what came off the wire, whether or not it ends well."""

    def __init__(self, response: requests.Response) -> None:
        self._response, self.received = response, 0
        self.status = response.status_code
        self.headers = {name.lower(): value for name, value in response.headers.items()}

    def whole(self, cap: int, accept: str) -> bytes:
        """Return the decoded body of at most `cap` bytes; no binary one but of the type that `accept` names."""
        self._refuse_type((*_PICTURES, *(kind for kind in _BINARY if kind != accept)))
        if self.status != 200:
            raise BodyError(FaultKind.BAD_BODY, "the reply is a part of a file where the whole was asked for")
        self._refuse_length(cap)
        encoding = self._header("content-encoding")
        if encoding in ("", "identity"):
            return b"".join(self._pieces(cap))
        if encoding == "gzip":
            return _gunzip(self._pieces(cap), cap)
        raise BodyError(FaultKind.BAD_BODY, f"the reply is encoded as {encoding[:40]}, which was not asked for")

    def part(self, offset: int, length: int) -> bytes:
        """Return exactly the bytes asked for with `Range`, fewer only at the end of the file.

        Anything but a 206 for just this part is left unread: a server that ignores `Range` sends the whole file.
        """
        self._refuse_type((*_PICTURES, "multipart/"))
        expected = self._expected_part(offset, length)
        if self._header("content-encoding") not in ("", "identity"):
            raise BodyError(FaultKind.BAD_RANGE, "the part is compressed")
        data = b"".join(self._pieces(expected))
        if len(data) != expected:
            raise BodyError(FaultKind.CUT, f"the part ended after {len(data)} of {expected} bytes")
        return data

    def drain(self, cap: int = PIECE) -> None:
        """Read a short remainder so that the connection can be used again; leave a long or unmeasured one."""
        length = self._header("content-length")
        if length.isdecimal() and int(length) <= cap and not self._header("content-type").startswith(_PICTURES):
            with suppress(BodyError):
                for _ in self._pieces(cap):
                    pass

    def _pieces(self, cap: int) -> Iterator[bytes]:
        start = self.received
        while piece := self._read():
            self.received += len(piece)
            if self.received - start > cap:
                raise BodyError(FaultKind.TOO_LARGE, f"the reply runs over the cap of {cap} bytes")
            yield piece

    def _read(self) -> bytes:
        # read1 gives what has come; read would wait for a full piece while a server drips.
        try:
            return bytes(self._response.raw.read1(PIECE, decode_content=False))
        except (urllib3.exceptions.ReadTimeoutError, TimeoutError):
            raise BodyError(FaultKind.TIMEOUT, "the reply did not end within the deadline") from None
        except (urllib3.exceptions.HTTPError, OSError, ValueError):
            raise BodyError(FaultKind.CUT, "the connection broke within the reply") from None

    def _header(self, name: str) -> str:
        return self.headers.get(name, "").strip().lower()

    def _refuse_type(self, unwanted: tuple[str, ...]) -> None:
        if self._header("content-type").startswith(unwanted):
            raise BodyError(FaultKind.WRONG_TYPE, f"the reply is {self._header('content-type')[:60]}, left unread")

    def _refuse_length(self, cap: int) -> None:
        length = self._header("content-length")
        if length.isdecimal() and int(length) > cap:
            raise BodyError(
                FaultKind.TOO_LARGE, f"the reply is {length[:18]} bytes, over the cap of {cap}: left unread"
            )

    def _expected_part(self, offset: int, length: int) -> int:
        if self.status != 206:
            raise BodyError(FaultKind.BAD_RANGE, f"status {self.status} instead of 206, left unread")
        match = _CONTENT_RANGE.fullmatch(self._header("content-range"))
        if not match:
            raise BodyError(FaultKind.BAD_RANGE, "the reply has no plain Content-Range, left unread")
        first, last, total = int(match[1]), int(match[2]), match[3]
        at_end = total != "*" and last + 1 == int(total)
        size = last - first + 1
        if first != offset or not 0 < size <= length or (size < length and not at_end):
            said = f"bytes {first}-{last} where {offset}-{offset + length - 1} were asked for"
            raise BodyError(FaultKind.BAD_RANGE, f"the reply holds {said}, left unread")
        stated = self._header("content-length")
        if stated and stated != str(size):
            raise BodyError(FaultKind.BAD_RANGE, f"the reply states {stated[:18]} bytes for a part of {size}")
        return size


def _gunzip(pieces: Iterator[bytes], cap: int) -> bytes:
    unpacker, whole = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16), bytearray()
    try:
        for piece in pieces:
            whole += unpacker.decompress(piece, cap + 1 - len(whole))
            if len(whole) > cap:
                raise BodyError(FaultKind.TOO_LARGE, f"the reply unpacks to more than the cap of {cap} bytes")
    except zlib.error:
        raise BodyError(FaultKind.BAD_BODY, "the reply is no valid gzip") from None
    if not unpacker.eof:
        raise BodyError(FaultKind.CUT, "the gzip stream ends early")
    if unpacker.unused_data:  # a second stream would be text that nobody saw
        raise BodyError(FaultKind.BAD_BODY, "something follows the gzip stream")
    return bytes(whole)
