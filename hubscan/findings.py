"""What a scan says: evidence, findings, and the report that formats print. Types only; no text of a record in here."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Self

from hubscan.records import RepoRef


class _Level(IntEnum):
    """An ordered scale written by name in YAML, JSON and on the command line."""

    @property
    def label(self) -> str:
        return self.name.lower()

    @classmethod
    def parse(cls, label: str) -> Self:
        """Return the level called `label`; `ValueError` names the choices."""
        try:
            return cls[label.strip().upper()]
        except KeyError:
            raise ValueError(f"{label!r} is not one of {', '.join(level.label for level in cls)}") from None


class Severity(_Level):
    """How grave the marking is, were it true."""

    INFO = 1
    LOW = 2
    MEDIUM = 3
    HIGH = 4
    CRITICAL = 5


class Confidence(_Level):
    """How sure the rule is that the marking is there."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3


FACETS = ("name", "tags", "card", "trigger_words", "training_tags", "files", "lineage", "uploader")
"""The independent places of a record that may agree; one counts once, however often it repeats."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Code points `start` to `end` of the original text of `field`."""

    field: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, order=True)
class Evidence:
    """Why a rule matched, without the text itself.

    `clause` names the part of the rule that was met; `term_ref` a vocabulary entry (`minors/en`) or the keyed reference
    of an entry of a confidential list (`partner#3f9c2a1e`), never its words. `context` is None for a match that
    counted, else the kind of stretch that discounted it (forbids, filters, cites, negates), kept so that a reviewer can
    disagree.
    """

    span: Span
    clause: str
    term_ref: str | None = None
    context: str | None = None

    @property
    def is_confidential(self) -> bool:
        """Whether what stands there is a term of a confidential list: it is not shown even where text is asked for."""
        return "#" in (self.term_ref or "")

    @property
    def shareable(self) -> "Evidence":
        """The same for readers outside the house: without the place of a confidential term, which would tell the term.

        Of `tags[3]` stays `tags`, and the span is empty.
        """
        if not self.is_confidential:
            return self
        return replace(self, span=Span(self.span.field.partition("[")[0], 0, 0))


@dataclass(frozen=True, slots=True)
class RuleRef:
    """The rule as it stood when it matched. `version` is the digest of the rule's own text."""

    id: str
    version: str
    status: str
    category: str
    title: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule met by one repo.

    `fingerprint` (SHA-256 hex) is over hub, kind, repo id, rule id and the canonical text of the matched fields, so it
    survives a new revision and moved text, and changes when the matched content does. `evidence` holds what counted,
    `discounted` what a context took away.
    """

    fingerprint: str
    rule: RuleRef
    ref: RepoRef
    url: str
    severity: Severity
    confidence: Confidence
    facets: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    discounted: tuple[Evidence, ...] = ()

    @property
    def sort_key(self) -> tuple[int, str, str, str, str]:
        """Gravest first, then by repo and rule: the one order every output uses."""
        return (-self.severity, self.ref.hub, self.ref.kind, self.ref.repo_id, self.rule.id)


@dataclass(frozen=True, slots=True, order=True)
class SkippedRepo:
    """A repo seen and not read, with the reason in one word (gated, private, disabled, vanished, unchanged)."""

    ref: RepoRef
    reason: str


@dataclass(frozen=True, slots=True, order=True)
class ScanError:
    """Something that could not be read: `where` is a place a person can open (file:line, URL), `kind` one word."""

    where: str
    kind: str
    message: str
    ref: RepoRef | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class PackRef:
    """A rule pack that took part: its id, version and the SHA-256 of its files; `rules` counts those that ran."""

    id: str
    version: str
    digest: str
    rules: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """Somebody's word that findings of a rule on one repo, or on one content, need not be shown until a day.

    `repo` is written as findings name it (`hub:kind:id`), `digest` is that of a record; one of them is None. `where` is
    the entry's place: file:line.
    """

    rule: str
    repo: str | None
    digest: str | None
    reason: str
    author: str
    expires: str
    where: str


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A finding that is counted apart, and the entry that says so."""

    finding: Finding
    by: Suppression


@dataclass(frozen=True, slots=True)
class IdleSuppression:
    """An entry that did nothing in this scan, and why: it met nothing, or it has expired."""

    entry: Suppression
    reason: str


@dataclass(frozen=True, slots=True)
class NotRun:
    """A rule that could not run and why (its term list is not loaded): reported, never shown as clean."""

    rule: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleInfo:
    """What a rule tells the reader of its findings, as its file says it: why it matters, what to do, what else matches.

    `policies` and `laws` are ids under `reports/`; `severity` and `confidence` the rule's own, before any adjustment.
    """

    ref: RuleRef
    severity: Severity
    confidence: Confidence
    why: str = ""
    action: str = ""
    false_positives: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    laws: tuple[str, ...] = ()
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was looked at, in records. `unknown` says in sentences what the source cannot show."""

    listed: int = 0
    read: int = 0
    cards: int = 0
    unchanged: int = 0
    complete: bool = True
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Delta:
    """Fingerprints new, changed or gone since the last run of the same scope; `gone` only after a complete run."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    since: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanReport:
    """All that a format may print. Records themselves are not in it; `findings` is sorted by `Finding.sort_key`.

    `requests` sums the ledger: requests, bytes by URL class. `settings` are the options that shaped the run. `rules`
    explains by id the rules that ran. `suppressed` findings are not among `findings`.
    """

    source: str
    started_at: str
    finished_at: str
    tool_version: str
    coverage: Coverage
    findings: tuple[Finding, ...] = ()
    skipped: tuple[SkippedRepo, ...] = ()
    errors: tuple[ScanError, ...] = ()
    packs: tuple[PackRef, ...] = ()
    not_run: tuple[NotRun, ...] = ()
    rules: Mapping[str, RuleInfo] = field(default_factory=dict)
    requests: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    delta: Delta | None = None
    suppressed: tuple[Suppressed, ...] = ()
    idle_suppressions: tuple[IdleSuppression, ...] = ()

    schema = "hubscan.report/1"

    def counts(self) -> Counter[tuple[str, Severity]]:
        """Findings by category and severity."""
        return Counter((f.rule.category, f.severity) for f in self.findings)
