"""The statement of reasons: from a hub's operator to the uploader whose item was restricted (DSA, Article 17).

It says what was decided, on which facts and ground, how far machines took part, and how to contest it. It names no
rule, place or reviewer: the uploader learns why, not how to write around it. The public record is `transparency`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

import msgspec

from hubscan.errors import UsageError
from hubscan.findings import FACETS
from hubscan.notices import drafting, gates, transparency
from hubscan.notices.letter import Basis, Item, NoticeSubject, clause_basis, facets, in_order, item, law_basis
from hubscan.notices.templates import Template

FORMATS: Mapping[str, str] = {**drafting.FORMATS, "transparency": ".json"}
"""The formats of a statement and their file suffixes; `transparency` is the public record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restriction:
    """What an operator did. The words are keys of `transparency.VISIBILITY`, `SOURCE` and `AUTOMATION`.

    `redress` are the ways to contest it, one or more; `puid` is the operator's own reference in the public record, and
    must not name the upload; `until` None means without end.
    """

    visibility: str
    redress: tuple[str, ...]
    since: date
    until: date | None = None
    source: str = "own-initiative"
    automated: str = "no"
    puid: str = ""

    def __post_init__(self) -> None:
        choices = {
            "restriction": (self.visibility, transparency.VISIBILITY),
            "source": (self.source, transparency.SOURCE),
            "automated decision": (self.automated, transparency.AUTOMATION),
        }
        for what, (given, known) in choices.items():
            if given not in known:
                raise UsageError(f"no {what} {given!r}", todo=f"Choose one of {', '.join(known)}")
        if not [way for way in self.redress if way.strip()]:
            raise UsageError("no way to contest the decision is given", todo="Say one: --redress TEXT")
        if self.until and self.until < self.since:
            raise UsageError("the restriction ends before it begins", todo="Check --since and --until")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementOfReasons:
    """The statement as a value: the five things Article 17(3) asks for, on one item."""

    case: int
    drafted_on: str
    item: Item
    visibility: str
    since: str
    until: str | None
    source: str
    automated: str
    categories: tuple[str, ...]
    facets: tuple[str, ...]
    clauses: tuple[Basis, ...]
    laws: tuple[Basis, ...]
    redress: tuple[str, ...]


def state(
    template: Template, fmt: str, subject: NoticeSubject, restriction: Restriction, now: datetime
) -> tuple[bytes, tuple[str, ...]]:
    """Return a statement of reasons in one format, and what its sender must know first.

    `CaseError` or `UsageError` says why it is refused: the case is not confirmed, no ground is on file, and so on.
    """
    if fmt not in FORMATS:
        raise UsageError(f"no format {fmt!r}", todo=f"Choose one of {', '.join(FORMATS)}")
    body, warnings = _statement(template, subject, restriction, now)
    if fmt == "transparency":
        record = transparency.validate(_record(body, restriction))
        return msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n", warnings
    return drafting.write(template, fmt, f"reasons/{template.name}.{template.language}", body, warnings), warnings


def _statement(
    template: Template, subject: NoticeSubject, restriction: Restriction, now: datetime
) -> tuple[StatementOfReasons, tuple[str, ...]]:
    # Whoever restricted an item owes the reasons, also where a rule has since been paused: that is warned of.
    findings, hub = gates.grounds(replace(subject, paused={})), subject.case.ref.hub
    categories = in_order(finding.rule.category for finding in findings)
    clauses = {one.id: one for category in categories for one in subject.policies.clauses_for(hub, category)}
    if chosen := gates.chosen_clause(subject):
        clauses = {chosen.id: chosen} | clauses
    found = [one for category in categories for one in subject.policies.grounds(category, "EU", now.date())]
    laws = {law.id: law for law in found}
    if not clauses and not laws:
        where, todo = f"case {subject.case.number}", f"Add the clause it breaks to reports/hubs/{hub}.toml"
        raise UsageError("no clause and no law on file is a ground for this restriction", where, todo)
    body = StatementOfReasons(
        case=subject.case.number,
        drafted_on=now.date().isoformat(),
        item=item(subject),
        visibility=restriction.visibility,
        since=restriction.since.isoformat(),
        until=restriction.until.isoformat() if restriction.until else None,
        source=restriction.source,
        automated=restriction.automated,
        categories=categories,
        facets=facets(findings),
        clauses=tuple(map(clause_basis, clauses.values())),
        laws=tuple(map(law_basis, laws.values())),
        redress=tuple(way.strip() for way in restriction.redress if way.strip()),
    )
    procedure = subject.policies.law(template.front.law)
    told = [warning for clause in clauses.values() for warning in clause.warnings()]
    told += [warning for law in (procedure, *laws.values()) for warning in law.warnings()]
    return body, (*gates.paused_warnings(subject, findings), *gates.case_warnings(subject, findings), *told)


def _record(body: StatementOfReasons, restriction: Restriction) -> dict[str, object]:
    """Return the public record. What the uploader or a reviewer wrote is in none of its fields."""
    category, keywords = transparency.category(body.categories[0])
    grounds = body.laws or body.clauses
    prefix, name = ("illegal_content", "legal_ground") if body.laws else ("incompatible_content", "ground")
    marked = (
        f"A machine-learning model repository was marked, in its own public text, as: {', '.join(body.categories)}."
    )
    seen = ", ".join(facet for facet in body.facets if facet in FACETS)
    facts = f"{marked} Seen in: {seen or 'not told'}. Found by automated rules over text and confirmed by a person."
    return {
        "decision_visibility": [transparency.VISIBILITY[body.visibility]],
        "decision_ground": f"DECISION_GROUND_{'ILLEGAL' if body.laws else 'INCOMPATIBLE'}_CONTENT",
        f"{prefix}_{name}": "; ".join(ground.title for ground in grounds)[:500],
        f"{prefix}_explanation": " ".join([marked, *(ground.says for ground in grounds)])[:2000],
        "content_type": ["CONTENT_TYPE_OTHER"],
        "content_type_other": "Machine-learning model repository",
        "category": category,
        "category_specification": list(keywords),
        "application_date": body.since,
        **({"end_date_visibility_restriction": body.until} if body.until else {}),
        "decision_facts": facts,
        "source_type": transparency.SOURCE[body.source],
        "automated_detection": "Yes",
        "automated_decision": transparency.AUTOMATION[body.automated],
        "puid": restriction.puid or f"case-{body.case}",
    }
