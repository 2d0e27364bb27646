"""Cases, decisions, notices, checks and scorecards: the types that review and follow-up share. Types only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from hubscan.findings import Finding, Severity
from hubscan.records import RepoRef, StoredRecord


class Verdict(StrEnum):
    """What a person decided."""

    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    UNSURE = "unsure"


class CaseState(StrEnum):
    """Where a case stands: a fold of its events, never stored by itself."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    UNSURE = "unsure"
    NOTICED = "noticed"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Decision:
    """One person's judgement on a case, appended and never changed.

    `reviewer` is a pseudonym the operator hands out. `record_digest` ties the decision to the content that was seen.
    """

    case: int
    verdict: Verdict
    reviewer: str
    reason: str
    at: str
    policy: str | None = None
    record_digest: str | None = None


class EventKind(StrEnum):
    """What can happen to a case."""

    OPENED = "opened"
    DECIDED = "decided"
    NOTICED = "noticed"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a case, appended and never changed. `verdict` belongs to `decided` alone."""

    kind: EventKind
    at: str
    actor: str | None = None
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One repo under review, with the fingerprints of its findings, its decisions and its events, each in order.

    `record_digest` is of the content stored now, `severity` the gravest of its findings.
    """

    number: int
    ref: RepoRef
    url: str
    state: CaseState
    opened_at: str
    fingerprints: tuple[str, ...] = ()
    decisions: tuple[Decision, ...] = ()
    events: tuple[Event, ...] = ()
    severity: Severity | None = None
    record_digest: str | None = None

    @property
    def outdated(self) -> bool:
        """Whether the latest decision was made on other content than is stored now."""
        return bool(self.decisions) and self.decisions[-1].record_digest != self.record_digest


@dataclass(frozen=True, slots=True)
class CaseFile:
    """All that a reviewer or a letter needs of one case.

    `record` is the content stored now, `decided_on` the content the latest decision was made on (None: no decision).
    """

    case: Case
    findings: tuple[Finding, ...]
    record: StoredRecord
    decided_on: StoredRecord | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """A takedown request to a hub, drafted for one case from one template; a person sends it, never the tool."""

    case: int
    template: str
    edition: str
    format: str
    at: str
    fields: Mapping[str, str] = field(default_factory=dict)


class CheckOutcome(StrEnum):
    """What a follow-up saw. A block in this region or a failed request is `unknown` or `blocked-here`, never `gone`."""

    UP = "up"
    CHANGED = "changed"
    GATED = "gated"
    DISABLED = "disabled"
    GONE = "gone"
    BLOCKED_HERE = "blocked-here"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Check:
    """One look at a case's repo after a decision."""

    case: int
    at: str
    outcome: CheckOutcome
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ScorecardRow:
    """One measure over all hubs of a scorecard. None is unknown (its ground was never looked at), never zero."""

    key: str
    title: str
    values: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Platform evaluation: a column for each hub, a row for each measure. What cannot be measured yet has no row."""

    made_at: str
    min_severity: Severity
    hubs: tuple[str, ...]
    rows: tuple[ScorecardRow, ...]

    schema = "hubscan.scorecard/1"
