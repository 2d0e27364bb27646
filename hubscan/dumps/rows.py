"""One row or line of a dump as a `StoredRecord`: the contract's own columns, or one of the public layouts."""

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from hubscan.findings import ScanError
from hubscan.records import StoredRecord

_CARD_COLUMNS = {"modelId": "model", "datasetId": "dataset"}
_LIBRARY = "https://ollama.com/library/"
_HUB_STATS_COLUMNS = frozenset({"author", "tags", "cardData", "siblings", "createdAt", "lastModified", "sha", "likes"})
_JSON_COLUMNS = frozenset({"cardData", "siblings", "baseModels", "tags", "config", "safetensors", "gguf", "spaces"})


class _Line(msgspec.Struct):
    hub: str
    native: dict[str, Any]
    kind: str = "model"
    card: str | None = None
    headers: dict[str, dict[str, str]] | None = None
    fetched_at: str | None = None


_LINE = msgspec.json.Decoder(_Line)


def from_line(line: bytes, where: str) -> StoredRecord | ScanError:
    """Decode one line of JSONL."""
    try:
        return _stored(_LINE.decode(line), where)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _decode_tolerantly(line, where)


def _decode_tolerantly(line: bytes, where: str) -> StoredRecord | ScanError:
    """Second try for what JavaScript and Python writers let through: NaN, half surrogate pairs, a byte order mark."""
    try:
        row = json.loads(line.decode("utf-8-sig"), strict=False)
    except UnicodeDecodeError:
        return ScanError(where, "not-utf-8", "the line is not valid UTF-8")
    except (ValueError, RecursionError) as error:
        place = f" (column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        return ScanError(where, "not-json", f"the line is not JSON{place}")
    return from_row(row, where)


def from_row(row: object, where: str) -> StoredRecord | ScanError:
    """Read one decoded dump line, or one row of a public layout, as a record."""
    if not isinstance(row, Mapping):
        return ScanError(where, "not-a-record", "expected an object")
    if "native" not in row and "hub" not in row:
        row = _from_public_layout(row)
    packed = {key: _unpacked(row[key]) for key in ("native", "headers") if isinstance(row.get(key), str)}
    try:
        line = msgspec.convert({**row, **packed}, _Line)
    except (msgspec.ValidationError, RecursionError) as error:
        return ScanError(where, "not-a-record", str(error))
    return _stored(line, where)


def _stored(line: _Line, where: str) -> StoredRecord | ScanError:
    if not line.hub:
        return ScanError(where, "not-a-record", "`hub` is empty")
    return StoredRecord(line.hub, line.kind, line.native, line.card, line.headers, line.fetched_at, where)


def _unpacked(value: Any) -> Any:
    """Return the object or list that JSON text holds; anything else as it is."""
    if not isinstance(value, str) or not value.startswith(("{", "[")):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _from_public_layout(row: Mapping[str, Any]) -> dict[str, Any]:
    """Recognise a public layout by its columns; any other row comes back as it is, and then fails as a record."""
    native = {key: _unpacked(value) if key in _JSON_COLUMNS else value for key, value in row.items()}
    for column, kind in _CARD_COLUMNS.items():
        if column in native and "card" in native:
            card = native.pop("card")
            native |= {"id": native[column], "lastModified": native.get("last_modified")}
            return {"hub": "huggingface", "kind": kind, "card": card, "native": native}
    if str(row.get("link")).startswith(_LIBRARY) and isinstance(row.get("name"), str):
        card = native.pop("readme", None)
        return {"hub": "ollama", "kind": "model", "card": card, "native": {"id": row["name"], **native}}
    if "id" in native and not _HUB_STATS_COLUMNS.isdisjoint(native):
        return {"hub": "huggingface", "kind": _hub_stats_kind(native), "native": native}
    return dict(row)


def _hub_stats_kind(row: Mapping[str, Any]) -> str:
    if "sdk" in row:
        return "space"
    is_dataset = not row.keys().isdisjoint({"citation", "paperswithcode_id", "description"})
    return "dataset" if is_dataset and "modelId" not in row else "model"
