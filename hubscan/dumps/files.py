"""Dump files as streams of decompressed bytes: local or on the hub, plain, gzip or Zstandard."""

import gzip
import io
import os
from pathlib import Path
from typing import IO, Any, cast

import zstandard

from hubscan.errors import InputError
from hubscan.findings import ScanError

_PIECE = 1 << 20
_MAGIC = {b"\x1f\x8b": ".gz", b"\x28\xb5\x2f\xfd": ".zst", b"PAR1": ".parquet"}


def open_bytes(name: str) -> io.BufferedReader:
    """Open a path or an `hf://` address; `InputError` if that cannot be done."""
    try:
        return _open_remote(name) if name.startswith("hf://") else Path(name).open("rb")
    except FileNotFoundError:
        raise InputError("there is no such file", name, "Check the path") from None
    except IsADirectoryError:
        raise InputError("this is a folder", name, "Name the dump files in it") from None
    except OSError as error:
        what = f"the file cannot be opened ({error.strerror or error})"
        raise InputError(what, name, "Check its permissions") from None


def _hub_files() -> Any:
    # The library reads these when it is imported.
    os.environ.update(HF_HUB_DISABLE_TELEMETRY="1", DO_NOT_TRACK="1")
    from huggingface_hub import HfFileSystem

    return HfFileSystem()


def remote_files(name: str) -> list[str]:
    """Return `name` itself, or in order the Parquet files of the folder or data set it names."""
    try:
        files = _hub_files()
        if not files.isdir(name):
            return [name]
        found = sorted(f"hf://{path}" for path in files.glob(f"{name.rstrip('/')}/**/*.parquet"))
    except Exception as error:
        raise _unreachable(name, error) from None
    if not found:
        raise InputError("there is no Parquet file in this folder", name, "Name the dump file itself")
    return found


def _open_remote(name: str) -> io.BufferedReader:
    try:
        return io.BufferedReader(_RemoteStream(_hub_files().open(name, "rb")), _PIECE)
    except FileNotFoundError:
        raise
    except Exception as error:
        raise _unreachable(name, error) from None


def _unreachable(name: str, error: Exception) -> InputError:
    return InputError(f"cannot be fetched ({type(error).__name__})", name, "Check the address and the network")


class _RemoteStream(io.RawIOBase):
    """A hub file as a raw stream whose every failure is an `OSError`: the library's own share no base class."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._source.seek(offset, whence)

    def readinto(self, buffer: Any) -> int:
        try:
            piece = self._source.read(len(buffer))
        except Exception as error:
            raise OSError(f"the download stopped ({type(error).__name__})") from None
        buffer[: len(piece)] = piece
        return len(piece)


def format_of(name: str, stream: io.BufferedReader) -> str:
    """Tell the format by the first bytes, else by the suffix: a damaged or empty file is what its name promises."""
    try:
        head = stream.peek(4)
    except OSError as error:
        raise InputError(f"the file cannot be read ({error.strerror or error})", name, "Check the disk") from None
    by_magic = next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), None)
    return by_magic or Path(name).suffix.lower()


def decompressed(stream: io.BufferedReader, kind: str) -> IO[bytes]:
    """Return the bytes inside; reading them raises `EOFError` where the stream was cut short."""
    if kind == ".gz":
        return cast(IO[bytes], gzip.GzipFile(fileobj=stream))
    if kind in {".zst", ".zstd"}:
        return io.BufferedReader(_ZstdStream(stream), _PIECE)
    return stream


class _ZstdStream(io.RawIOBase):
    """Zstandard frames as a raw stream that raises `EOFError` when the last frame is cut short.

    The library's own reader ends silently there. Input goes in by small pieces, because one piece can expand to
    128 KiB for every four bytes.
    """

    _INPUT = 2048

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._frame: zstandard.ZstdDecompressionObj | None = None
        self._input = b""
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready and self._fill():
            pass
        count = min(len(buffer), len(self._ready))
        buffer[:count], self._ready = self._ready[:count], self._ready[count:]
        return count

    def _fill(self) -> bool:
        """Decompress one more piece; False at the proper end."""
        self._input = self._input or self._source.read(self._INPUT)
        if not self._input:
            if self._frame:
                raise EOFError
            return False
        self._frame = self._frame or zstandard.ZstdDecompressor(max_window_size=1 << 27).decompressobj()
        self._ready, self._input = memoryview(self._frame.decompress(self._input)), b""
        if self._frame.eof:
            self._input, self._frame = self._frame.unused_data, None
        return True


def damage(where: str, error: Exception) -> ScanError:
    """Say that the rest of a file is lost."""
    if isinstance(error, EOFError):
        return ScanError(where, "truncated", "the file ends in the middle of its compressed stream")
    return ScanError(where, "corrupt", f"nothing after this place can be read ({type(error).__name__})")
