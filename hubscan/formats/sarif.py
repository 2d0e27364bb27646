"""SARIF 2.1.0, for tools that collect findings of many scanners.

A repo is no file, so a result points to logical locations: the repo, and related to it each field that matched. Spans
are said in the related location's message, since SARIF regions exist in files only. The fingerprint is a partial one,
`hubscanFinding/v1`; severity, confidence and facets are properties of each result.
Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0", sections named below.
"""

import re
from collections import Counter
from collections.abc import Mapping
from typing import IO, Any

from hubscan import wire
from hubscan.escape import json_bytes, visible
from hubscan.findings import Evidence, Finding, RuleInfo, RuleRef, ScanError, ScanReport, Severity, Suppressed

name = "sarif"
suffix = ".sarif"

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {
    Severity.INFO: "note",
    Severity.LOW: "note",
    Severity.MEDIUM: "warning",
    Severity.HIGH: "error",
    Severity.CRITICAL: "error",
}
"""SARIF has three levels for our five (section 3.27.10); the exact severity is a property."""

_BASELINE = {"new": "new", "changed": "updated", "known": "unchanged"}


def write(report: ScanReport, out: IO[bytes]) -> None:
    """Write one run; its results come last, one a line."""
    rules = _rules(report)
    order = {rule: index for index, rule in enumerate(rules)}
    head = json_bytes({"$schema": SCHEMA, "version": "2.1.0"})[:-1]
    out.write(head + b',"runs":[' + json_bytes(_run(report, rules))[:-1] + b',"results":[')
    changes, before = wire.changes(report), b"\n"
    for finding in report.findings:
        out.write(before + json_bytes(_result(finding, order[finding.rule.id], changes.get(finding.fingerprint))))
        before = b",\n"
    for item in report.suppressed:
        result = _result(item.finding, order[item.finding.rule.id], changes.get(item.finding.fingerprint))
        out.write(before + json_bytes(result | {"suppressions": [_suppression(item)]}))
        before = b",\n"
    out.write(b"]}]}\n")


def _run(report: ScanReport, rules: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    head = wire.report_head(report)
    kept = {key: head[key] for key in ("source", "settings", "packs", "coverage", "delta", "requests")}
    skipped = Counter(repo.reason for repo in report.skipped)
    driver = {"name": "hubscan", "semanticVersion": report.tool_version, "rules": list(rules.values())}
    return {
        "tool": {"driver": driver},
        "invocations": [_invocation(report)],
        "columnKind": "unicodeCodePoints",
        "properties": kept | {"skipped": dict(sorted(skipped.items()))},
    }


def _invocation(report: ScanReport) -> dict[str, Any]:
    """Say what could not be read, and which rules could not run (section 3.20)."""
    return {
        "executionSuccessful": report.coverage.complete,
        "startTimeUtc": report.started_at,
        "endTimeUtc": report.finished_at,
        "toolExecutionNotifications": [_not_read(error) for error in report.errors],
        "toolConfigurationNotifications": [
            {
                "level": "warning",
                "message": {"text": f"Rule {_plain(rule.rule)} was not run: {_plain(rule.reason)}"},
                "associatedRule": {"id": rule.rule},
            }
            for rule in report.not_run
        ],
    }


def _not_read(error: ScanError) -> dict[str, Any]:
    text = f"{_plain(error.where)}: not read ({_plain(error.kind)}): {_plain(error.message)}"
    return {"level": "error", "descriptor": {"id": error.kind}, "message": {"text": text}}


def _rules(report: ScanReport) -> dict[str, dict[str, Any]]:
    """Return descriptors by rule id: all rules that ran, and whatever rule a finding names."""
    shown = (*report.findings, *(item.finding for item in report.suppressed))
    found = {finding.rule.id: _descriptor(finding.rule) for finding in shown}
    told = {rule: _descriptor(info.ref) | _help(info) for rule, info in report.rules.items()}
    return dict(sorted((found | told).items()))


def _descriptor(rule: RuleRef) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": _plain(rule.title)},
        "properties": {"category": rule.category, "status": rule.status, "version": rule.version},
    }


def _help(info: RuleInfo) -> dict[str, Any]:
    lines = [info.why, f"What to do: {info.action}" if info.action else ""]
    lines += [f"May also match: {other}" for other in info.false_positives]
    text = "\n\n".join(_plain(line, 2000) for line in lines if line)
    described = {"fullDescription": {"text": _plain(info.why, 2000)}} if info.why else {}
    helped = {"help": {"text": text}} if text else {}
    return {**described, **helped, "defaultConfiguration": {"level": LEVELS[info.severity]}}


def _result(finding: Finding, index: int, change: str | None) -> dict[str, Any]:
    """Return one result (section 3.27), worded as a marking and not as an ability."""
    title, repo, facets = _plain(finding.rule.title), _plain(str(finding.ref)), _plain(", ".join(finding.facets))
    result = {
        "ruleId": finding.rule.id,
        "ruleIndex": index,
        "level": LEVELS[finding.severity],
        "message": {"text": f"{repo}: {title} (marked in: {facets})"},
        "locations": [{"logicalLocations": [_repo(finding)]}],
        "relatedLocations": [_related(finding, found) for found in (*finding.evidence, *finding.discounted)],
        "partialFingerprints": {"hubscanFinding/v1": finding.fingerprint},
        "properties": {
            "severity": finding.severity.label,
            "confidence": finding.confidence.label,
            "facets": list(finding.facets),
            "repo": wire.finding(finding)["repo"],
            "evidence": [wire.evidence(found) for found in finding.evidence],
            "discounted": [wire.evidence(found) for found in finding.discounted],
        },
    }
    return result | ({"baselineState": _BASELINE[change]} if change else {})


def _suppression(item: Suppressed) -> dict[str, Any]:
    """Return why a result is not to be shown (section 3.35)."""
    told = {"author": item.by.author, "expires": item.by.expires, "where": item.by.where}
    return {"kind": "external", "status": "accepted", "justification": _plain(item.by.reason, 2000), "properties": told}


def _repo(finding: Finding) -> dict[str, Any]:
    return {"name": visible(finding.ref.repo_id), "fullyQualifiedName": str(finding.ref), "kind": "resource"}


def _related(finding: Finding, found: Evidence) -> dict[str, Any]:
    term = f", term {_plain(found.term_ref)}" if found.term_ref else ""
    place = f"clause {_plain(found.clause)}{term}, code points {found.span.start} to {found.span.end}"
    counted = f"not counted, in a stretch that {_plain(found.context)}: " if found.context else ""
    field = found.span.field
    where = {"name": visible(field), "fullyQualifiedName": f"{finding.ref}#{field}", "kind": "property"}
    return {"logicalLocations": [where], "message": {"text": counted + place}}


def _plain(text: str, limit: int = 200) -> str:
    """Escape what SARIF messages read as links and placeholders (sections 3.11.5 and 3.11.6)."""
    return re.sub(r"[{}]", r"\g<0>\g<0>", re.sub(r"[\\\[\]]", r"\\\g<0>", visible(text, limit)))
