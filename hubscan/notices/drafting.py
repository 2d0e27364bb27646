"""Drafting: gates, then the letter as a value, then one format of it. Pure; the same subject gives the same bytes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec

from hubscan import __version__, pdf
from hubscan.casework import Notice
from hubscan.errors import CaseError, UsageError
from hubscan.escape import visible
from hubscan.findings import Finding
from hubscan.notices import gates, templates
from hubscan.notices.letter import (
    Addressee,
    Anonymous,
    Letter,
    NoticeSubject,
    Sender,
    Summary,
    clause_basis,
    desk,
    facets,
    gravest,
    in_order,
    item,
    law_basis,
    lines,
    marking,
)
from hubscan.notices.templates import Template
from hubscan.policies import Clause, Law

WATERMARK = "DRAFT - a person must read and send this"
SCHEMA = "hubscan.notice/1"
EDITIONS = ("restricted", "public")
FORMATS: Mapping[str, str] = {"html": ".html", "pdf": ".pdf", "markdown": ".md", "json": ".json"}
"""The formats of a notice and their file suffixes."""

_MOST_TEXT = 2000
_EMPTY_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")


@dataclass(frozen=True, slots=True)
class Draft:
    """A notice as bytes (UTF-8) with its file suffix, what its sender must know first, and the entry for the case."""

    text: bytes
    suffix: str
    warnings: tuple[str, ...]
    notice: Notice


@dataclass(frozen=True, slots=True)
class _Brief:
    """What both editions rest on."""

    subject: NoticeSubject
    findings: tuple[Finding, ...]
    clauses: tuple[Clause, ...]
    laws: tuple[Law, ...]
    procedure: Law | None
    now: datetime
    categories: tuple[str, ...]
    addressee: Addressee


def draft(
    template: Template, edition: str, fmt: str, subject: NoticeSubject, sender: Sender | None, now: datetime
) -> Draft:
    """Return the notice for one confirmed case in one edition and format; the tool never sends it.

    The restricted edition is the letter itself, the public edition (`sender` is not used) aggregates only. `now` is the
    time to date it by. `CaseError` or `UsageError` says why a notice is refused and what to do instead.
    """
    if edition not in EDITIONS:
        raise UsageError(f"no edition {edition!r}", todo=f"Choose {' or '.join(EDITIONS)}")
    if fmt not in FORMATS:
        raise UsageError(f"no notice format {fmt!r}", todo=f"Choose one of {', '.join(FORMATS)}")
    brief = _brief(template, subject, now)
    body, warnings = _summary(template, brief) if edition == "public" else _letter(template, brief, sender)
    _require(template, body)
    wording = "notices/public" if edition == "public" else f"notices/{template.name}.{template.language}"
    if subject.evidence and (edition, fmt) != ("restricted", "pdf"):
        raise UsageError("evidence is attached to a restricted PDF alone", todo="Choose --format pdf, or leave it out")
    text = write(template, fmt, wording, body, warnings, subject.evidence)
    notice = Notice(subject.case.number, template.name, edition, fmt, now.isoformat(), _fields(template, brief))
    return Draft(text, FORMATS[fmt], warnings, notice)


def _brief(template: Template, subject: NoticeSubject, now: datetime) -> _Brief:
    findings, policies, hub = gates.grounds(subject), subject.policies, subject.case.ref.hub
    categories = in_order(finding.rule.category for finding in findings)
    gates.template(template, subject, categories)
    jurisdiction = template.front.jurisdiction
    laws = [law for category in categories for law in policies.grounds(category, jurisdiction, now.date())]
    clauses = {clause.id: clause for category in categories for clause in policies.clauses_for(hub, category)}
    if chosen := gates.chosen_clause(subject):
        clauses = {chosen.id: chosen} | clauses
    procedure = policies.law(template.front.law) if template.front.law else None
    unique = tuple({law.id: law for law in laws}.values())
    return _Brief(
        subject, findings, tuple(clauses.values()), unique, procedure, now, categories, template.front.addressee
    )


def _letter(template: Template, brief: _Brief, sender: Sender | None) -> tuple[Letter, tuple[str, ...]]:
    subject, category = brief.subject, gates.reporting_category(brief.subject, brief.categories)
    gates.sender(template, brief.procedure, sender, brief.categories)
    to_hub, hub = template.front.addressee is Addressee.HUB, subject.policies.hub(subject.case.ref.hub)
    channel = gates.channel(template, subject, category) if to_hub else None
    decided = gates.confirmed(subject)
    letter = Letter(
        case=subject.case.number,
        addressee=template.front.addressee,
        mode=subject.mode,
        drafted_on=brief.now.date().isoformat(),
        decided_on=decided.at[:10] if decided else None,
        reviewers=gates.reviewers(subject),
        explanation=lines(decided.reason if decided else ""),
        item=item(subject),
        depiction=subject.depiction.strip(),
        markings=tuple(marking(finding, subject.record) for finding in brief.findings),
        facets=facets(brief.findings),
        clauses=tuple(map(clause_basis, brief.clauses)),
        laws=tuple(map(law_basis, brief.laws)),
        desk=desk(channel, hub.title, category) if channel else None,
        sender=None if isinstance(sender, Anonymous) else sender,
    )
    warnings = (
        *(hub.desk_warnings() if channel else ()),
        *(channel.warnings() if channel else ()),
        *((gates.ANONYMOUS_WARNING,) if isinstance(sender, Anonymous) else ()),
        *gates.case_warnings(subject, brief.findings),
        *_basis_warnings(template, brief),
    )
    return letter, warnings


def _summary(template: Template, brief: _Brief) -> tuple[Summary, tuple[str, ...]]:
    findings, record = brief.findings, brief.subject.record
    summary = Summary(
        drafted_on=brief.now.date().isoformat(),
        addressee=brief.addressee,
        hub=brief.subject.policies.hub(brief.subject.case.ref.hub).title,
        kind=brief.subject.case.ref.kind,
        categories=brief.categories,
        severity=gravest(findings).label,
        rules=in_order(finding.rule.title for finding in findings),
        facets=facets(findings),
        places=sum(len(finding.evidence) for finding in findings),
        files=len(record.files) if record and record.files is not None else None,
        clauses=tuple(map(clause_basis, brief.clauses)),
        laws=tuple(map(law_basis, brief.laws)),
    )
    return summary, _basis_warnings(template, brief)


def _basis_warnings(template: Template, brief: _Brief) -> tuple[str, ...]:
    procedure = (brief.procedure,) if brief.procedure else ()
    told = tuple(warning for basis in (*brief.clauses, *procedure, *brief.laws) for warning in basis.warnings())
    if template.front.jurisdiction and not brief.laws:
        return (gates.no_law_warning(brief.categories[0], brief.now.date()), *told)
    return told


def _require(template: Template, body: Letter | Summary) -> None:
    """Refuse a letter with an empty required field, by its name. A summary has none of them to lose."""
    if isinstance(body, Summary):
        return
    for required in template.front.requires:
        if not any(_field(body, path) for path in required.split("|")):
            name = required.replace("|", " or ")
            raise CaseError(f"the notice needs {name}, which is not known", f"template {template.name}")


def _field(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = getattr(value, name, None)
    return value


def _fields(template: Template, brief: _Brief) -> dict[str, str]:
    return {
        "language": template.language,
        "rules": " ".join(in_order(finding.rule.id for finding in brief.findings)),
        "clauses": " ".join(clause.id for clause in brief.clauses),
        "laws": " ".join(law.id for law in brief.laws),
    }


def _tame(value: Any) -> Any:
    """Return plain data with every string bounded and its hidden characters written out: all of it may be hostile."""
    if isinstance(value, str):
        return visible(value, _MOST_TEXT)
    if isinstance(value, Mapping):
        return {_tame(key): _tame(entry) for key, entry in value.items()}
    return [_tame(entry) for entry in value] if isinstance(value, list | tuple) else value


def write(
    template: Template, fmt: str, wording: str, body: Any, warnings: tuple[str, ...], evidence: str = ""
) -> bytes:
    """Return `body` (a value with `drafted_on`) in one of `FORMATS`, worded by the template called `wording`.

    `evidence` is the text of an evidence file, which a PDF carries beside the notice itself.
    """
    plain = _plain(template, body, warnings)
    told = msgspec.json.format(msgspec.json.encode(plain), indent=2) + b"\n"
    if fmt == "json":
        return told
    text = _rendered(template, wording, {"html": "html", "markdown": "md", "pdf": "typ"}[fmt], plain)
    if fmt != "pdf":
        return text.encode()
    attached = [pdf.Attachment("notice.json", "This notice as data", "application/json", told.decode())]
    if evidence:
        attached.append(pdf.Attachment("evidence.json", "What it rests on, signed", "application/json", evidence))
    return pdf.write(text, template.front.title, date.fromisoformat(body.drafted_on), attached)


def _plain(template: Template, body: Any, warnings: tuple[str, ...]) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "watermark": WATERMARK,
        "template": template.name,
        "title": template.front.title,
        "edition": "public" if isinstance(body, Summary) else "restricted",
        "language": template.language,
        "tool": f"hubscan {__version__}",
        "warnings": list(_tame(warnings)),
        "letter": _tame(msgspec.to_builtins(body)),
    }


def _rendered(template: Template, wording: str, suffix: str, plain: Mapping[str, Any]) -> str:
    values = {**plain, "words": template.words}
    values |= {"layout": f"notices/layout.{suffix}.j2", "parts": f"notices/parts.{suffix}.j2"}
    text = templates.environment(template).get_template(f"{wording}.{suffix}.j2").render(values)
    return _EMPTY_LINES.sub("\n\n", text).strip() + "\n"
