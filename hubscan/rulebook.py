"""Rules, packs, vocabularies and term lists as loaded values. Types only: schema and checks live in `engine/`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hubscan.findings import Confidence, PackRef, RuleInfo, RuleRef, Severity

CATEGORIES: Mapping[str, Severity] = {
    "csae": Severity.CRITICAL,
    "ncii": Severity.CRITICAL,
    "likeness": Severity.MEDIUM,
    "safeguard-removal": Severity.MEDIUM,
    "malicious-use": Severity.HIGH,
    "historical": Severity.MEDIUM,
    "training-data": Severity.INFO,
    "evasion": Severity.HIGH,
    "reupload": Severity.CRITICAL,
    "documentation": Severity.INFO,
}
"""Category ids and the highest severity a rule of each may carry. Ids never change meaning; new ones may come."""

STATUSES = ("draft", "test", "stable", "deprecated")

FORMAT = 1
"""The rule format this engine reads; a pack that needs a newer one is refused."""


@dataclass(frozen=True, slots=True)
class Example:
    """A record made to exercise a rule: the fields a record may have, as written in the rule file."""

    fields: Mapping[str, Any]
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One YAML rule. `match` and `unless` are clause trees as parsed YAML, already checked against the schema.

    `lines` gives the line of each place in the file: `match.any.0`.
    """

    id: str
    title: str
    status: str
    category: str
    severity: Severity
    confidence: Confidence
    since: str
    why: str
    action: str
    match: Mapping[str, Any]
    unless: Mapping[str, Any] | None = None
    false_positives: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    laws: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    matches: tuple[Example, ...] = ()
    no_matches: tuple[Example, ...] = ()
    version: str = ""
    path: str = ""
    lines: Mapping[str, int] = field(default_factory=dict)

    @property
    def trees(self) -> tuple[Mapping[str, Any], ...]:
        """The clause trees it has: `match`, and `unless` where there is one."""
        return (self.match, self.unless) if self.unless else (self.match,)

    @property
    def ref(self) -> RuleRef:
        """The rule's identity as findings carry it."""
        return RuleRef(self.id, self.version, self.status, self.category, self.title)

    @property
    def info(self) -> RuleInfo:
        """What a report tells about the rule."""
        return RuleInfo(
            ref=self.ref,
            severity=self.severity,
            confidence=self.confidence,
            why=self.why,
            action=self.action,
            false_positives=self.false_positives,
            policies=self.policies,
            laws=self.laws,
            references=self.references,
        )


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A named list of public policy words by language; `excepts` are longer phrases that take a word out again.

    Terms are written with `{,s}` for alternative endings and a final `*` for any ending. The words of a `common`
    vocabulary stand in most texts (model, for, photo): they are looked for only where other words of a rule stand.
    `harm` names the kind of harm that the words speak of: a stretch that speaks of several is a policy, not an offer.
    """

    id: str
    title: str
    source: str
    terms: Mapping[str, tuple[str, ...]]
    excepts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    common: bool = False
    harm: str | None = None
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TermList:
    """A confidential list as far as anyone may see it: digests under the operator's key, and no words.

    `key_id` tells which key; `entries` counts the lines of the operator's file, `longest` the words of its longest
    term. `alone` and `pairs` are the bits that terms of one word, and the first two words of longer ones, set in tables
    of `size`; see `terms`.
    """

    id: str
    key_id: str
    added_at: str
    entries: int
    longest: int
    digests: frozenset[bytes] = field(repr=False)
    size: int
    alone: frozenset[int] = field(repr=False)
    pairs: frozenset[int] = field(repr=False)


@dataclass(frozen=True, slots=True)
class RulePack:
    """A versioned set of rules with the vocabularies they use; `path` is its folder, `digest` covers its files."""

    id: str
    version: str
    digest: str
    rules: tuple[Rule, ...]
    vocabularies: Mapping[str, Vocabulary]
    path: str = ""
    title: str = ""

    @property
    def ref(self) -> PackRef:
        """The pack as a report names it."""
        return PackRef(self.id, self.version, self.digest, len(self.rules))


PLACES = ("before", "near_before", "after", "near_after", "answer", "heading", "column", "purpose")
"""Where a context phrase stands to what it governs; `near_` reaches four words and no comma, `purpose` the document.

`column` heads the first column of a table that compares: the rows beside that of the upload itself speak of others.
"""


@dataclass(frozen=True, slots=True)
class Context:
    """One way a text can speak of a thing without marking the upload with it: its phrases by place and language.

    `excepts` are pseudo-triggers: longer phrases in which a trigger means something else (`bypasses the filter`).
    A context that is `named` discounts only in clauses that name it: the same words may elsewhere be the marking.
    """

    id: str
    title: str
    source: str
    places: Mapping[str, Mapping[str, tuple[str, ...]]]
    excepts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    named: bool = False
    path: str = ""
