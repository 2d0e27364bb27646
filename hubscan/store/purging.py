"""Deleting what is kept of uploaders: which rows are past their time, and how they go.

Each function runs in the caller's transaction. Foreign keys hold at every step, so what points to a record goes first.
A settled case keeps its number, rules, verdicts and dates; its repo gets the name `purged-NUMBER`. Digests of its
content go too: who still has the upload could tell by one that it was this case.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, delete, exists, func, insert, or_, select, update

from hubscan.casework import CaseState
from hubscan.records import RepoRef, StoredRecord
from hubscan.store import codec, keys
from hubscan.store.tables import (
    case_findings,
    cases,
    checks,
    crawl_errors,
    crawl_queue,
    crawl_repos,
    crawls,
    decisions,
    events,
    file_hashes,
    findings,
    hash_opinions,
    holds,
    purges,
    queue,
    records,
    runs,
    sightings,
    skipped,
    snapshots,
    uploads,
)

_SETTLED = (CaseState.REJECTED.value, CaseState.CLOSED.value)
_PURGED = "purged-"
_NAMING = ("author", "search", "repos")
"""What a scope says after a semicolon where it names an uploader or a repo; see `crawl.plan`."""


def unflagged(connection: Connection, before: str) -> list[RepoRef]:
    """Return the repos without a case that were last seen before then, those never read included."""
    found: set[RepoRef] = set()
    for table in (records, skipped):
        case = exists().where(keys.same_repo(cases, table))
        query = select(table.c.hub, table.c.kind, table.c.repo_id).where(table.c.last_seen < before, ~case)
        found |= {RepoRef(*row) for row in connection.execute(query)}
    fresh = select(records.c.hub, records.c.kind, records.c.repo_id).where(records.c.last_seen >= before)
    return sorted(found - {RepoRef(*row) for row in connection.execute(fresh)})


def settled(connection: Connection, before: str) -> list[int]:
    """Return the rejected and closed cases that nothing happened to since then, nor to their upload, without a hold."""
    last = select(func.max(events.c.at)).where(events.c.case_number == cases.c.number).scalar_subquery()
    query = (
        select(cases.c.number)
        .join(queue, queue.c.case_number == cases.c.number)
        .join(records, keys.same_repo(cases, records))
        .where(queue.c.state.in_(_SETTLED), records.c.last_seen < before, last < before, ~_held())
        .where(~cases.c.repo_id.startswith(_PURGED, autoescape=True))
        .order_by(cases.c.number)
    )
    return list(connection.scalars(query))


def errors(connection: Connection, before: str) -> int:
    """Count the errors of crawls that were closed before then: they may name repos."""
    return connection.scalar(select(func.count()).select_from(crawl_errors).where(_old(before))) or 0


def idle(connection: Connection, before: str) -> list[int]:
    """Return the crawls that stopped before then and never went on: their queues hold what they meant to read."""
    read = select(func.max(records.c.last_seen)).where(records.c.last_run == crawls.c.run_id).scalar_subquery()
    quiet = (crawls.c.started_at < before) & (func.coalesce(read, "") < before)
    query = select(crawls.c.id).where(crawls.c.closed_at.is_(None), quiet)
    return list(connection.scalars(query.order_by(crawls.c.id)))


def scopes(connection: Connection, before: str, idle: Sequence[int]) -> dict[str, int]:
    """Return the scopes that name uploaders or repos and were last looked at before then, each with its last run.

    Those of crawls that can go on and are not `idle` are left out.
    """
    named = or_(*(runs.c.scope.contains(f"; {word} ", autoescape=True) for word in _NAMING))
    busy = exists().where(crawls.c.scope == runs.c.scope, crawls.c.closed_at.is_(None), crawls.c.id.not_in(idle))
    last = select(runs.c.scope, func.max(runs.c.id)).where(named, ~busy).group_by(runs.c.scope)
    return {row[0]: row[1] for row in connection.execute(last.having(func.max(runs.c.started_at) < before))}


def forget(connection: Connection, refs: Sequence[RepoRef]) -> None:
    """Delete all that is kept of these repos; none may have a case."""
    for hub, kind, ids in keys.together(refs):
        theirs = select(findings.c.fingerprint).where(keys.among(findings, hub, kind, ids))
        connection.execute(delete(sightings).where(sightings.c.fingerprint.in_(theirs)))
        for table in (findings, file_hashes, uploads, crawl_repos, skipped, records):
            connection.execute(delete(table).where(keys.among(table, hub, kind, ids)))


def forget_errors(connection: Connection, before: str) -> None:
    """Delete what `errors` names."""
    connection.execute(delete(crawl_errors).where(_old(before)))


def give_up(connection: Connection, ids: Sequence[int], now: str) -> None:
    """Close these crawls with their errors, and delete the queues of all that are closed: nobody goes on with them."""
    connection.execute(update(crawls).where(crawls.c.id.in_(ids)).values(closed_at=now, stopped="given_up"))
    connection.execute(delete(crawl_errors).where(crawl_errors.c.crawl_id.in_(ids)))
    closed = select(crawls.c.id).where(crawls.c.closed_at.is_not(None))
    connection.execute(delete(crawl_queue).where(crawl_queue.c.crawl_id.in_(closed)))


def unname(connection: Connection, found: Mapping[str, int]) -> None:
    """Give scopes the name of their last run; what was compared by them still can be, up to that run."""
    for scope, run in found.items():
        for table in (runs, crawls, sightings):
            connection.execute(update(table).where(table.c.scope == scope).values(scope=f"{_PURGED}{run}"))


def anonymise(connection: Connection, number: int) -> None:
    """Take out of a case what it says of its upload and what reviewers wrote about it."""
    row = connection.execute(select(cases).where(cases.c.number == number)).one()
    ref = RepoRef(row.hub, row.kind, row.repo_id)
    nameless = RepoRef(row.hub, row.kind, f"{_PURGED}{number}")
    _copy_record(connection, ref, nameless)
    connection.execute(update(cases).where(cases.c.number == number).values(repo_id=nameless.repo_id))
    _copy_findings(connection, number, nameless)
    _replace_digests(connection, number, nameless)
    for table, values in _WORDS:
        connection.execute(update(table).where(table.c.case_number == number).values(values))
    connection.execute(delete(snapshots).where(keys.of(snapshots, ref)))
    forget(connection, [ref])


_WORDS: tuple[tuple[Table, dict[str, str | None]], ...] = (
    (decisions, {"reason": "(purged)"}),
    (events, {"note": None}),
    (checks, {"detail": ""}),
    (holds, {"reason": "(purged)"}),
    (hash_opinions, {"reason": "(purged)"}),
)
"""What people and hubs said of a case in words of their own, by table."""


def is_emptied(stored: StoredRecord) -> bool:
    """Say whether `anonymise` left this of a record: which hub it was on, and nothing of it."""
    return not stored.native and stored.card is None


def enter(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Append to the audit trail what was purged."""
    if rows:
        connection.execute(insert(purges), rows)


def trail(connection: Connection) -> Sequence[Row[Any]]:
    """Return the audit trail, oldest first."""
    return list(connection.execute(select(purges).order_by(purges.c.id)))


def hold(connection: Connection, number: int, *, held: bool, actor: str, reason: str, now: str) -> None:
    """Append that a case is under legal hold, or no longer."""
    connection.execute(insert(holds).values(case_number=number, held=held, actor=actor, reason=reason, at=now))


def held(connection: Connection, numbers: Iterable[int] | None = None) -> dict[int, Row[Any]]:
    """Return the holds that stand, by case."""
    query = select(holds).order_by(holds.c.id)
    last = {row.case_number: row for row in connection.execute(query)}
    return {number: row for number, row in last.items() if row.held and (numbers is None or number in set(numbers))}


def _old(before: str) -> ColumnElement[bool]:
    return crawl_errors.c.crawl_id.in_(select(crawls.c.id).where(crawls.c.closed_at < before))


def _held() -> ColumnElement[bool]:
    latest = select(func.max(holds.c.id)).where(holds.c.case_number == cases.c.number).correlate(cases)
    return exists().where(holds.c.id == latest.scalar_subquery(), holds.c.held)


def _copy_findings(connection: Connection, number: int, nameless: RepoRef) -> None:
    """Let the case point to findings that name nothing: a fingerprint is made from the repo's name and its text too."""
    theirs = select(findings).join(case_findings, case_findings.c.fingerprint == findings.c.fingerprint)
    theirs = theirs.where(case_findings.c.case_number == number).order_by(findings.c.fingerprint)
    blank: dict[str, Any] = {"url": "", "revision": None, "evidence": [], "discounted": [], "repo_id": nameless.repo_id}
    for place, row in enumerate(list(connection.execute(theirs)), 1):
        fingerprint = f"{nameless.repo_id}-{place}"
        connection.execute(insert(findings).values({**row._asdict(), **blank, "fingerprint": fingerprint}))
        link = (case_findings.c.case_number == number) & (case_findings.c.fingerprint == row.fingerprint)
        connection.execute(update(case_findings).where(link).values(fingerprint=fingerprint))


def _replace_digests(connection: Connection, number: int, nameless: RepoRef) -> None:
    """Write digests of content as `purged-NUMBER-PLACE`: which decisions were on the same content is still told."""
    now = select(records.c.digest).where(keys.of(records, nameless))
    seen = select(decisions.c.record_digest).where(decisions.c.case_number == number).order_by(decisions.c.event_id)
    digests = dict.fromkeys((*connection.scalars(seen), *connection.scalars(now)))
    for place, digest in enumerate(digests, 1):
        name = f"{nameless.repo_id}-{place}"
        mine = (decisions.c.case_number == number) & (decisions.c.record_digest == digest)
        connection.execute(update(decisions).where(mine).values(record_digest=name))
        record = keys.of(records, nameless) & (records.c.digest == digest)
        connection.execute(update(records).where(record).values(digest=name))


def _copy_record(connection: Connection, ref: RepoRef, nameless: RepoRef) -> None:
    row = connection.execute(select(records).where(keys.of(records, ref))).one()
    emptied = codec.pack(StoredRecord(ref.hub, ref.kind, {}))
    blank = {**keys.key(nameless), "revision": None, "url": "", "body": emptied}
    connection.execute(insert(records).values({**row._asdict(), **blank}))
