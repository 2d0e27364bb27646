"""Stored hub metadata, in and out: JSONL (plain, .gz, .zst) and Parquet, from a path or from `hf://datasets/...`.

One record has the columns `hub`, `kind`, `native` (the hub's own API object), `card`, and where known `headers` and
`fetched_at`. Two public layouts are read as they are: `hub-stats` (one column per key of the Hugging Face API) and
`model_cards_with_metadata` (`modelId` or `datasetId`, `card`, ...). What `native` means is for `hubs/` to say.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from hubscan import workers
from hubscan.dumps.files import format_of, open_bytes, remote_files
from hubscan.dumps.lines import MAX_LINE, Line, raw_lines
from hubscan.dumps.parquet import parquet_records
from hubscan.dumps.rows import from_line, from_row
from hubscan.dumps.write import Writer, write
from hubscan.findings import ScanError
from hubscan.records import StoredRecord

__all__ = ["MAX_LINE", "Undecoded", "Writer", "bundles", "decoded", "from_row", "read", "undecoded", "write"]

Undecoded = Line | StoredRecord | ScanError
"""A record before its line is decoded. What is not a line needs no decoding."""
_OTHER_SIZE = 2000
"""Bytes that a record which is no line is taken for."""


def read(paths: Iterable[str | Path]) -> Iterator[StoredRecord | ScanError]:
    """Yield every record of the files in order, with `where` as file:line; an unreadable one as a `ScanError`.

    A damaged or truncated file yields its whole lines first, then one error. `InputError` if a file cannot be opened.
    """
    return map(decoded, undecoded(paths))


def undecoded(paths: Iterable[str | Path]) -> Iterator[Undecoded]:
    """Yield what `read` does, but the lines of JSONL as they stand: to be `decoded` elsewhere."""
    for name in map(str, paths):
        for file in remote_files(name) if name.startswith("hf://") else (name,):
            with open_bytes(file) as stream:
                kind = format_of(file, stream)
                yield from parquet_records(file, stream) if kind == ".parquet" else raw_lines(file, stream, kind)


def bundles(paths: Iterable[str | Path]) -> Iterator[list[Undecoded]]:
    """Yield what `undecoded` does, as much at a time as one step of work is worth, within bounds of memory."""
    return workers.bundles(undecoded(paths), lambda item: len(item.text) if isinstance(item, Line) else _OTHER_SIZE)


def decoded(item: Undecoded) -> StoredRecord | ScanError:
    """Decode a line; anything else comes back as it is."""
    return from_line(*item) if isinstance(item, Line) else item
