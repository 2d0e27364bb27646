"""Stored hub metadata, in and out: JSONL (plain, .gz, .zst) and Parquet, from a path or from `hf://datasets/...`.

One record has the columns `hub`, `kind`, `native` (the hub's own API object), `card`, and where known `headers` and
`fetched_at`. Two public layouts are read as they are: `hub-stats` (one column per key of the Hugging Face API) and
`model_cards_with_metadata` (`modelId` or `datasetId`, `card`, ...). What `native` means is for `hubs/` to say.
"""

import io
from collections.abc import Iterable, Iterator
from pathlib import Path

from hubscan.dumps.files import format_of, open_bytes, remote_files
from hubscan.dumps.lines import MAX_LINE, line_records
from hubscan.dumps.parquet import parquet_records
from hubscan.dumps.rows import from_row
from hubscan.dumps.write import Writer, write
from hubscan.findings import ScanError
from hubscan.records import StoredRecord

__all__ = ["MAX_LINE", "Writer", "from_row", "read", "write"]


def read(paths: Iterable[str | Path]) -> Iterator[StoredRecord | ScanError]:
    """Yield every record of the files in order, with `where` as file:line; an unreadable one as a `ScanError`.

    A damaged or truncated file yields its whole lines first, then one error. `InputError` if a file cannot be opened.
    """
    for name in map(str, paths):
        for file in remote_files(name) if name.startswith("hf://") else (name,):
            with open_bytes(file) as stream:
                yield from _records(file, stream)


def _records(name: str, stream: io.BufferedReader) -> Iterator[StoredRecord | ScanError]:
    kind = format_of(name, stream)
    return parquet_records(name, stream) if kind == ".parquet" else line_records(name, stream, kind)
