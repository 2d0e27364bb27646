"""The review's tables: cases, their events, and what each event says. Rows are added, never changed.

Only `queue` is written anew: it holds what the events of each case came to. What a step means and whether it is allowed
is for `cases.py`; each function runs in the caller's transaction.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, insert, select, true

from hubscan.casework import CaseFilter, Check, CheckOutcome, Decision, Event, EventKind, Notice, Origin, Verdict
from hubscan.findings import Finding, Severity
from hubscan.records import RepoRef, StoredRecord
from hubscan.store import codec, keys
from hubscan.store.statements import insert_new, insert_new_returning, upsert
from hubscan.store.tables import (
    case_findings,
    cases,
    checks,
    decisions,
    events,
    findings,
    notice_rules,
    notices,
    queue,
    queue_rules,
    records,
    sample_cases,
    skipped,
    snapshots,
)

PAGE = 500


def open_cases(
    connection: Connection, refs: Iterable[RepoRef], origin: Origin, now: str
) -> tuple[dict[RepoRef, int], list[int]]:
    """Open a case for each repo that has none; return the numbers of all, and of the new ones in order."""
    wanted = sorted(refs)
    rows = [{**keys.key(ref), "opened_at": now} for ref in wanted]
    new = sorted(insert_new_returning(connection, cases, rows, cases.c.number))
    if new:
        opened = {"kind": EventKind.OPENED.value, "at": now, "word": origin.value}
        connection.execute(insert(events), [{"case_number": number, **opened} for number in new])
    return _numbers(connection, wanted), new


def add_findings(connection: Connection, found: Mapping[int, Sequence[str]], now: str) -> None:
    """Let findings, by their fingerprints, join cases; those that have joined before are left as they are."""
    rows = [
        {"case_number": number, "fingerprint": fingerprint, "added_at": now}
        for number in sorted(found)
        for fingerprint in found[number]
    ]
    insert_new(connection, case_findings, rows)


def numbers(connection: Connection, wanted: CaseFilter, limit: int | None = None) -> list[int]:
    """Return the numbers of the cases that are meant, those to be looked at first in front."""
    query, order = select(queue.c.case_number).where(_meant(wanted)), (queue.c.rank, queue.c.case_number)
    if wanted.rule:
        query = query.join(queue_rules, queue_rules.c.case_number == queue.c.case_number)
        query = query.where(queue_rules.c.rule_id == wanted.rule)
        order = (queue_rules.c.rank, queue_rules.c.case_number)
    return list(connection.scalars(query.order_by(*order).limit(limit)))


def due(connection: Connection, now: str, hub: str) -> list[int]:
    """Return the cases on `hub` that are to be checked by `now`, the most urgent first."""
    query = select(queue.c.case_number).where(queue.c.due_at <= now, queue.c.hub == hub)
    return list(connection.scalars(query.order_by(queue.c.rank, queue.c.case_number)))


def due_hubs(connection: Connection, now: str) -> list[str]:
    """Return the hubs on which a check is due."""
    return list(connection.scalars(select(queue.c.hub).where(queue.c.due_at <= now).distinct().order_by(queue.c.hub)))


def rows_of(connection: Connection, numbers: Sequence[int]) -> dict[int, Row[Any]]:
    """Return what is stored of the given cases beside their events, by number."""
    told = (records.c.revision, records.c.url, records.c.digest, records.c.last_seen)
    columns = [column for column in queue.c if column.name != "hub"]
    query = (
        select(cases, *told, skipped.c.last_seen.label("skipped_at"), *columns)
        .join_from(cases, records, keys.same_repo(cases, records))
        .join(queue, queue.c.case_number == cases.c.number)
        .join(skipped, keys.same_repo(cases, skipped), isouter=True)
        .where(cases.c.number.in_(numbers))
    )
    return {row.number: row for row in connection.execute(query)}


def lock(connection: Connection, numbers: Sequence[int]) -> None:
    """Keep other writers off these cases to the end of the transaction: each must see what the one before said."""
    ordered = select(cases.c.number).where(cases.c.number.in_(numbers)).order_by(cases.c.number)
    connection.execute(ordered.with_for_update())  # SQLite has one writer at a time by itself


def put(connection: Connection, rows: Sequence[Mapping[str, Any]], rules: Mapping[int, Iterable[str]]) -> None:
    """Write what cases came to into the queue, each also under its `rules`."""
    upsert(connection, queue, rows)
    connection.execute(delete(queue_rules).where(queue_rules.c.case_number.in_([row["case_number"] for row in rows])))
    named = [
        {"rule_id": rule, "rank": row["rank"], "case_number": row["case_number"]}
        for row in rows
        for rule in sorted(set(rules[row["case_number"]]))
    ]
    if named:
        connection.execute(insert(queue_rules), named)


def events_of(connection: Connection, numbers: Sequence[int]) -> Mapping[int, list[Event]]:
    """Return what happened to each case, in order."""
    found = defaultdict(list)
    for case, told in timelines(connection, numbers).items():
        found[case] = [event for _, event in told]
    return found


def timelines(connection: Connection, numbers: Sequence[int]) -> Mapping[int, list[tuple[int, Event]]]:
    """Return what happened to each case, in order, each event with its id."""
    found = defaultdict(list)
    for start in range(0, len(numbers), PAGE):
        these = events.c.case_number.in_(numbers[start : start + PAGE])
        for row in connection.execute(select(events).where(these).order_by(events.c.id)):
            told = Event(EventKind(row.kind), row.at, row.actor, row.word, row.note)
            found[row.case_number].append((row.id, told))
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


def grounds_of(connection: Connection, numbers: Sequence[int]) -> Mapping[int, Sequence[Row[Any]]]:
    """Return rule id, severity, confidence and facets of the findings of each case."""
    told = (findings.c.rule_id, findings.c.severity, findings.c.confidence, findings.c.facets)
    joined = case_findings.c.fingerprint == findings.c.fingerprint
    query = select(case_findings.c.case_number, *told).join_from(case_findings, findings, joined)
    found: dict[int, list[Any]] = defaultdict(list)
    for row in connection.execute(query.where(case_findings.c.case_number.in_(numbers))):
        found[row.case_number].append(row)
    return found


def records_of(connection: Connection, numbers: Sequence[int]) -> Mapping[int, StoredRecord]:
    """Return the stored record of each case."""
    query = select(cases.c.number, records.c.body).join_from(cases, records, keys.same_repo(cases, records))
    return {row.number: codec.unpack(row.body) for row in connection.execute(query.where(cases.c.number.in_(numbers)))}


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


def add_event(connection: Connection, number: int, told: Event) -> int:
    """Append an event and return its id."""
    row = insert(events).values(
        case_number=number, kind=told.kind.value, at=told.at, actor=told.actor, word=told.word, note=told.note
    )
    event: int = connection.execute(row.returning(events.c.id)).scalar_one()
    return event


def add_decision(connection: Connection, decision: Decision, ref: RepoRef) -> None:
    """Append a decision, and keep the record it was made on."""
    told = Event(EventKind.DECIDED, decision.at, decision.reviewer, decision.verdict.value)
    event = add_event(connection, decision.case, told)
    values = {name: getattr(decision, name) for name in ("reviewer", "reason", "policy", "record_digest", "at")}
    row = {"event_id": event, "case_number": decision.case, "verdict": decision.verdict.value}
    connection.execute(insert(decisions).values(**values, **row))
    body = connection.scalar(select(records.c.body).where(keys.of(records, ref)))
    kept = {**keys.key(ref), "digest": decision.record_digest, "body": body, "taken_at": decision.at}
    insert_new(connection, snapshots, [kept])


def add_notice(connection: Connection, notice: Notice, told: Event, sha256: str) -> None:
    """Append that a notice was drafted; `sha256` (hex) is of the file."""
    event = add_event(connection, notice.case, told)
    values = {name: getattr(notice, name) for name in ("template", "edition", "format", "at")}
    connection.execute(insert(notices).values(event_id=event, case_number=notice.case, sha256=sha256, **values))


def drafts_of(connection: Connection, number: int) -> list[str]:
    """Return the digests of the notices drafted for a case, in order."""
    query = select(notices.c.sha256).where(notices.c.case_number == number).order_by(notices.c.event_id)
    return list(connection.scalars(query))


def add_notice_rules(connection: Connection, event: int, rules: Iterable[str]) -> None:
    """Keep which rules a sent notice rests on."""
    rows = [{"event_id": event, "rule_id": rule} for rule in sorted(set(rules))]
    if rows:
        connection.execute(insert(notice_rules), rows)


def add_check(connection: Connection, check: Check) -> None:
    """Append what a check saw."""
    event = add_event(connection, check.case, Event(EventKind.CHECKED, check.at, None, check.outcome.value))
    values = {"case_number": check.case, "run_id": check.run, "outcome": check.outcome.value}
    connection.execute(insert(checks).values(event_id=event, detail=check.detail, at=check.at, **values))


def checks_of(
    connection: Connection, number: int | None, hub: str | None, outcome: CheckOutcome | None, limit: int
) -> list[Check]:
    """Return what checks saw, newest first; None for all."""
    query = select(checks).join(queue, queue.c.case_number == checks.c.case_number)
    for column, wanted in ((checks.c.case_number, number), (queue.c.hub, hub), (checks.c.outcome, outcome)):
        query = query.where(column == wanted) if wanted is not None else query
    found = connection.execute(query.order_by(checks.c.event_id.desc()).limit(limit))
    return [Check(row.case_number, row.at, CheckOutcome(row.outcome), row.detail, row.run_id) for row in found]


def last_seen_by_checks(connection: Connection, refs: Iterable[RepoRef]) -> dict[RepoRef, tuple[CheckOutcome, str]]:
    """Return of each repo what the last check of it saw that saw anything, and when."""
    found = {}
    blind = (CheckOutcome.UNKNOWN.value, CheckOutcome.BLOCKED_HERE.value)
    for hub, kind, ids in keys.together(refs):
        query = select(cases.c.repo_id, checks.c.outcome, checks.c.at).join(
            checks, checks.c.case_number == cases.c.number
        )
        query = query.where(keys.among(cases, hub, kind, ids), checks.c.outcome.not_in(blind))
        for row in connection.execute(query.order_by(checks.c.event_id)):
            found[RepoRef(hub, kind, row.repo_id)] = (CheckOutcome(row.outcome), row.at)
    return found


def _meant(wanted: CaseFilter) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.state:
        conditions.append(queue.c.state == wanted.state.value)
    if wanted.hub:
        conditions.append(queue.c.hub == wanted.hub)
    if wanted.assignee:
        conditions.append(queue.c.assignee == wanted.assignee)
    if wanted.min_severity > Severity.INFO:
        conditions.append(queue.c.rank <= -1000 * wanted.min_severity)  # severity leads the rank: see Priority
    if wanted.sampled:
        conditions.append(queue.c.case_number.in_(select(sample_cases.c.case_number)))
    return and_(true(), *conditions)


def _numbers(connection: Connection, refs: Sequence[RepoRef]) -> dict[RepoRef, int]:
    found: dict[RepoRef, int] = {}
    for hub, kind, ids in keys.together(refs):
        query = select(cases.c.repo_id, cases.c.number).where(keys.among(cases, hub, kind, ids))
        found |= {RepoRef(hub, kind, row.repo_id): row.number for row in connection.execute(query)}
    return found
