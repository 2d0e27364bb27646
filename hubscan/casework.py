"""Cases, decisions, notices and checks: the types that review and follow-up share. Types only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from hubscan.records import RepoRef


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


@dataclass(frozen=True, slots=True)
class Case:
    """One repo under review, with the fingerprints of its findings and its decisions in order."""

    number: int
    ref: RepoRef
    url: str
    state: CaseState
    opened_at: str
    fingerprints: tuple[str, ...] = ()
    decisions: tuple[Decision, ...] = ()


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
