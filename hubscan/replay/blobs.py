"""Files that are not there: a header or a few bytes in front, zeros behind, up to the size the hub lists.

Where the dump holds no header of a safetensors or GGUF file, an empty one is in front: the crawl of a replayed hub is
not to stumble over what the dump does not know.
"""

import json
import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hubscan.records import StoredRecord
from hubscan.replay.catalog import Catalog, rows
from hubscan.replay.wire import Answer, Asked

CHUNK = 64 * 1024
_GGUF_STRING = 8
_RANGE = re.compile(r"bytes=(\d+)-(\d+)")


@dataclass(frozen=True, slots=True)
class Blob:
    """`head`, then zeros up to `size`."""

    head: bytes
    size: int

    def chunks(self, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes from `start` up to `end`, made as they are asked for."""
        while start < end:
            stop = min(start + CHUNK, end)
            yield self.head[start:stop].ljust(stop - start, b"\0")
            start = stop


def blob_of(catalog: Catalog, record: StoredRecord, name: str) -> Blob | None:
    """Return the file `name` of a repo: bytes given by hand, the header the dump holds, or zeros of the listed size."""
    head, size = catalog.files.get((str(record.native["id"]), name)), _listed_size(record, name)
    known = (record.headers or {}).get(name)
    if head is None and (known is not None or size is not None):
        head = _head(name, known or {})
    if head is None and size is None:
        return None
    return Blob(head or b"", max(len(head or b""), size or 0))


def _head(name: str, values: Mapping[str, str]) -> bytes:
    lower = name.lower()
    if lower.endswith(".gguf"):
        return gguf_head(values)
    return safetensors_head(values) if lower.endswith((".safetensors", ".sft")) else b""


def safetensors_head(metadata: Mapping[str, str]) -> bytes:
    """Return a safetensors header without tensors: a little-endian length and JSON (the format's README)."""
    text = json.dumps({"__metadata__": dict(metadata)}).encode()
    return len(text).to_bytes(8, "little") + text


def gguf_head(values: Mapping[str, str]) -> bytes:
    """Return a GGUF version 3 header of texts alone, without tensors (ggml/docs/gguf.md)."""
    pairs = (_gguf_text(key) + struct.pack("<I", _GGUF_STRING) + _gguf_text(text) for key, text in values.items())
    return b"GGUF" + struct.pack("<IQQ", 3, 0, len(values)) + b"".join(pairs)


def _gguf_text(text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    return struct.pack("<Q", len(data)) + data


def ranged(blob: Blob, asked: Asked, headers: Mapping[str, str]) -> Answer:
    """Return 206, 416 or the whole, as RFC 9110 14 has it for a single range."""
    headers = {"Content-Type": "application/octet-stream", "Accept-Ranges": "bytes", **headers}
    match = _RANGE.fullmatch(asked.headers.get("range", ""))
    if not match:
        size = {"Content-Length": str(blob.size)}
        return Answer(200, headers | size, pieces=lambda: blob.chunks(0, blob.size))
    start, end = int(match[1]), min(int(match[2]) + 1, blob.size)
    if start >= end:
        return Answer(416, headers | {"Content-Range": f"bytes */{blob.size}"})
    place = {"Content-Range": f"bytes {start}-{end - 1}/{blob.size}", "Content-Length": str(end - start)}
    return Answer(206, headers | place, pieces=lambda: blob.chunks(start, end))


def _listed_size(record: StoredRecord, name: str) -> int | None:
    for file in rows(record.native.get("siblings")):
        if file.get("rfilename") == name:
            return file["size"] if isinstance(file.get("size"), int) else 0
    return None
