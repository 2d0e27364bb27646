"""What the links of a case's chain say: facts about the record and how it was judged, none of its text."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from hubscan import __version__
from hubscan.casework import CaseFile
from hubscan.evidence.chain import canonical
from hubscan.findings import Finding
from hubscan.records import RepoRecord, StoredRecord
from hubscan.store import Store, custody

_NEAR = timedelta(seconds=60)

Fact = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Past:
    """What the store knows of how a record was read and what was drafted: rows of runs, requests and notices."""

    runs: Sequence[Mapping[str, Any]]
    requests: Sequence[Mapping[str, Any]]
    notices: Sequence[Mapping[str, Any]]


def past(store: Store, file: CaseFile) -> Past:
    """Read what led to a case: the runs that saw its repo, what they asked around the reading, the drafts."""
    stored = _judged(file)
    since, until = _around(stored.fetched_at)
    cards = [_sha256(stored.card.encode("utf-8", "surrogatepass"))] if stored.card else []
    with store.reading() as connection:
        runs = custody.runs_of(connection, file.case.ref)
        asked = [{"run": run["id"], **custody.requests_of(connection, run["id"], since, until, cards)} for run in runs]
        return Past(runs, asked, custody.notices_of(connection, file.case.number))


def facts(file: CaseFile, record: RepoRecord, before: Past) -> Iterator[Fact]:
    """Yield the chain's facts in order. `record` is the record the decision was made on, as it was read."""
    case = file.case
    yield "tool", {"name": "hubscan", "version": __version__}
    yield "case", {"number": case.number, "opened_at": case.opened_at, "url": case.url, "repo": _plain(case.ref)}
    yield "record", _record(_judged(file), record)
    yield from (("run", run) for run in before.runs)
    yield from (("requests", asked) for asked in before.requests)
    yield from (("finding", _finding(finding)) for finding in file.findings)
    yield from (("event", _plain(event)) for event in case.events)
    yield from (("decision", _plain(decision)) for decision in case.decisions)
    yield from (("notice", notice) for notice in before.notices)


def text_of(file: CaseFile) -> bytes:
    """Return the record the decision was made on, whole, as the JSON text to be sealed."""
    return canonical(_plain(_judged(file)))


def _judged(file: CaseFile) -> StoredRecord:
    return file.decided_on or file.record


def _finding(finding: Finding) -> dict[str, Any]:
    told: dict[str, Any] = _plain(finding)
    for what, pieces in (("evidence", finding.evidence), ("discounted", finding.discounted)):
        told[what] = [_plain(piece.shareable) for piece in pieces]
    return told


def _record(stored: StoredRecord, record: RepoRecord) -> dict[str, Any]:
    return {
        "content_sha256": _sha256(canonical(_plain(stored))),
        "digest": record.digest,
        "revision": record.ref.revision,
        "fetched_at": record.fetched_at,
        "created_at": record.created_at,
        "texts": [
            {"field": text.field, "sha256": _sha256(text.text.encode("utf-8", "surrogatepass"))}
            for text in record.texts
        ],
        "files": None if record.files is None else [_plain(file) for file in record.files],
    }


def _around(fetched_at: str | None) -> tuple[str, str]:
    """Return the times between which the record was asked for, as the ledger writes them; "" where not known."""
    try:
        at = datetime.fromisoformat(fetched_at or "")
    except ValueError:
        return "", ""
    since, until = ((at + step).strftime("%Y-%m-%dT%H:%M:%SZ") for step in (-_NEAR, _NEAR))
    return since, until


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
