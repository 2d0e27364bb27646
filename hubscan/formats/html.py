"""One self-contained page: statement, charts, and all findings with filters that need no server.

Nothing is loaded from anywhere: style and script are inlined and named by digest in the page's own content security
policy, and addresses of repositories are text to copy, not links. The first findings are plain HTML, so that the page
reads without script; the script takes all of them from a JSON block and shows them by pages.
"""

from collections.abc import Iterator, Sequence
from dataclasses import astuple
from typing import IO, Any

from markupsafe import Markup

from hubscan import wire
from hubscan.charts import Part
from hubscan.escape import script_json, visible
from hubscan.findings import Evidence, Finding, RuleInfo, RuleRef, ScanReport
from hubscan.formats import _summary
from hubscan.render import csp_digest, environment, source

name = "html"
suffix = ".html"

FIRST = 200
"""Findings, skipped repos and errors that are in the page as plain HTML."""

_BLANK = dict.fromkeys(("severity", "confidence", "hub", "kind", "repo", "url", "revision", "change", "places"), "")
_BLANK |= {"fingerprint": "", "evidence": "", "discounted": ""}
_BLANK_RULE = dict.fromkeys(("id", "title", "status", "category", "version", "standing", "notes"), "")
# The same template draws a finding and the empty frame that the script fills.


def write(report: ScanReport, out: IO[bytes]) -> None:
    """Write the page; findings stream into it one by one."""
    env = environment()
    style, script = source(env, "scan/report.css"), source(env, "scan/report.js")
    rules = [_rule(ref, report.rules.get(ref.id)) for ref in _rules(report)]
    page = env.get_template("scan/report.html.j2").generate(
        report=report,
        summary=_summary,
        first=FIRST,
        severities=[severity.label for severity in _summary.SEVERITIES],
        severity_parts=[Part(severity.label, 0, severity.label) for severity in _summary.SEVERITIES],
        rules=rules,
        rules_json=Markup(script_json(rules)),  # noqa: S704 - script_json leaves no markup
        blank=_BLANK,
        blank_rule=_BLANK_RULE,
        rows=_rows(report, FIRST),
        data=_data(report),
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
        policy=f"default-src 'none'; style-src {csp_digest(style)}; script-src {csp_digest(script)}; "
        "base-uri 'none'; form-action 'none'",
    )
    for piece in page:
        out.write(piece.encode("utf-8"))


def _rules(report: ScanReport) -> list[RuleRef]:
    return sorted({finding.rule for finding in report.findings}, key=astuple)


def _rule(ref: RuleRef, info: RuleInfo | None) -> dict[str, Any]:
    told = {
        "id": ref.id,
        "title": ref.title,
        "status": ref.status,
        "category": ref.category,
        "version": ref.version[:12],
    }
    notes = [("Why", info.why), ("What to do", info.action)] if info else []
    notes += [("May also match", other) for other in info.false_positives] if info else []
    return {
        **{key: visible(value) for key, value in told.items()},
        "standing": "" if ref.status == "stable" else visible(f"{ref.status} rule"),
        "notes": [[head, visible(text, 2000)] for head, text in notes if text],
    }


def _rows(report: ScanReport, limit: int) -> Iterator[dict[str, Any]]:
    order = {rule: index for index, rule in enumerate(_rules(report))}
    changes = wire.changes(report)
    for finding in report.findings[:limit]:
        yield _row(finding, order[finding.rule], changes.get(finding.fingerprint, ""))


def _row(finding: Finding, rule: int, change: str) -> dict[str, Any]:
    ref = finding.ref
    return {
        "severity": finding.severity.label,
        "confidence": finding.confidence.label,
        "rule": rule,
        "hub": visible(ref.hub),
        "kind": visible(ref.kind),
        "repo": visible(ref.repo_id),
        "url": visible(finding.url, 500),
        "revision": visible(ref.revision or "not known"),
        "change": change,
        "places": visible(", ".join(finding.facets)),
        "evidence": _evidence(finding.evidence),
        "discounted": _evidence(finding.discounted),
        "fingerprint": finding.fingerprint,
    }


def _evidence(items: Sequence[Evidence]) -> list[str]:
    return [_sentence(item) for item in items]


def _sentence(item: Evidence) -> str:
    place = f"{visible(item.span.field)}, code points {item.span.start:,} to {item.span.end:,}"
    term = f", term {visible(item.term_ref)}" if item.term_ref else ""
    context = f", in a stretch that {visible(item.context)}" if item.context else ""
    return f"{place}: clause {visible(item.clause)}{term}{context}"


def _data(report: ScanReport) -> Iterator[Markup]:
    """Yield the findings for the script as pieces of one JSON list, escaped so that no value can end the block."""
    before = "["
    for row in _rows(report, len(report.findings)):
        yield Markup(before + script_json(row))  # noqa: S704 - script_json leaves no markup
        before = ",\n"
    yield Markup("[]" if before == "[" else "]")  # noqa: S704 - our own brackets
