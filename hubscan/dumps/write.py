"""Writing dumps: whole or not at all."""

import gzip
import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Protocol, Self, cast

import msgspec
import zstandard

from hubscan.dumps.parquet import load_pyarrow
from hubscan.errors import OutputError
from hubscan.records import StoredRecord

_ROWS = 1000
_COLUMNS = ("hub", "kind", "native", "card", "headers", "fetched_at")


def write(path: str | Path, records: Iterable[StoredRecord]) -> int:
    """Write all records to `path`, as `Writer` does, and return how many there were."""
    with Writer(path) as dump:
        for record in records:
            dump.write(record)
    return dump.count


class Writer:
    """One dump file being written, in the format its suffix names. Use it with `with`.

    The file takes its name only when everything is written; it replaces an older one in a single step, is readable by
    its owner alone (it holds strangers' text), and is gone if anything fails. `OutputError` where the disk refuses.
    `count` is the number of records written so far.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self.count = 0

    def __enter__(self) -> Self:
        suffix = self._path.suffix.lower()
        with self._refusals():
            number, part = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}.", suffix=".part")
        self._part = Path(part)
        self._file = os.fdopen(number, "wb")
        try:
            self._sink = _TableSink(self._file) if suffix == ".parquet" else _LineSink(self._file, suffix)
        except BaseException:
            self._discard()
            raise
        return self

    def write(self, record: StoredRecord) -> None:
        """Add one record. Its `where` is not kept."""
        with self._refusals():
            self._sink.write(record)
        self.count += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                with self._refusals():
                    self._finish()
        finally:
            self._sink.abandon()
            self._discard()

    def _finish(self) -> None:
        self._sink.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._part.replace(self._path)

    def _discard(self) -> None:
        with suppress(OSError):
            self._file.close()
        with suppress(OSError):
            self._part.unlink(missing_ok=True)

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            todo = "Free some space or name another place; nothing was written"
            raise OutputError(
                f"the dump cannot be written ({error.strerror or error})", str(self._path), todo
            ) from None


class _Sink(Protocol):
    def write(self, record: StoredRecord) -> None: ...
    def close(self) -> None: ...
    def abandon(self) -> None: ...


class _LineSink:
    def __init__(self, file: IO[bytes], suffix: str) -> None:
        self._file = file
        self._stream = _compressing(file, suffix)

    def write(self, record: StoredRecord) -> None:
        self._stream.write(_encode(_row(record)) + b"\n")

    def close(self) -> None:
        if self._stream is not self._file:
            self._stream.close()

    def abandon(self) -> None:
        # A compressor left open would write its end to a closed file when it is collected.
        with suppress(OSError, ValueError):
            self.close()


def _compressing(file: IO[bytes], suffix: str) -> IO[bytes]:
    if suffix == ".gz":
        # No name and no time in the header: the same records give the same bytes.
        return cast(IO[bytes], gzip.GzipFile("", "wb", 6, file, mtime=0))
    if suffix in {".zst", ".zstd"}:
        return cast(
            IO[bytes], zstandard.ZstdCompressor(level=9, write_checksum=True).stream_writer(file, closefd=False)
        )
    return file


class _TableSink:
    """Every column is text; `native` and `headers` are JSON, because no two hubs share their keys."""

    def __init__(self, file: IO[bytes]) -> None:
        self._arrow = load_pyarrow()
        self._schema = self._arrow.schema([(name, self._arrow.string()) for name in _COLUMNS])
        self._table = self._arrow.parquet.ParquetWriter(
            file, self._schema, compression="zstd", write_page_checksum=True
        )
        self._rows: list[dict[str, Any]] = []

    def write(self, record: StoredRecord) -> None:
        packed = {
            key: _encode(value).decode() if isinstance(value, dict) else value for key, value in _row(record).items()
        }
        self._rows.append(packed)
        if len(self._rows) == _ROWS:
            self._flush()

    def _flush(self) -> None:
        self._table.write_table(self._arrow.Table.from_pylist(self._rows, schema=self._schema))
        self._rows.clear()

    def close(self) -> None:
        if self._rows:
            self._flush()
        self._table.close()

    def abandon(self) -> None:
        # The library would write its footer to a closed file when it is collected.
        self._table.is_open = False


def _row(record: StoredRecord) -> dict[str, Any]:
    row: dict[str, Any] = {"hub": record.hub, "kind": record.kind, "native": record.native, "card": record.card}
    if record.headers is not None:
        row["headers"] = record.headers
    if record.fetched_at is not None:
        row["fetched_at"] = record.fetched_at
    return row


def _encode(value: Any) -> bytes:
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        # Half surrogate pairs have no UTF-8 form; `json` writes them as escapes, which the reader takes.
        return json.dumps(value, separators=(",", ":")).encode()
