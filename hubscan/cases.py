"""Review: one repo is one case, and its state is a fold of what happened to it.

Decisions are appended beside the findings and never changed; each names the content it was made on, and that content
is kept. What was decided on content that has changed since is shown as outdated.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row

from hubscan.casework import Case, CaseFile, CaseState, Decision, Event, EventKind, Notice, Verdict
from hubscan.errors import CaseError
from hubscan.findings import Finding, Severity
from hubscan.records import RepoRef
from hubscan.store import Store, casebook, reading


def open_cases(store: Store, findings: Iterable[Finding], min_severity: Severity, now: str) -> tuple[int, ...]:
    """Open a case for each repo with a finding at or above `min_severity`, and return the new cases' numbers.

    Only such findings join a case: a lesser one must never carry a notice. A repo that has a case keeps it.
    """
    found: dict[RepoRef, set[str]] = defaultdict(set)
    for finding in findings:
        if finding.severity >= min_severity:
            found[finding.ref].add(finding.fingerprint)
    grouped = {ref: sorted(fingerprints) for ref, fingerprints in found.items()}
    with store.writing() as connection:
        return tuple(casebook.open_cases(connection, grouped, now))


def list_cases(
    store: Store,
    state: CaseState | None = None,
    hub: str | None = None,
    min_severity: Severity = Severity.INFO,
) -> Iterator[Case]:
    """Yield cases by number, those in `state`, on `hub` and at or above `min_severity`; None for all."""
    with store.reading() as connection:
        for page in casebook.pages(connection, hub):
            for case in _cases(connection, page):
                if state in (None, case.state) and (case.severity or Severity.INFO) >= min_severity:
                    yield case


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

    `reviewer` is a pseudonym; `policy` names the clause the upload breaks. `CaseError` where the case is unknown, or
    the verdict, reviewer or reason will not do.
    """
    judged = _verdict(verdict)
    who = _said(reviewer, "the reviewer is not named", "Give the pseudonym you review under")
    why = _said(reason, "the reason is empty", "Say in a sentence what you saw, for the next reviewer")
    with store.writing() as connection:
        case = _case(connection, number)
        decision = Decision(number, judged, who, why, now, policy, case.record_digest)
        casebook.add_decision(connection, decision, case.ref)
        return _case(connection, number)


def record_notice(store: Store, notice: Notice, sha256: str) -> Case:
    """Remember that a notice was drafted, by the SHA-256 (hex) of its file; `CaseError` unless the case allows one."""
    with store.writing() as connection:
        require_confirmed(_case_file(connection, notice.case))
        casebook.add_notice(connection, notice, sha256)
        return _case(connection, notice.case)


def require_confirmed(file: CaseFile) -> None:
    """Raise `CaseError` unless the latest decision confirms the case and a `stable` rule stands behind it."""
    number, decisions = file.case.number, file.case.decisions
    where = f"case {number}"
    if not decisions:
        raise CaseError("nobody has decided on it", where, f"Review it, then: hubscan cases decide {number}")
    if decisions[-1].verdict is not Verdict.CONFIRMED:
        raise CaseError(f"the latest decision is {decisions[-1].verdict}", where, "Only a confirmed case has a notice")
    if not any(finding.rule.status == "stable" for finding in file.findings):
        statuses = ", ".join(sorted({finding.rule.status for finding in file.findings}))
        raise CaseError(f"its rules are {statuses}", where, "Only a stable rule can stand behind a notice")


def state_of(events: Iterable[Event]) -> CaseState:
    """Return where a case stands after `events`. A confirmation of a noticed case leaves it noticed."""
    state = CaseState.OPEN
    for event in events:
        if event.kind is EventKind.NOTICED:
            state = CaseState.NOTICED
        elif event.verdict and (state, event.verdict) != (CaseState.NOTICED, Verdict.CONFIRMED):
            state = CaseState(event.verdict.value)
    return state


def _case_file(connection: Connection, number: int) -> CaseFile:
    case = _case(connection, number)
    record = reading.record(connection, case.ref)
    if record is None:
        raise CaseError("its record is gone", f"case {number}", "Scan the repo again")
    decided_on = None
    if case.decisions:
        decided_on = casebook.snapshot(connection, case.ref, case.decisions[-1].record_digest or "")
    return CaseFile(case, tuple(casebook.findings_of(connection, number)), record, decided_on)


def _case(connection: Connection, number: int) -> Case:
    found = _cases(connection, casebook.page_of(connection, number))
    if not found:
        raise CaseError(f"there is no case {number}", todo="hubscan cases list shows their numbers")
    return found[0]


def _cases(connection: Connection, page: Sequence[Row[Any]]) -> list[Case]:
    numbers = [row.number for row in page]
    events = casebook.events_of(connection, numbers)
    decisions = casebook.decisions_of(connection, numbers)
    fingerprints = casebook.fingerprints_of(connection, numbers)
    return [
        Case(
            number=row.number,
            ref=RepoRef(row.hub, row.kind, row.repo_id, row.revision),
            url=row.url,
            state=state_of(events[row.number]),
            opened_at=row.opened_at,
            fingerprints=tuple(fingerprints[row.number]),
            decisions=tuple(decisions[row.number]),
            events=tuple(events[row.number]),
            severity=Severity(row.severity) if row.severity else None,
            record_digest=row.digest,
        )
        for row in page
    ]


def _verdict(verdict: str) -> Verdict:
    try:
        return Verdict(verdict)
    except ValueError:
        raise CaseError(f"{verdict!r} is no verdict", todo=f"Choose one of {', '.join(Verdict)}") from None


def _said(text: str, what: str, todo: str) -> str:
    if not text.strip():
        raise CaseError(what, todo=todo)
    return text.strip()
