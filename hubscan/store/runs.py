"""Writing what a scan saw: runs, batches of judged records, and what is new, changed or gone.

Every row is stamped with the last run that saw it, so a scan that finds nothing new writes only stamps, and what a
complete run did not stamp is gone. A finding is followed by scope (`sightings`): a narrow scan says nothing about
what a wider one saw. Each function runs in the caller's transaction.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, case, exists, insert, null, select, true, update
from sqlalchemy.sql.expression import literal

from hubscan.errors import StoreError
from hubscan.findings import Coverage, Delta, Finding, PackRef, SkippedRepo
from hubscan.records import RepoRecord, RepoRef, StoredRecord
from hubscan.store import codec, indexes, keys
from hubscan.store.statements import upsert
from hubscan.store.tables import findings, records, runs, sightings, skipped

Judged = tuple[StoredRecord, RepoRecord, tuple[Finding, ...]]
"""A record as it came, as it was read, and what the rules said of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One scan. `scope` says what was looked at and how deep; runs are compared with earlier ones of the same scope."""

    id: int
    source: str
    scope: str
    started_at: str


def start(
    connection: Connection,
    source: str,
    scope: str,
    settings: Mapping[str, str],
    packs: Sequence[PackRef],
    tool_version: str,
    now: str,
) -> Run:
    """Enter a new run, unfinished."""
    values = {"source": source, "scope": scope, "settings": settings, "packs": packs, "tool_version": tool_version}
    row = insert(runs).values(**values, started_at=now, complete=False, coverage=null()).returning(runs.c.id)
    return Run(id=connection.execute(row).scalar_one(), source=source, scope=scope, started_at=now)


def save(connection: Connection, run: Run, batch: Iterable[Judged], now: str) -> None:
    """Keep a batch: new and changed records whole, unchanged ones by their stamp; of a repo named twice the last."""
    last = {judged[1].ref: judged for judged in batch}
    judged = [last[ref] for ref in sorted(last)]  # sorted: two writers then take their locks in the same order
    _save_records(connection, run, judged, now)
    found = {finding.fingerprint: finding for _, _, some in judged for finding in some}
    _save_findings(connection, run, [found[fingerprint] for fingerprint in sorted(found)], now)


def skip(connection: Connection, run: Run, batch: Iterable[SkippedRepo], now: str) -> None:
    """Keep which repos were listed and not read, and why. What was found in them before is not gone, but unknown."""
    reasons = {repo.ref: repo.reason for repo in batch}
    stamps = {"last_run": run.id, "last_seen": now}
    upsert(connection, skipped, [{**keys.key(ref), "reason": reasons[ref], **stamps} for ref in sorted(reasons)])
    _stamp(connection, records, [ref for ref in sorted(reasons) if reasons[ref] != "vanished"], stamps)


def finish(connection: Connection, run: Run, coverage: Coverage, now: str) -> None:
    """Close a run. Only where `coverage.complete`, what it did not see is marked gone."""
    _close(connection, run, coverage, now)
    if coverage.complete:
        _mark_gone(connection, run, true())


def _close(connection: Connection, run: Run, coverage: Coverage, now: str) -> None:
    values = {"finished_at": now, "complete": coverage.complete, "coverage": coverage}
    closed = connection.execute(update(runs).where(runs.c.id == run.id, runs.c.finished_at.is_(None)).values(values))
    if closed.rowcount != 1:
        raise StoreError(f"run {run.id} is not open", todo="Start a new one")
    _adopt(connection, run)


def finish_part(connection: Connection, run: Run, coverage: Coverage, now: str) -> None:
    """Close a run that looked at some repos of its scope only: gone is just what those it read no longer show."""
    _close(connection, run, coverage, now)
    if coverage.complete:
        _mark_gone(connection, run, sightings.c.fingerprint.in_(_of_repos_seen(run)))


def delta(connection: Connection, run: Run) -> Delta:
    """Return how a run differs from the finished ones of its scope before it. Nothing is gone until it is complete."""
    earlier = select(runs.c.started_at).where(runs.c.scope == run.scope, runs.c.id < run.id, _finished())
    came = list(connection.execute(_came(run)))
    return Delta(
        new=tuple(row.fingerprint for row in came if not row.replaces),
        changed=tuple(row.fingerprint for row in came if row.replaces),
        gone=tuple(connection.scalars(_went(run))),
        since=connection.scalar(earlier.order_by(runs.c.id.desc()).limit(1)),
    )


def _save_records(connection: Connection, run: Run, judged: Sequence[Judged], now: str) -> None:
    digests = {record.ref: record.digest for _, record, _ in judged}
    known = _digests(connection, list(digests))
    stamps = {"last_run": run.id, "last_seen": now}
    _stamp(connection, records, [ref for ref, digest in digests.items() if known.get(ref) == digest], stamps)
    first = {"first_run": run.id, "first_seen": now}
    rows = [
        {
            **keys.key(record.ref),
            "revision": record.ref.revision,
            "url": record.url,
            "digest": digests[record.ref],
            "body": codec.pack(stored),
            "changed_at": now,
            **first,
            **stamps,
        }
        for stored, record, _ in judged
        if known.get(record.ref) != digests[record.ref]
    ]
    upsert(connection, records, rows, keep=first)
    changed = [record for _, record, _ in judged if known.get(record.ref) != digests[record.ref]]
    indexes.save(connection, changed, now)


def _save_findings(connection: Connection, run: Run, found: Sequence[Finding], now: str) -> None:
    first = {"first_run": run.id, "first_seen": now}
    stamps = {"last_run": run.id, "last_seen": now}
    upsert(connection, findings, [{**codec.finding_row(one), **first, **stamps} for one in found], keep=first)
    seen = {"scope": run.scope, "first_run": run.id, "last_run": run.id, "gone_run": None}
    back = case((sightings.c.gone_run.is_not(None), literal(run.id)), else_=sightings.c.first_run)
    upsert(connection, sightings, [{**seen, "fingerprint": one.fingerprint} for one in found], first_run=back)


def _digests(connection: Connection, refs: Sequence[RepoRef]) -> dict[RepoRef, str]:
    found: dict[RepoRef, str] = {}
    for hub, kind, ids in keys.together(refs):
        query = select(records.c.repo_id, records.c.digest).where(keys.among(records, hub, kind, ids))
        found |= {RepoRef(hub, kind, row.repo_id): row.digest for row in connection.execute(query)}
    return found


def _stamp(connection: Connection, table: Table, refs: Sequence[RepoRef], stamps: Mapping[str, Any]) -> None:
    for hub, kind, ids in keys.together(refs):
        connection.execute(update(table).where(keys.among(table, hub, kind, ids)).values(**stamps))


def _finished() -> ColumnElement[bool]:
    return runs.c.finished_at.is_not(None)


def _adopt(connection: Connection, run: Run) -> None:
    # A finding first seen by a run that never finished was never reported: it is this run's to report.
    broken = select(runs.c.id).where(runs.c.scope == run.scope, runs.c.id < run.id, runs.c.finished_at.is_(None))
    mine = (sightings.c.scope == run.scope) & (sightings.c.last_run == run.id)
    connection.execute(update(sightings).where(mine, sightings.c.first_run.in_(broken)).values(first_run=run.id))


def _of_repos_seen(run: Run) -> Select[Any]:
    """Fingerprints on repos that `run` read or found gone."""
    read = select(findings.c.fingerprint).join_from(findings, records, keys.same_repo(findings, records))
    gone = select(findings.c.fingerprint).join_from(findings, skipped, keys.same_repo(findings, skipped))
    vanished = (skipped.c.last_run == run.id) & (skipped.c.reason == "vanished")
    return select(read.where(records.c.last_run == run.id).union(gone.where(vanished)).subquery())


def _of_headers_only() -> ColumnElement[bool]:
    # Such a repo was judged whole, by its text of now and by the headers that are stored.
    return skipped.c.reason.startswith("headers_", autoescape=True)


def _mark_gone(connection: Connection, run: Run, within: ColumnElement[bool]) -> None:
    unread = (
        select(findings.c.fingerprint)
        .join_from(findings, skipped, keys.same_repo(findings, skipped))
        .where(skipped.c.last_run == run.id, skipped.c.reason != "vanished", ~_of_headers_only())
    )
    missed = (sightings.c.scope == run.scope) & (sightings.c.last_run < run.id) & sightings.c.gone_run.is_(None)
    gone = update(sightings).where(missed, within, sightings.c.fingerprint.not_in(unread)).values(gone_run=run.id)
    connection.execute(gone)


def _came(run: Run) -> Any:
    """Fingerprints that begin with `run`, and whether each stands in for another of the same repo and rule."""
    old, before, since = findings.alias(), sightings.alias(), runs.alias()
    replaces = exists().where(
        keys.same_repo(old, findings),
        old.c.rule_id == findings.c.rule_id,
        before.c.fingerprint == old.c.fingerprint,
        before.c.scope == run.scope,
        before.c.last_run < run.id,
        before.c.gone_run.is_(None) | (before.c.gone_run == run.id),
        since.c.id == before.c.first_run,
        since.c.finished_at.is_not(None),
    )
    return (
        select(findings.c.fingerprint, replaces.label("replaces"))
        .join_from(sightings, findings, sightings.c.fingerprint == findings.c.fingerprint)
        .where(sightings.c.scope == run.scope, sightings.c.first_run == run.id)
        .order_by(findings.c.fingerprint)
    )


def _went(run: Run) -> Any:
    """Fingerprints that went with `run`, were reported before, and have no successor of the same repo and rule."""
    new, now = findings.alias(), sightings.alias()
    replaced = exists().where(
        keys.same_repo(new, findings),
        new.c.rule_id == findings.c.rule_id,
        now.c.fingerprint == new.c.fingerprint,
        now.c.scope == run.scope,
        now.c.first_run <= run.id,
        now.c.last_run >= run.id,
    )
    return (
        select(findings.c.fingerprint)
        .join_from(sightings, findings, sightings.c.fingerprint == findings.c.fingerprint)
        .join(runs, runs.c.id == sightings.c.first_run)
        .where(sightings.c.scope == run.scope, sightings.c.gone_run == run.id, _finished(), ~replaced)
        .order_by(findings.c.fingerprint)
    )
