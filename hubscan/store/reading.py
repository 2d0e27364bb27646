"""Reading back what scans kept, as the values they were. Streams hold one read transaction and a few hundred rows."""

from collections.abc import Iterable, Iterator

from sqlalchemy import ColumnElement, Connection, select, true

from hubscan.findings import Finding, Severity
from hubscan.records import RepoRef, StoredRecord
from hubscan.store import codec, keys
from hubscan.store.tables import findings, records, sightings

_ROWS = 500


def stored(connection: Connection, hub: str | None, kind: str | None) -> Iterator[StoredRecord]:
    """Yield stored records by hub, kind and repo id; None for all."""
    wanted = (records.c.hub == hub if hub else true()) & (records.c.kind == kind if kind else true())
    query = select(records.c.body).where(wanted).order_by(*records.primary_key)
    for row in connection.execute(query, execution_options={"yield_per": _ROWS}):
        yield codec.unpack(row.body)


def record(connection: Connection, ref: RepoRef) -> StoredRecord | None:
    """Return what is stored of one repo."""
    query = select(records.c.body).where(keys.of(records, ref))
    body = connection.scalar(query)
    return codec.unpack(body) if body is not None else None


def others(connection: Connection, ref: RepoRef, limit: int) -> list[RepoRef]:
    """Return other repos of the same hub and kind, those read last first."""
    same = (records.c.hub == ref.hub) & (records.c.kind == ref.kind) & (records.c.repo_id != ref.repo_id)
    query = select(records.c.repo_id).where(same).order_by(records.c.last_seen.desc(), records.c.repo_id).limit(limit)
    return [RepoRef(ref.hub, ref.kind, name) for name in connection.scalars(query)]


def standing(connection: Connection, min_severity: Severity, hub: str | None) -> Iterator[Finding]:
    """Yield the findings that no complete run has found gone, in `Finding.sort_key` order."""
    wanted = (findings.c.severity >= min_severity) & (findings.c.hub == hub if hub else true())
    order = (findings.c.severity.desc(), findings.c.hub, findings.c.kind, findings.c.repo_id, findings.c.rule_id)
    query = select(findings).where(wanted, stands()).order_by(*order, findings.c.fingerprint)
    for row in connection.execute(query, execution_options={"yield_per": _ROWS}):
        yield codec.finding(row._asdict())


def flagged(connection: Connection, refs: Iterable[RepoRef], category: str) -> set[RepoRef]:
    """Return the repos among `refs` on which a finding of `category` stands."""
    found = set()
    for hub, kind, ids in keys.together(refs):
        query = select(findings.c.repo_id).where(keys.among(findings, hub, kind, ids), stands())
        found |= {RepoRef(hub, kind, name) for name in connection.scalars(query.where(findings.c.category == category))}
    return found


def stands() -> ColumnElement[bool]:
    """Return the condition that a row of `findings` is seen in at least one scope."""
    seen = select(sightings.c.fingerprint).where(
        sightings.c.fingerprint == findings.c.fingerprint, sightings.c.gone_run.is_(None)
    )
    return seen.exists()
