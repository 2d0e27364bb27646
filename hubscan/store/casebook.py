"""The review's tables: cases, their events, and what each event says. Rows are added, never changed.

What a step means and whether it is allowed is for `cases.py`; each function runs in the caller's transaction.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, insert, select, true

from hubscan.casework import Decision, Event, EventKind, Notice, Verdict
from hubscan.findings import Finding
from hubscan.records import RepoRef, StoredRecord
from hubscan.store import codec, keys
from hubscan.store.statements import insert_new, insert_new_returning
from hubscan.store.tables import case_findings, cases, decisions, events, findings, notices, records, snapshots

_PAGE = 500


def open_cases(connection: Connection, found: Mapping[RepoRef, Sequence[str]], now: str) -> list[int]:
    """Open a case for each repo that has none, add the fingerprints to its case, and return the new cases' numbers."""
    rows = [{**keys.key(ref), "opened_at": now} for ref in sorted(found)]
    new = sorted(insert_new_returning(connection, cases, rows, cases.c.number))
    if new:
        opened = {"kind": EventKind.OPENED, "at": now, "actor": None}
        connection.execute(insert(events), [{"case_number": number, **opened} for number in new])
    numbers = _numbers(connection, sorted(found))
    links = [
        {"case_number": numbers[ref], "fingerprint": fingerprint, "added_at": now}
        for ref in sorted(found)
        for fingerprint in sorted(found[ref])
    ]
    insert_new(connection, case_findings, links)
    return new


def pages(connection: Connection, hub: str | None) -> Iterator[list[Row[Any]]]:
    """Yield the rows of all cases by number, a few hundred at a time."""
    after = 0
    while page := _cases(connection, (cases.c.number > after) & (cases.c.hub == hub if hub else true())):
        yield page
        after = page[-1].number


def page_of(connection: Connection, number: int) -> list[Row[Any]]:
    """Return the row of one case, or none."""
    return _cases(connection, cases.c.number == number)


def events_of(connection: Connection, numbers: Sequence[int]) -> Mapping[int, list[Event]]:
    """Return what happened to each case, in order."""
    query = (
        select(events, decisions.c.verdict)
        .join_from(events, decisions, decisions.c.event_id == events.c.id, isouter=True)
        .where(events.c.case_number.in_(numbers))
        .order_by(events.c.id)
    )
    found = defaultdict(list)
    for row in connection.execute(query):
        verdict = Verdict(row.verdict) if row.verdict else None
        found[row.case_number].append(Event(EventKind(row.kind), row.at, row.actor, verdict))
    return found


def decisions_of(connection: Connection, numbers: Sequence[int]) -> Mapping[int, list[Decision]]:
    """Return what was decided on each case, in order."""
    query = select(decisions).where(decisions.c.case_number.in_(numbers)).order_by(decisions.c.event_id)
    found = defaultdict(list)
    for row in connection.execute(query):
        judged = (Verdict(row.verdict), row.reviewer, row.reason, row.at, row.policy, row.record_digest)
        found[row.case_number].append(Decision(row.case_number, *judged))
    return found


def fingerprints_of(connection: Connection, numbers: Sequence[int]) -> Mapping[int, list[str]]:
    """Return the fingerprints each case was opened for or that joined it, sorted."""
    query = select(case_findings).where(case_findings.c.case_number.in_(numbers))
    found = defaultdict(list)
    for row in connection.execute(query.order_by(case_findings.c.fingerprint)):
        found[row.case_number].append(row.fingerprint)
    return found


def findings_of(connection: Connection, number: int) -> list[Finding]:
    """Return the findings of one case, also those that no longer stand, in `Finding.sort_key` order."""
    joined = case_findings.c.fingerprint == findings.c.fingerprint
    query = select(findings).join(case_findings, joined).where(case_findings.c.case_number == number)
    found = [codec.finding(row._asdict()) for row in connection.execute(query)]
    return sorted(found, key=lambda one: (one.sort_key, one.fingerprint))


def snapshot(connection: Connection, ref: RepoRef, digest: str) -> StoredRecord | None:
    """Return a repo's record as it was when its digest was `digest` and somebody decided on it."""
    query = select(snapshots.c.body).where(keys.of(snapshots, ref), snapshots.c.digest == digest)
    body = connection.scalar(query)
    return codec.unpack(body) if body is not None else None


def add_decision(connection: Connection, decision: Decision, ref: RepoRef) -> None:
    """Append a decision, and keep the record it was made on."""
    event = _add_event(connection, decision.case, EventKind.DECIDED, decision.at, decision.reviewer)
    values = {name: getattr(decision, name) for name in ("reviewer", "reason", "policy", "record_digest", "at")}
    row = {"event_id": event, "case_number": decision.case, "verdict": decision.verdict.value}
    connection.execute(insert(decisions).values(**values, **row))
    body = connection.scalar(select(records.c.body).where(keys.of(records, ref)))
    kept = {**keys.key(ref), "digest": decision.record_digest, "body": body, "taken_at": decision.at}
    insert_new(connection, snapshots, [kept])


def add_notice(connection: Connection, notice: Notice, sha256: str) -> None:
    """Append that a notice was drafted; `sha256` (hex) is of the file."""
    event = _add_event(connection, notice.case, EventKind.NOTICED, notice.at, None)
    values = {name: getattr(notice, name) for name in ("template", "edition", "format", "at")}
    connection.execute(insert(notices).values(event_id=event, case_number=notice.case, sha256=sha256, **values))


def _add_event(connection: Connection, number: int, kind: EventKind, at: str, actor: str | None) -> int:
    row = insert(events).values(case_number=number, kind=kind.value, at=at, actor=actor)
    event: int = connection.execute(row.returning(events.c.id)).scalar_one()
    return event


def _cases(connection: Connection, wanted: ColumnElement[bool]) -> list[Row[Any]]:
    gravest = (
        select(func.max(findings.c.severity))
        .join(case_findings, case_findings.c.fingerprint == findings.c.fingerprint)
        .where(case_findings.c.case_number == cases.c.number)
        .scalar_subquery()
    )
    query = (
        select(cases, records.c.revision, records.c.url, records.c.digest, gravest.label("severity"))
        .join(records, keys.same_repo(cases, records))
        .where(wanted)
        .order_by(cases.c.number)
        .limit(_PAGE)
    )
    return list(connection.execute(query))


def _numbers(connection: Connection, refs: Sequence[RepoRef]) -> dict[RepoRef, int]:
    found: dict[RepoRef, int] = {}
    for hub, kind, ids in keys.together(refs):
        query = select(cases.c.repo_id, cases.c.number).where(keys.among(cases, hub, kind, ids))
        found |= {RepoRef(hub, kind, row.repo_id): row.number for row in connection.execute(query)}
    return found
