"""What a takedown request states, as values: no wording, no markup, no text of the record.

A `Letter` is the restricted edition and goes to the hub's desk; a `Summary` is the public edition and has no field
that could name a repository, an uploader, a file or the sender. Evidence is a place and the digest of the whole field,
so the hub can check that it looks at the same text, and nobody learns words from the letter.
"""

import hashlib
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from hubscan.casework import Case
from hubscan.errors import UsageError
from hubscan.findings import Evidence, Finding, Severity
from hubscan.policies import Channel, Clause, Law, Policies
from hubscan.records import FileEntry, RepoRecord

MOST_FILES = 20
"""Files named in one letter; the rest are counted."""

MOST_LINES = 40
"""Lines of a reviewer's explanation in one letter."""

SHORT_FIELD = 32
"""Fields of fewer code points (a tag, a trigger word) get no digest: a word could be guessed back from it."""

MOST_SPANS = 12
"""Spans named for one rule; the rest are counted."""


@dataclass(frozen=True, slots=True)
class TrustedFlagger:
    """The certification under DSA Art. 22: which Digital Services Coordinator gave it, and its number."""

    coordinator: str
    number: str


@dataclass(frozen=True, slots=True)
class Notifier:
    """Who sends the notice. Only with `trusted_flagger` set does a letter use those words."""

    name: str
    email: str
    organisation: str = ""
    trusted_flagger: TrustedFlagger | None = None

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise UsageError("the notifier's name is empty", todo="A notice names the person who answers for it")
        if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", self.email):
            raise UsageError(
                f"the notifier's email {self.email!r} is not an address", todo="Write it as name@example.org"
            )


@dataclass(frozen=True, slots=True)
class Anonymous:
    """The operator's explicit choice to send without a name; allowed only where the law has that exception."""


ANONYMOUS = Anonymous()


class Mode(StrEnum):
    """Who sends a paper: what a victim may demand, or a provider must do, is not for a researcher to claim."""

    RESEARCHER = "researcher"
    PERSON_SHOWN = "person-shown"
    AGENT = "agent"
    PROVIDER = "provider"


class Addressee(StrEnum):
    """Where a paper goes: to the hub through a channel, to a hotline, to the uploader, or to one's own desk alone."""

    HUB = "hub"
    HOTLINE = "hotline"
    OWN_DESK = "own-desk"
    UPLOADER = "uploader"


Sender = Notifier | Anonymous

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeSubject:
    """All that a notice is about: one case, every finding on its repo, the stored record, and the policy data.

    `record` is the record the decision was made on, None where it is no longer stored. `channel` None means the one
    on file for the hub and category. `mode` is the sender's own word on who they are; `depiction` the address of the
    one depiction that a person shown asks to have removed, which this tool never opens. `paused` says of rules, by id,
    why no notice to this hub may rest on them; `evidence` is the text of an evidence file to attach, "" for none.
    """

    case: Case
    findings: tuple[Finding, ...]
    record: RepoRecord | None
    policies: Policies
    channel: Channel | None = None
    mode: Mode = Mode.RESEARCHER
    depiction: str = ""
    paused: Mapping[str, str] = field(default_factory=dict)
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Evidence in one field: spans of code points, and the SHA-256 of the whole field.

    The digest is None where the text is not at hand, or short enough to guess; the digest of the record covers it.
    There are no spans and no digest for a term held in confidence: with its place the reader would have the term.
    """

    field: str
    spans: tuple[tuple[int, int], ...]
    field_sha256: str | None


@dataclass(frozen=True, slots=True)
class Marking:
    """One rule the upload meets. `spans_left_out` and `discounted` are counts."""

    rule: str
    version: str
    title: str
    category: str
    severity: str
    confidence: str
    facets: tuple[str, ...]
    places: tuple[Place, ...]
    spans_left_out: int
    discounted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """The one upload a notice is about, as far as the stored record knows it. Sizes are bytes."""

    hub: str
    kind: str
    repo_id: str
    url: str
    revision: str | None
    created_at: str | None
    fetched_at: str | None
    record_sha256: str | None
    files: tuple[FileEntry, ...]
    files_left_out: int


@dataclass(frozen=True, slots=True)
class Basis:
    """A clause or law the notice rests on. `says` is this project's summary, never a quotation."""

    id: str
    title: str
    says: str
    url: str
    since: str | None


@dataclass(frozen=True, slots=True)
class Desk:
    """Where the notice goes and what a person does to get it there."""

    hub: str
    channel: str
    route: str
    address: str
    visibility: str
    login: str
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """The restricted edition. `explanation` holds the reviewer's own words, line by line; `sender` is None if unnamed.

    `reviewers` counts the people who confirmed the case, `facets` says in which places any rule was met. `desk` is None
    for a paper that goes to no hub.
    """

    case: int
    addressee: str
    mode: str
    drafted_on: str
    decided_on: str | None
    reviewers: int
    explanation: tuple[str, ...]
    item: Item
    depiction: str
    markings: tuple[Marking, ...]
    facets: tuple[str, ...]
    clauses: tuple[Basis, ...]
    laws: tuple[Basis, ...]
    desk: Desk | None
    sender: Notifier | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The public edition: what kind of notice went where and on what basis, in counts; `files` None is not known."""

    drafted_on: str
    addressee: str
    hub: str
    kind: str
    categories: tuple[str, ...]
    severity: str
    rules: tuple[str, ...]
    facets: tuple[str, ...]
    places: int
    files: int | None
    clauses: tuple[Basis, ...]
    laws: tuple[Basis, ...]


def item(subject: NoticeSubject) -> Item:
    """Return the case's upload with what the stored record adds: revision, dates, files that have a digest first."""
    record, ref = subject.record, subject.case.ref
    files = sorted((record.files if record else None) or (), key=lambda file: (file.sha256 is None, file.name))
    return Item(
        hub=subject.policies.hub(ref.hub).title,
        kind=ref.kind,
        repo_id=ref.repo_id,
        url=subject.case.url,
        revision=(record.ref.revision if record else None) or ref.revision,
        created_at=record.created_at if record else None,
        fetched_at=record.fetched_at if record else None,
        record_sha256=record.digest if record else None,
        files=tuple(FileEntry(file.name, file.size, file.sha256) for file in files[:MOST_FILES]),
        files_left_out=max(0, len(files) - MOST_FILES),
    )


def marking(finding: Finding, record: RepoRecord | None) -> Marking:
    """Return one finding as a letter states it."""
    rule, evidence = finding.rule, sorted(finding.evidence)
    return Marking(
        rule=rule.id,
        version=rule.version,
        title=rule.title,
        category=rule.category,
        severity=finding.severity.label,
        confidence=finding.confidence.label,
        facets=finding.facets,
        places=tuple(_places(evidence[:MOST_SPANS], record)),
        spans_left_out=max(0, len(evidence) - MOST_SPANS),
        discounted=len(finding.discounted),
    )


def clause_basis(clause: Clause) -> Basis:
    """Return a hub's clause as a basis."""
    since = clause.effective.isoformat() if clause.effective else None
    return Basis(clause.id, clause.title, clause.says, clause.url, since)


def law_basis(law: Law) -> Basis:
    """Return a law as a basis."""
    since = law.applies_from.isoformat() if law.applies_from else None
    return Basis(law.id, law.title, law.says or law.instrument, next(iter(law.references), ""), since)


def desk(channel: Channel, hub_title: str, category: str) -> Desk:
    """Return where a notice of `category` goes, with the form's own reason for it."""
    reason = channel.reason(category)
    visibility, login = channel.visibility.value, channel.login.value
    title = reason.title if reason else None
    return Desk(hub_title, channel.title, channel.route, channel.address, visibility, login, title)


def facets(findings: Iterable[Finding]) -> tuple[str, ...]:
    """Return the places in which any of some findings was met, each once."""
    return in_order(facet for finding in findings for facet in finding.facets)


def in_order(values: Iterable[_T]) -> tuple[_T, ...]:
    """Return each value once, in the order of its first appearance."""
    return tuple(dict.fromkeys(values))


def lines(text: str) -> tuple[str, ...]:
    """Return the lines of a person's explanation, without empty ones; past `MOST_LINES` it is cut and says so."""
    found = [line.strip() for line in text.splitlines() if line.strip()]
    return (*found[:MOST_LINES], *(["…"] if len(found) > MOST_LINES else []))


def gravest(findings: Iterable[Finding]) -> Severity:
    """Return the highest severity of some findings."""
    return max(finding.severity for finding in findings)


def _places(evidence: Sequence[Evidence], record: RepoRecord | None) -> Iterator[Place]:
    told = [piece for piece in evidence if not piece.is_confidential]
    for name, group in itertools.groupby(told, key=lambda piece: piece.span.field):
        spans = in_order((piece.span.start, piece.span.end) for piece in group)
        text = record.text(name) if record else None
        yield Place(name, spans, None if text is None or len(text) < SHORT_FIELD else _digest(text))
    for name in in_order(piece.shareable.span.field for piece in evidence if piece.is_confidential):
        yield Place(name, (), None)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
