"""Parquet dumps, row by row. pyarrow is an optional part, imported when a Parquet file is met."""

import io
from collections.abc import Iterator
from typing import Any

import msgspec

from hubscan.dumps.files import damage
from hubscan.dumps.rows import from_row
from hubscan.errors import InputError
from hubscan.findings import ScanError
from hubscan.records import StoredRecord

_ROWS = 128


def load_pyarrow() -> Any:
    """Return the library; `InputError` names the install command where it is missing."""
    try:
        import pyarrow.parquet
    except ImportError:
        todo = "Install it with: pip install 'hubscan[parquet]'"
        raise InputError("Parquet needs the optional library pyarrow", todo=todo) from None
    return pyarrow


def parquet_records(name: str, stream: io.BufferedReader) -> Iterator[StoredRecord | ScanError]:
    """Yield the rows as records; damage half way ends the file with one error."""
    arrow = load_pyarrow()
    faults = (arrow.ArrowException, OSError, ValueError)
    number = 0
    try:
        batches = arrow.parquet.ParquetFile(stream, page_checksum_verification=True).iter_batches(batch_size=_ROWS)
    except faults as error:
        raise InputError(f"not a readable Parquet file ({error})", name, "Fetch or write it again") from None
    try:
        for batch in batches:
            for row in _rows(batch):
                number += 1
                yield _from_parquet_row(row, f"{name}:{number}")
    except faults as error:
        yield damage(f"{name}:{number + 1}", error)


def _rows(batch: Any) -> Iterator[dict[str, Any] | None]:
    """Yield a batch row by row; None for one whose text is not UTF-8."""
    try:
        yield from batch.to_pylist(maps_as_pydicts="lossy")
    except UnicodeDecodeError:
        for number in range(batch.num_rows):
            try:
                yield from batch.slice(number, 1).to_pylist(maps_as_pydicts="lossy")
            except UnicodeDecodeError:
                yield None


def _from_parquet_row(row: dict[str, Any] | None, where: str) -> StoredRecord | ScanError:
    if row is None:
        return ScanError(where, "not-utf-8", "the row is not valid UTF-8")
    # Timestamp columns become RFC 3339 text, as the hub itself writes them.
    return from_row(msgspec.to_builtins(row), where)
