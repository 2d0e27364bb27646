"""Review: one repo is one case, and its state is a fold of what happened to it (`caseflow`).

Events and decisions are appended beside the findings and never changed; each decision names the content it was made
on, and that content is kept. Every step is one transaction, and a step said twice in a row counts once: who repeats a
command after a crash doubles nothing.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row

from hubscan import caseflow
from hubscan.casework import (
    Appellant,
    Case,
    CaseFile,
    CaseFilter,
    CaseState,
    Cause,
    Check,
    CheckOutcome,
    Decision,
    Event,
    EventKind,
    HubAction,
    Notice,
    NoticeStep,
    Origin,
    Priority,
    Verdict,
)
from hubscan.errors import CaseError
from hubscan.findings import Confidence, Finding, Severity
from hubscan.hubs import base
from hubscan.records import RepoRecord, RepoRef, StoredRecord
from hubscan.store import Store, casebook, reading

_PSEUDONYM = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")


def open_cases(store: Store, findings: Iterable[Finding], min_severity: Severity, now: str) -> tuple[int, ...]:
    """Open a case for each repo with a finding at or above `min_severity`, and return the new cases' numbers.

    Only such findings join a case: a lesser one must never carry a notice. A repo that has a case keeps it. A rejected
    or closed one is opened again for a match nobody has judged, or for an upload that is back; what was rejected on
    the content stored now is not raised again.
    """
    found: dict[RepoRef, dict[str, str]] = defaultdict(dict)
    for finding in findings:
        if finding.severity >= min_severity:
            found[finding.ref][finding.fingerprint] = finding.rule.id
    with store.writing() as connection:
        numbers, new = casebook.open_cases(connection, found, Origin.FINDING, now)
        by_number = {numbers[ref]: found[ref] for ref in found}
        for some in _pages(sorted(by_number.keys() - set(new))):
            _reopen(connection, some, by_number, now)
        casebook.add_findings(connection, {number: sorted(by_number[number]) for number in by_number}, now)
        _settle(connection, sorted(by_number))
    return tuple(new)


def open_sampled(connection: Connection, refs: Iterable[RepoRef], now: str) -> dict[RepoRef, int]:
    """Open a case for each of these repos that has none, and return the numbers of all."""
    numbers, new = casebook.open_cases(connection, refs, Origin.SAMPLE, now)
    _settle(connection, new)
    return numbers


def list_cases(store: Store, wanted: CaseFilter | None = None, limit: int | None = None) -> Iterator[Case]:
    """Yield the cases that are meant, those to be looked at first in front; at most `limit`."""
    with store.reading() as connection:
        numbers = casebook.numbers(connection, wanted or CaseFilter(), limit)
        for some in _pages(numbers):
            yield from _cases(connection, some)


def to_review(store: Store, wanted: CaseFilter, reviewer: str, limit: int) -> list[int]:
    """Return the cases that wait for `reviewer`, the most urgent first.

    Without a state that is what is open, unsure or appealed, and critical cases that one other person confirmed.
    """
    waiting = [CaseState.APPEALED, CaseState.OPEN, CaseState.UNSURE]
    found = [
        case
        for state in ([wanted.state] if wanted.state else waiting)
        for case in list_cases(store, replace(wanted, state=state), limit)
    ]
    if wanted.state is None:
        second = replace(wanted, state=CaseState.CONFIRMED, min_severity=Severity.CRITICAL)
        halves = (case for case in list_cases(store, second) if len(case.confirmed_by) < 2)
        found += islice((case for case in halves if reviewer not in case.confirmed_by), limit)
    return [case.number for case in sorted(found, key=lambda case: (case.priority.rank, case.number))[:limit]]


def show_case(store: Store, number: int) -> CaseFile:
    """Return one case with its findings and its record; `CaseError` where there is none of that number."""
    with store.reading() as connection:
        return _case_file(connection, number)


def decide(
    store: Store,
    number: int,
    verdict: Verdict | str,
    *,
    reviewer: str,
    reason: str,
    now: str,
    policy: str | None = None,
) -> Case:
    """Append a person's decision on the content stored now, and return the case as it then stands.

    `reviewer` is a pseudonym; `policy` names the clause the upload breaks. A decision on an appealed case settles the
    appeal. `CaseError` where the case is unknown or closed, or the verdict, reviewer or reason will not do.
    """
    judged, who, why = _verdict(verdict), pseudonym(reviewer), said(reason)
    with store.writing() as connection:
        case = _locked(connection, number)
        _decide(connection, case, Decision(number, judged, who, why, now, policy, case.record_digest))
        _settle(connection, [number])
        return _case(connection, number)


def assign(store: Store, number: int, assignee: str, *, now: str) -> Case:
    """Give a case to a reviewer."""
    who = pseudonym(assignee)
    return _tell(store, number, Event(EventKind.ASSIGNED, now, who, who))


def appeal(store: Store, number: int, by: Appellant, *, reviewer: str, reason: str, now: str) -> Case:
    """Append that somebody objects to how the case stands; the next decision settles it."""
    return _tell(store, number, Event(EventKind.APPEALED, now, pseudonym(reviewer), by.value, said(reason)))


def acknowledge(store: Store, number: int, *, reviewer: str, now: str, reference: str | None = None) -> Case:
    """Append that the hub has confirmed to have the notice; `reference` is its number there."""
    return _tell(store, number, Event(EventKind.ACKNOWLEDGED, now, pseudonym(reviewer), None, reference))


def act(store: Store, number: int, action: HubAction, *, reviewer: str, now: str, note: str | None = None) -> Case:
    """Append what the hub says it did about the notice."""
    return _tell(store, number, Event(EventKind.ACTED, now, pseudonym(reviewer), action.value, note))


def close(store: Store, number: int, *, reviewer: str, reason: str, now: str) -> Case:
    """Append that nothing more is to be done; an upload that was written about is still looked for."""
    return _tell(store, number, Event(EventKind.CLOSED, now, pseudonym(reviewer), None, said(reason)))


def reopen(store: Store, number: int, *, reviewer: str, reason: str, now: str) -> Case:
    """Append that the case is to be decided on anew."""
    who, why = pseudonym(reviewer), said(reason)
    return _tell(store, number, Event(EventKind.REOPENED, now, who, Cause.PERSON.value, why))


@contextmanager
def noticing(store: Store, notice: Notice, sha256: str) -> Iterator[None]:
    """Remember that a notice was drafted, by the SHA-256 (hex) of its file, once the block has put that in place.

    `CaseError` unless the case allows one; then the block does not run. A block that fails leaves nothing remembered,
    and a process that dies in it at worst a file without its event: drafting again writes both.
    """
    with store.writing() as connection:
        case = _locked(connection, notice.case)
        require_confirmed(_case_file(connection, notice.case))
        drafts = casebook.drafts_of(connection, notice.case)
        if not (case.events[-1].kind is EventKind.NOTICED and drafts and drafts[-1] == sha256):
            told = Event(EventKind.NOTICED, notice.at, None, NoticeStep.DRAFTED.value)
            casebook.add_notice(connection, notice, told, sha256)
        _settle(connection, [notice.case])
        yield


def record_notice(store: Store, notice: Notice, sha256: str) -> Case:
    """Do as `noticing`, for a notice that is in place already, and return the case."""
    with noticing(store, notice, sha256):
        pass
    return show_case(store, notice.case).case


def record_sent(store: Store, number: int, *, reviewer: str, now: str) -> Case:
    """Append that a person sent the notice drafted last: the hub's clock and the ledger of precision count from here.

    `CaseError` where no notice was drafted, or it was said already.
    """
    who = pseudonym(reviewer)
    with store.writing() as connection:
        case = _locked(connection, number)
        standing = caseflow.fold(case.events)
        caseflow.require(standing, EventKind.NOTICED, f"case {number}")
        if standing.sent:
            raise CaseError("its notice was recorded as sent", f"case {number}", "A new notice needs a new draft")
        event = casebook.add_event(connection, number, Event(EventKind.NOTICED, now, who, NoticeStep.SENT.value))
        found = casebook.findings_of(connection, number)
        grounds = [one.rule.id for one in found if one.rule.status == "stable" and one.severity > Severity.INFO]
        casebook.add_notice_rules(connection, event, grounds)
        _settle(connection, [number])
        return _case(connection, number)


def record_check(store: Store, check: Check) -> Case:
    """Append what a check saw; an upload that is back opens its case again."""
    with store.writing() as connection:
        before = caseflow.fold(_locked(connection, check.case).events)
        casebook.add_check(connection, check)
        if caseflow.reappeared(before, check.outcome):
            again = Event(EventKind.REOPENED, check.at, None, Cause.REAPPEARED.value, check.detail)
            casebook.add_event(connection, check.case, again)
        _settle(connection, [check.case])
        return _case(connection, check.case)


def reopen_elsewhere(store: Store, number: int, found: Sequence[RepoRef], now: str) -> Case:
    """Append that a file of an upload that is away is up in `found`, which opens the case again; once is enough."""
    note = f"{found[0]}" + (f" and {len(found) - 1:,} more" if len(found) > 1 else "")
    with store.writing() as connection:
        if caseflow.away(caseflow.fold(_locked(connection, number).events)):
            told = Event(EventKind.REOPENED, now, None, Cause.ELSEWHERE.value, note)
            casebook.add_event(connection, number, told)
            _settle(connection, [number])
        return _case(connection, number)


def require_confirmed(file: CaseFile) -> None:
    """Raise `CaseError` unless the case stands confirmed, by two people where critical, and a stable rule behind it."""
    number, decisions = file.case.number, file.case.decisions
    where = f"case {number}"
    if not decisions:
        raise CaseError("nobody has decided on it", where, f"Review it, then: hubscan cases decide {number}")
    if decisions[-1].verdict is not Verdict.CONFIRMED:
        raise CaseError(f"the latest decision is {decisions[-1].verdict}", where, "Only a confirmed case has a notice")
    if file.case.state not in {CaseState.CONFIRMED, *caseflow.WRITTEN}:
        raise CaseError(f"the case is {file.case.state}", where, "Decide on it as it is now")
    caseflow.require_people(file.case, file.findings)
    if not any(finding.rule.status == "stable" for finding in file.findings):
        statuses = ", ".join(sorted({finding.rule.status for finding in file.findings})) or "none"
        raise CaseError(f"its rules are {statuses}", where, "Only a stable rule can stand behind a notice")


def pseudonym(text: str) -> str:
    """Return `text` as a reviewer's pseudonym, in small letters; `CaseError` where it is none."""
    who = text.strip().lower()
    if not who:
        raise CaseError("the reviewer is not named", todo="Give the pseudonym you review under")
    if not _PSEUDONYM.fullmatch(who):
        todo = "Take one word of letters, digits, dots and hyphens that is not your name or address"
        raise CaseError(f"{text.strip()!r} is no pseudonym", todo=todo)
    return who


def said(text: str) -> str:
    """Return the reason a person gave; `CaseError` where it is empty."""
    if not text.strip():
        raise CaseError("the reason is empty", todo="Say in a sentence what you saw, for the next reviewer")
    return text.strip()


def by_number(connection: Connection, numbers: Sequence[int]) -> dict[int, Case]:
    """Return the cases of these numbers."""
    return {case.number: case for some in _pages(numbers) for case in _cases(connection, some)}


def locked_cases(connection: Connection, wanted: CaseFilter) -> list[Case]:
    """Return the cases that are meant, with other writers kept off them to the end of the transaction."""
    numbers = casebook.numbers(connection, wanted)
    for some in _pages(sorted(numbers)):
        casebook.lock(connection, some)
    return [case for some in _pages(numbers) for case in _cases(connection, some)]


def decide_alike(connection: Connection, meant: Sequence[Case], decision: Decision) -> None:
    """Append `decision` to each of these locked cases, on the content each holds now."""
    for case in meant:
        _decide(connection, case, replace(decision, case=case.number, record_digest=case.record_digest))
    _settle(connection, [case.number for case in meant])


def _tell(store: Store, number: int, told: Event) -> Case:
    with store.writing() as connection:
        case = _locked(connection, number)
        if replace(case.events[-1], at=told.at) != told:
            caseflow.require(caseflow.fold(case.events), told.kind, f"case {number}")
            casebook.add_event(connection, number, told)
            _settle(connection, [number])
        return _case(connection, number)


def _decide(connection: Connection, case: Case, decision: Decision) -> None:
    last = case.decisions[-1] if case.decisions else None
    repeated = last and case.events[-1].kind is EventKind.DECIDED and replace(last, at=decision.at) == decision
    if not repeated:
        caseflow.require(caseflow.fold(case.events), EventKind.DECIDED, f"case {case.number}")
        casebook.add_decision(connection, decision, case.ref)


def _reopen(connection: Connection, numbers: Sequence[int], found: Mapping[int, Mapping[str, str]], now: str) -> None:
    """Open those of `numbers` again that ended before somebody saw what is found now, by fingerprint and rule."""
    rows, grounds = casebook.rows_of(connection, numbers), casebook.grounds_of(connection, numbers)
    for case in _cases(connection, numbers):
        matches = found[case.number]
        new = {rule for fingerprint, rule in matches.items() if fingerprint not in case.fingerprints}
        judged = {row.rule_id for row in grounds[case.number]} if not case.outdated else set()
        cause = None
        if case.state in (CaseState.REJECTED, CaseState.CLOSED) and new - judged:
            cause = Cause.MATCH
        elif _seen_again(case, rows[case.number]):
            cause = Cause.REAPPEARED
        if cause:
            casebook.add_event(connection, case.number, Event(EventKind.REOPENED, now, None, cause.value))


def _seen_again(case: Case, row: Row[Any]) -> bool:
    """Whether a scan has read the upload since something last happened to its case, which had it away."""
    read = row.last_seen > case.events[-1].at and not (row.skipped_at and row.skipped_at >= row.last_seen)
    return read and caseflow.reappeared(caseflow.fold(case.events), CheckOutcome.UP)


def _settle(connection: Connection, numbers: Sequence[int]) -> None:
    """Write what the cases have come to into the queue."""
    for some in _pages(numbers):
        events, grounds = casebook.events_of(connection, some), casebook.grounds_of(connection, some)
        stored = casebook.records_of(connection, some)
        rows = [_queued(number, events[number], grounds[number], stored[number]) for number in some]
        casebook.put(connection, rows, {number: [row.rule_id for row in grounds[number]] for number in some})


def _queued(number: int, events: Sequence[Event], grounds: Sequence[Row[Any]], stored: StoredRecord) -> dict[str, Any]:
    standing, priority = caseflow.fold(events), _priority(grounds, stored)
    return {
        "case_number": number,
        "hub": stored.hub,
        "rank": priority.rank,
        "state": standing.state.value,
        "severity": priority.severity,
        "confidence": priority.confidence,
        "facets": priority.facets,
        "reach": priority.reach,
        "assignee": standing.assignee,
        "due_at": standing.due_at,
    }


def _priority(grounds: Sequence[Row[Any]], stored: StoredRecord) -> Priority:
    record = base.parse(stored)
    reach = record.downloads if isinstance(record, RepoRecord) else None
    if not grounds:
        return Priority(reach=reach)
    gravest = max(row.severity for row in grounds)
    surest = max(row.confidence for row in grounds if row.severity == gravest)
    facets = {facet for row in grounds for facet in row.facets}
    return Priority(Severity(gravest), Confidence(surest), len(facets), reach)


def _case_file(connection: Connection, number: int) -> CaseFile:
    case = _case(connection, number)
    record = reading.record(connection, case.ref)
    if record is None:
        raise CaseError("its record is gone", f"case {number}", "Scan the repo again")
    decided_on = None
    if case.decisions:
        decided_on = casebook.snapshot(connection, case.ref, case.decisions[-1].record_digest or "")
    return CaseFile(case, tuple(casebook.findings_of(connection, number)), record, decided_on)


def _locked(connection: Connection, number: int) -> Case:
    casebook.lock(connection, [number])
    return _case(connection, number)


def _case(connection: Connection, number: int) -> Case:
    found = _cases(connection, [number])
    if not found:
        raise CaseError(f"there is no case {number}", todo="hubscan cases list shows their numbers")
    return found[0]


def _cases(connection: Connection, numbers: Sequence[int]) -> list[Case]:
    rows = casebook.rows_of(connection, numbers)
    events = casebook.events_of(connection, numbers)
    decisions = casebook.decisions_of(connection, numbers)
    fingerprints = casebook.fingerprints_of(connection, numbers)
    return [
        Case(
            number=row.number,
            ref=RepoRef(row.hub, row.kind, row.repo_id, row.revision),
            url=row.url,
            state=caseflow.state_of(events[row.number]),
            opened_at=row.opened_at,
            fingerprints=tuple(fingerprints[row.number]),
            decisions=tuple(decisions[row.number]),
            events=tuple(events[row.number]),
            severity=Severity(row.severity) if row.severity else None,
            record_digest=row.digest,
            priority=_stored_priority(row),
            assignee=row.assignee,
            due_at=row.due_at,
        )
        for row in (rows[number] for number in numbers if number in rows)
    ]


def _stored_priority(row: Row[Any]) -> Priority:
    if row.severity is None:
        return Priority(reach=row.reach)
    return Priority(Severity(row.severity), Confidence(row.confidence), row.facets, row.reach)


def _pages(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(numbers), casebook.PAGE):
        yield numbers[start : start + casebook.PAGE]


def _verdict(verdict: str) -> Verdict:
    try:
        return Verdict(verdict)
    except ValueError:
        raise CaseError(f"{verdict!r} is no verdict", todo=f"Choose one of {', '.join(Verdict)}") from None
