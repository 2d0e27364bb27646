"""How a case moves: its state as a pure fold of its events, which steps each state allows, and when to look again."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import reduce

from hubscan.casework import Case, CaseState, CheckOutcome, Event, EventKind, HubAction, NoticeStep, Verdict
from hubscan.errors import CaseError
from hubscan.findings import Finding, Severity

CADENCE = (timedelta(hours=24), timedelta(hours=48), timedelta(days=7), timedelta(days=30))
"""When a notice is followed up, counted from the day it went; after the last, each `LATER` until `LONGEST`."""

LATER, LONGEST = timedelta(days=30), timedelta(days=360)

WRITTEN = frozenset({CaseState.NOTICED, CaseState.ACKNOWLEDGED, CaseState.ACTED, CaseState.REFUSED})
"""States of a case whose hub was written to and whose confirmation stands."""

AWAY = frozenset({CheckOutcome.GONE, CheckOutcome.DISABLED, CheckOutcome.GATED})
"""Outcomes after which an upload that is up again has reappeared."""

HERE = frozenset({CheckOutcome.UP, CheckOutcome.CHANGED})


@dataclass(frozen=True, slots=True)
class Standing:
    """What the events of a case come to.

    `before` is the state an open appeal is about. `noticed_at` is when the latest notice went: when it was sent, or, as
    long as nobody has said so, drafted; `sent` tells which. `action` is what the hub said it did. `checked_at` is of
    the last check that saw something, `outcome` what it saw.
    """

    state: CaseState = CaseState.OPEN
    before: CaseState = CaseState.OPEN
    assignee: str | None = None
    noticed_at: str | None = None
    sent: bool = False
    action: HubAction | None = None
    checked_at: str | None = None
    outcome: CheckOutcome | None = None

    @property
    def due_at(self) -> str | None:
        """When the repo is to be checked next, RFC 3339 UTC; None for never. A missed check is not made up for."""
        if self.noticed_at is None or not (self.state in WRITTEN or self.state is CaseState.CLOSED):
            return None
        start, last = _time(self.noticed_at), _time(self.checked_at or self.noticed_at)
        steps = [*CADENCE, *(LATER * number for number in range(2, LONGEST // LATER + 1))]
        due = next((start + step for step in steps if start + step > last), None)
        return due.strftime("%Y-%m-%dT%H:%M:%SZ") if due else None


def fold(events: Iterable[Event]) -> Standing:
    """Return where a case stands after `events`, in their order."""
    return reduce(_step, events, Standing())


def state_of(events: Iterable[Event]) -> CaseState:
    """Return the state of a case after `events`."""
    return fold(events).state


def reappeared(standing: Standing, outcome: CheckOutcome) -> bool:
    """Return whether an upload that was away, or that its hub said to have removed, is there again."""
    if outcome not in HERE or standing.state not in WRITTEN | {CaseState.CLOSED}:
        return False
    return standing.outcome in AWAY or standing.action is HubAction.REMOVED


def away(standing: Standing) -> bool:
    """Return whether an upload that was written about is not there, as far as the last look that saw something."""
    if standing.state not in WRITTEN | {CaseState.CLOSED}:
        return False
    return standing.outcome in AWAY or (standing.outcome is None and standing.action is HubAction.REMOVED)


def dealt_with_at(events: Iterable[Event]) -> str:
    """Return when a case was last decided on, closed or opened: what was known elsewhere by then is nothing new."""
    return max(event.at for event in events if event.kind in _DEALT)


_DEALT = frozenset({EventKind.OPENED, EventKind.DECIDED, EventKind.CLOSED, EventKind.REOPENED})


_STEPS: dict[EventKind, tuple[frozenset[CaseState], str, str]] = {
    EventKind.ASSIGNED: (frozenset(CaseState) - {CaseState.CLOSED}, "the case is closed", "Reopen it first"),
    EventKind.DECIDED: (frozenset(CaseState) - {CaseState.CLOSED}, "the case is closed", "Reopen it first"),
    EventKind.NOTICED: (WRITTEN, "no notice was drafted", "Draft it first: hubscan notices draft"),
    EventKind.ACKNOWLEDGED: (WRITTEN, "the hub was not written to", "Draft and send a notice first"),
    EventKind.ACTED: (WRITTEN, "the hub was not written to", "Draft and send a notice first"),
    EventKind.APPEALED: (
        frozenset(CaseState) - {CaseState.OPEN, CaseState.APPEALED},
        "there is no decision to object to",
        "An appeal is about a decision that stands",
    ),
    EventKind.REOPENED: (
        frozenset({CaseState.CLOSED, CaseState.REJECTED, *WRITTEN}),
        "the case is not closed",
        "Decide on it as it is",
    ),
    EventKind.CLOSED: (
        frozenset(CaseState) - {CaseState.CLOSED},
        "the case is closed already",
        "Nothing is to be done",
    ),
}


def require(standing: Standing, kind: EventKind, where: str) -> None:
    """Raise `CaseError` unless a person may do `kind` to a case that stands so."""
    allowed, what, todo = _STEPS[kind]
    if standing.state not in allowed:
        said = what if "closed" in what else f"{what} (the case is {standing.state})"
        raise CaseError(said, where, todo)


def require_people(case: Case, findings: Iterable[Finding]) -> None:
    """Raise `CaseError` where a critical case was confirmed by fewer than two different people."""
    critical = any(finding.severity is Severity.CRITICAL for finding in findings)
    if critical and len(case.confirmed_by) < 2:
        said = " and ".join(case.confirmed_by) or "nobody"
        what = f"it is critical, and only {said} confirmed the content it was last decided on"
        raise CaseError(what, f"case {case.number}", "A second person must look and decide: hubscan cases decide")


def _step(now: Standing, event: Event) -> Standing:
    if event.kind is EventKind.DECIDED:
        return replace(now, state=_judged(now, Verdict(event.word or "")))
    if event.kind is EventKind.ASSIGNED:
        return replace(now, assignee=event.word)
    if event.kind is EventKind.NOTICED:
        return _noticed(now, event)
    if event.kind is EventKind.CHECKED:
        return _checked(now, event)
    if event.kind is EventKind.APPEALED:
        return replace(now, state=CaseState.APPEALED, before=now.state)
    if event.kind is EventKind.ACTED:
        action = HubAction(event.word or "")
        state = CaseState.REFUSED if action is HubAction.REFUSED else CaseState.ACTED
        return replace(now, state=state, action=action)
    return replace(now, state=_PLAIN[event.kind]) if event.kind in _PLAIN else now


_PLAIN = {
    EventKind.ACKNOWLEDGED: CaseState.ACKNOWLEDGED,
    EventKind.REOPENED: CaseState.OPEN,
    EventKind.CLOSED: CaseState.CLOSED,
}


def _judged(now: Standing, verdict: Verdict) -> CaseState:
    """A confirmation of what the hub was told already leaves the case there; one of an appeal puts it back there."""
    stood = now.before if now.state is CaseState.APPEALED else now.state
    if verdict is Verdict.CONFIRMED and (stood in WRITTEN or (stood is CaseState.CLOSED)):
        return stood
    return CaseState(verdict.value)


def _noticed(now: Standing, event: Event) -> Standing:
    if event.word == NoticeStep.SENT:
        return replace(now, noticed_at=event.at, sent=True, checked_at=None)
    if now.sent and now.state in WRITTEN:  # a second letter in the same matter: the first one counts
        return now
    state = now.state if now.state in WRITTEN else CaseState.NOTICED
    return replace(now, state=state, noticed_at=event.at, sent=False, action=None, checked_at=None, outcome=None)


def _checked(now: Standing, event: Event) -> Standing:
    outcome = CheckOutcome(event.word or "")
    if outcome is CheckOutcome.UNKNOWN:  # nothing was seen: the same check is still due
        return now
    # What is seen from a place that is blocked says nothing of the upload: what was seen before still holds.
    seen = now.outcome if outcome is CheckOutcome.BLOCKED_HERE else outcome
    return replace(now, checked_at=event.at, outcome=seen)


def _time(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp).astimezone(UTC)
