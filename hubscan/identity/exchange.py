"""Hash lists in and out: CSV with a header line, and JSON of the shape hash-exchange tools read. docs/hash-lists.md.

JSON entries carry the fields of a ThreatExchange descriptor (indicator, type, status, added_on, expired_on, tags;
https://developers.facebook.com/docs/threat-exchange/reference/apis/threat-descriptor/) and its opinion class
(POSITIVE_CLASS, NEGATIVE_CLASS, DISPUTED) as python-threatexchange names them. Nothing is sent anywhere.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from hubscan.errors import InputError, UsageError
from hubscan.escape import cell, json_bytes
from hubscan.filehashes import ALGORITHMS, read
from hubscan.hashlists import HashEntry, HashEvent, Opinion

SCHEMA = "hubscan.hashlist/1"
COLUMNS = ("algorithm", "hash", "opinion", "source", "reason", "at", "expires_at")
MOST = 1_000_000
"""Entries of one file."""

_TYPES = {"sha256": "HASH_SHA256", "sshs": "HASH_SSHS", "autov3": "HASH_AUTOV3", "autov2": "HASH_AUTOV2"}
_STATUS = {Opinion.POSITIVE: "MALICIOUS", Opinion.NEGATIVE: "NON_MALICIOUS", Opinion.DISPUTED: "UNKNOWN"}
_CLASS = {Opinion.POSITIVE: "POSITIVE_CLASS", Opinion.NEGATIVE: "NEGATIVE_CLASS", Opinion.DISPUTED: "DISPUTED"}


def as_csv(entries: Iterable[HashEntry]) -> bytes:
    """Return the entries that stand as CSV: no cell of it computes anything."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(COLUMNS)
    for entry in _standing(entries):
        last = entry.events[-1]
        told = (entry.algorithm, entry.value, entry.opinion.value, last.source, last.reason, last.at)
        rows.writerow([*(cell(text) for text in told), last.expires_at or ""])
    return out.getvalue().encode("utf-8", "replace")


def as_json(list_id: str, entries: Iterable[HashEntry]) -> bytes:
    """Return the entries that stand as `hubscan.hashlist/1`."""
    told = [_descriptor(entry) for entry in _standing(entries)]
    return msgspec.json.format(json_bytes({"schema": SCHEMA, "list": list_id, "data": told}), indent=2) + b"\n"


def parse(data: bytes, where: str, list_id: str, source: str, now: str) -> list[HashEvent]:
    """Return what a CSV or JSON file says, as said by `source` now. `InputError` names its first unreadable entry."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("not UTF-8 text", where) from error
    found = _from_json(text, where) if text.lstrip().startswith(("{", "[")) else _from_csv(text, where)
    try:
        events = [_event(place, told, where, list_id, source, now) for place, told in found]
    except csv.Error as error:
        raise InputError(f"not CSV: {error}", where) from error
    if len(events) > MOST:
        raise InputError(f"more than {MOST:,} entries", where, "Split it")
    return events


def _standing(entries: Iterable[HashEntry]) -> Iterator[HashEntry]:
    return (entry for entry in entries if entry.opinion is not Opinion.WITHDRAWN)


def _descriptor(entry: HashEntry) -> dict[str, Any]:
    last = entry.events[-1]
    return {
        "indicator": entry.value,
        "type": _TYPES[entry.algorithm],
        "status": _STATUS[entry.opinion],
        "opinion": _CLASS[entry.opinion],
        "owner": last.source,
        "description": last.reason,
        "added_on": entry.events[0].at,
        "last_updated": last.at,
        "expired_on": last.expires_at,
        "tags": [f"hubscan:{entry.list}"],
    }


def _from_csv(text: str, where: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    rows = csv.DictReader(io.StringIO(text))
    if not {"algorithm", "hash", "opinion"} <= set(rows.fieldnames or ()):
        raise InputError("no hash list", where, f"CSV needs the columns {', '.join(COLUMNS)}")
    return ((f"line {rows.line_num}", row) for row in rows)


def _from_json(text: str, where: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError("not JSON", where) from error
    found: Sequence[Any] = value.get("data", ()) if isinstance(value, dict) else value
    if not isinstance(found, list):
        raise InputError("no hash list", where, "JSON needs `data`, a list of descriptors")
    for number, told in enumerate(found):
        yield f"entry {number}", _from_descriptor(told) if isinstance(told, dict) else {}


def _from_descriptor(told: Mapping[str, Any]) -> dict[str, Any]:
    kinds, classes = ({name: key for key, name in table.items()} for table in (_TYPES, _CLASS))
    statuses = {name: key for key, name in _STATUS.items()}
    opinion = classes.get(str(told.get("opinion"))) or statuses.get(str(told.get("status")))
    return {
        "algorithm": kinds.get(str(told.get("type"))),
        "hash": told.get("indicator"),
        "opinion": opinion,
        "reason": told.get("description"),
        "expires_at": told.get("expired_on"),
    }


def _event(place: str, told: Mapping[str, Any], where: str, list_id: str, source: str, now: str) -> HashEvent:
    algorithm = told.get("algorithm")
    value = read(algorithm, str(told.get("hash"))) if algorithm in ALGORITHMS else None
    held = str(told.get("opinion") or "")
    if value is None or held not in tuple(_STATUS):
        todo = f"An entry is one of {', '.join(ALGORITHMS)}, its hex digits, and one of {', '.join(_STATUS)}"
        raise InputError("an entry cannot be read", f"{where}, {place}", todo)
    reason = str(told.get("reason") or "")[:500]
    try:
        expires = time_or_none(told.get("expires_at"))
    except UsageError as error:
        raise InputError(error.what, f"{where}, {place}", error.todo) from error
    return HashEvent(
        list=list_id,
        algorithm=str(algorithm),
        value=value,
        opinion=Opinion(held),
        source=source,
        reason=reason,
        at=now,
        expires_at=expires,
    )


def time_or_none(text: Any) -> str | None:
    """Return a time in RFC 3339 with a Z as it is, and nothing as None; `UsageError` for anything else."""
    if not text:
        return None
    try:
        if isinstance(text, str) and text.endswith("Z") and datetime.fromisoformat(text):
            return text
    except ValueError:
        pass
    raise UsageError(f"{str(text)[:40]!r} is no time", todo="Write it like 2027-01-31T00:00:00Z")
