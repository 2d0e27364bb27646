"""Hash lists in and out: CSV with a header line, and JSON of the shape hash-exchange tools read. docs/hash-lists.md.

The JSON is a page of ThreatExchange's /threat_updates as python-threatexchange 1.2 reads it
(`FBThreatExchangeIndicatorRecord.from_threatexchange_json`): an indicator with one descriptor for each opinion, or a
tombstone (`should_delete`) for what was taken back. Lists of single descriptors are read too. Fields and statuses:
https://developers.facebook.com/docs/threat-exchange/reference/apis/threat-descriptor. Nothing is sent anywhere.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
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
_OPINIONS = {status: opinion for opinion, status in _STATUS.items()} | {"SUSPICIOUS": Opinion.DISPUTED}


def as_csv(entries: Iterable[HashEntry]) -> bytes:
    """Return the entries that stand as CSV, one row each: no cell of it computes anything."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(COLUMNS)
    for entry in entries:
        if entry.standing:
            sources, reasons = (_joined(entry, name) for name in ("source", "reason"))
            told = (entry.algorithm, entry.value, entry.opinion.value, sources, reasons, entry.standing[-1].at)
            rows.writerow([*(cell(text) for text in told), _until(one.expires_at for one in entry.standing) or ""])
    return out.getvalue().encode("utf-8", "replace")


def as_json(list_id: str, entries: Iterable[HashEntry]) -> bytes:
    """Return all entries as `hubscan.hashlist/1`; one of which nothing stands is a tombstone."""
    told = [_update(number, entry) for number, entry in enumerate(entries, 1)]
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


def _joined(entry: HashEntry, name: str) -> str:
    return "; ".join(dict.fromkeys(text for one in entry.standing if (text := getattr(one, name))))


def _until(ends: Iterable[str | None]) -> str | None:
    """Return when the last of several opinions ends, None if one of them never does."""
    known = list(ends)
    return None if None in known else max(filter(None, known), default=None)


def _update(number: int, entry: HashEntry) -> dict[str, Any]:
    told = {
        "id": str(number),
        "indicator": entry.value,
        "type": _TYPES[entry.algorithm],
        "last_updated": _epoch(entry.events[-1].at),
        "should_delete": not entry.standing,
    }
    if not entry.standing:
        return told
    data = [_descriptor(place, one) for place, one in enumerate(entry.standing, 1)]
    return {**told, "descriptors": {"data": data}}


def _descriptor(number: int, event: HashEvent) -> dict[str, Any]:
    # Owners and descriptors are numbers there. Ours have names, and count from one within an entry.
    return {
        "id": str(number),
        "owner": {"id": str(number), "name": event.source},
        "status": _STATUS[event.opinion],
        "description": event.reason,
        "added_on": event.at,
        "expired_on": _epoch(event.expires_at) if event.expires_at else None,
        "tags": [f"hubscan:{event.list}"],
    }


def _epoch(time: str) -> int:
    return int(datetime.fromisoformat(time).timestamp())


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
    found = value.get("data", ()) if isinstance(value, dict) else value
    if not isinstance(found, list):
        raise InputError("no hash list", where, "JSON needs `data`, a list of indicators or descriptors")
    for number, told in enumerate(found):
        place = f"entry {number}"
        try:
            yield place, _from_update(told) if isinstance(told, dict) else {}
        except UsageError as error:
            raise InputError(error.what, f"{where}, {place}", error.todo) from error


def _from_update(told: Mapping[str, Any]) -> dict[str, Any]:
    """Read an indicator with its descriptors, or a descriptor by itself, as one opinion."""
    inner = told.get("descriptors")
    data = inner.get("data") if isinstance(inner, dict) else None
    descriptors = [one for one in data if isinstance(one, dict)] if isinstance(data, list) else [told]
    held = {_OPINIONS.get(str(one.get("status"))) for one in descriptors}
    kinds = {name: key for key, name in _TYPES.items()}
    return {
        "algorithm": kinds.get(str(told.get("type"))),
        "hash": told.get("raw_indicator") or told.get("indicator"),
        "opinion": held.pop() if len(held) == 1 else None if None in held or not held else Opinion.DISPUTED,
        "reason": "; ".join(filter(None, map(_reason, descriptors))),
        "expires_at": _until(time_or_none(one.get("expired_on")) for one in descriptors),
        "taken_back": bool(told.get("should_delete")),
    }


def _reason(descriptor: Mapping[str, Any]) -> str:
    owner, text = descriptor.get("owner"), str(descriptor.get("description") or "")
    name = owner.get("name") or owner.get("id") if isinstance(owner, dict) else owner
    return ": ".join(filter(None, (str(name or ""), text)))


def _event(place: str, told: Mapping[str, Any], where: str, list_id: str, source: str, now: str) -> HashEvent:
    algorithm, taken_back = told.get("algorithm"), told.get("taken_back") is True
    value = read(algorithm, str(told.get("hash"))) if algorithm in ALGORITHMS else None
    # What its source takes back counts from now on no more, whatever it was.
    held = Opinion.DISPUTED if taken_back else str(told.get("opinion") or "")
    if value is None or held not in tuple(_STATUS):
        todo = f"An entry is one of {', '.join(ALGORITHMS)}, its hex digits, and one of {', '.join(_STATUS)}"
        raise InputError("an entry cannot be read", f"{where}, {place}", todo)
    try:
        expires = now if taken_back else time_or_none(told.get("expires_at"))
    except UsageError as error:
        raise InputError(error.what, f"{where}, {place}", error.todo) from error
    return HashEvent(
        list=list_id,
        algorithm=str(algorithm),
        value=value,
        opinion=Opinion(held),
        source=source,
        reason=str(told.get("reason") or "")[:500],
        at=now,
        expires_at=expires,
    )


def time_or_none(said: Any) -> str | None:
    """Return a time in RFC 3339 UTC: from a text with its offset, or from seconds since 1970; 0 and nothing are None.

    `UsageError` for anything else.
    """
    if not said:
        return None
    try:
        when = datetime.fromtimestamp(said, UTC) if isinstance(said, int) else datetime.fromisoformat(said)
        if when.tzinfo is not None:
            return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, TypeError, OverflowError, OSError):
        pass
    raise UsageError(f"{str(said)[:40]!r} is no time", todo="Write it like 2027-01-31T00:00:00Z")
