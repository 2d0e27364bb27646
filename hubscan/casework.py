"""Cases, decisions, notices and checks: the types that review and follow-up share. Types only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from hubscan.findings import Confidence, Finding, Severity
from hubscan.records import RepoRef, StoredRecord


class Verdict(StrEnum):
    """What a person decided."""

    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    UNSURE = "unsure"


class CaseState(StrEnum):
    """Where a case stands: a fold of its events (`caseflow.fold`). `acted` and `refused` are the hub's answers."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    UNSURE = "unsure"
    NOTICED = "noticed"
    ACKNOWLEDGED = "acknowledged"
    ACTED = "acted"
    REFUSED = "refused"
    APPEALED = "appealed"
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
    ASSIGNED = "assigned"
    DECIDED = "decided"
    NOTICED = "noticed"
    ACKNOWLEDGED = "acknowledged"
    ACTED = "acted"
    CHECKED = "checked"
    APPEALED = "appealed"
    REOPENED = "reopened"
    CLOSED = "closed"


class Origin(StrEnum):
    """Why a case was opened: a finding, or a random draw among the records without one."""

    FINDING = "finding"
    SAMPLE = "sample"


class NoticeStep(StrEnum):
    """How far a notice is: the tool drafts it, and a person says that they sent it."""

    DRAFTED = "drafted"
    SENT = "sent"


class HubAction(StrEnum):
    """What a hub did about a notice, as a person read it in the hub's answer."""

    REMOVED = "removed"
    RESTRICTED = "restricted"
    LABELLED = "labelled"
    REFUSED = "refused"


class Appellant(StrEnum):
    """Who objects to a decision."""

    UPLOADER = "uploader"
    HUB = "hub"
    REVIEWER = "reviewer"
    OTHER = "other"


class Cause(StrEnum):
    """Why a case was opened again: a person, content with a match nobody has judged, or an upload that is back.

    `reappeared` is the upload itself, `elsewhere` a file of an upload that is away, in another repo.
    """

    PERSON = "person"
    MATCH = "match"
    REAPPEARED = "reappeared"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a case, appended and never changed.

    `word` is what the state depends on: an `Origin` (opened), a pseudonym (assigned), a `Verdict` (decided), a
    `NoticeStep` (noticed), a `HubAction` (acted), a `CheckOutcome` (checked), an `Appellant` (appealed) or a `Cause`
    (reopened). `note` is what a person added.
    """

    kind: EventKind
    at: str
    actor: str | None = None
    word: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Priority:
    """What decides which case is looked at first, each weighed only where those before it are equal.

    `confidence` is the highest among the findings of the case's severity, `facets` how many places of the record agree,
    `reach` its downloads (None: not known). A case from a random sample has no severity and comes last.
    """

    severity: Severity | None = None
    confidence: Confidence | None = None
    facets: int = 0
    reach: int | None = None

    @property
    def rank(self) -> int:
        """A number that is the lower the sooner the case comes; downloads count by their order of magnitude."""
        magnitude = min(len(str(self.reach)), 9) if self.reach else 0
        return -((self.severity or 0) * 1000 + (self.confidence or 0) * 100 + min(self.facets, 9) * 10 + magnitude)

    @property
    def words(self) -> str:
        """The same for a person."""
        if self.severity is None or self.confidence is None:
            return "no finding: drawn at random, so that misses can be counted"
        places = "1 place says so" if self.facets == 1 else f"{self.facets} places agree"
        reach = "downloads not known" if self.reach is None else f"{self.reach:,} downloads"
        return f"{self.severity.label} severity, {self.confidence.label} confidence, {places}, {reach}"


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases are meant: those in `state`, on `hub`, given to `assignee`, at or above `min_severity`. None: all.

    `rule` asks for cases with a finding of that rule, `sampled` for those from a random sample.
    """

    state: CaseState | None = None
    hub: str | None = None
    min_severity: Severity = Severity.INFO
    assignee: str | None = None
    rule: str | None = None
    sampled: bool = False


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
    priority: Priority = Priority()
    assignee: str | None = None
    due_at: str | None = None

    @property
    def outdated(self) -> bool:
        """Whether the latest decision was made on other content than is stored now."""
        return bool(self.decisions) and self.decisions[-1].record_digest != self.record_digest

    @property
    def confirmed_by(self) -> tuple[str, ...]:
        """The different people whose own last word confirms the content of the latest decision.

        What was said before the case was last opened again does not count.
        """
        kinds = [event.kind for event in self.events]
        since = len(kinds) - kinds[::-1].index(EventKind.REOPENED) if EventKind.REOPENED in kinds else 0
        recent = self.decisions[kinds[:since].count(EventKind.DECIDED) :]
        last = {one.reviewer: one for one in recent if one.record_digest == recent[-1].record_digest}
        return tuple(sorted(who for who, one in last.items() if one.verdict is Verdict.CONFIRMED))


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
    """One look at a case's repo after a notice. `detail` says in a few words what the hub answered."""

    case: int
    at: str
    outcome: CheckOutcome
    detail: str = ""
    run: int | None = None
