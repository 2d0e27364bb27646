"""Findings and reports as the JSON objects the outputs promise: `hubscan.finding/1` and `hubscan.report/1`.

A change of meaning, or a key taken away, is a new schema number.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from hubscan.findings import Evidence, Finding, RuleInfo, ScanError, ScanReport, SkippedRepo, Suppressed
from hubscan.records import RepoRef

FINDING = "hubscan.finding/1"
"""The schema of one finding on a line of its own."""


def finding(item: Finding) -> dict[str, Any]:
    """Return one finding as `hubscan.finding/1`: where and by which clause, never a word of the record."""
    return {
        "schema": FINDING,
        "fingerprint": item.fingerprint,
        "rule": {"id": item.rule.id, "version": item.rule.version, "status": item.rule.status},
        "category": item.rule.category,
        "severity": item.severity.label,
        "confidence": item.confidence.label,
        "repo": {**repo(item.ref), "url": item.url, "revision": item.ref.revision},
        "facets": list(item.facets),
        "evidence": [_place(evidence) for evidence in item.evidence],
    }


def report_finding(item: Finding, change: str | None) -> dict[str, Any]:
    """Return one finding as it stands in `hubscan.report/1`: also its title, what was discounted, and its `change`."""
    whole = finding(item)
    del whole["schema"]
    whole["rule"]["title"] = item.rule.title
    whole["evidence"] = [evidence(found) for found in item.evidence]
    whole["discounted"] = [evidence(found) for found in item.discounted]
    whole["change"] = change
    return whole


def report_head(report: ScanReport) -> dict[str, Any]:
    """Return all of `hubscan.report/1` but the three long lists: `skipped`, `errors` and `findings`."""
    return {
        "schema": report.schema,
        "tool_version": report.tool_version,
        "source": report.source,
        "started_at": report.started_at,
        "finished_at": report.finished_at,
        "settings": _sorted(report.settings),
        "packs": [asdict(pack) for pack in report.packs],
        "coverage": asdict(report.coverage),
        "counts": [
            {"category": category, "severity": severity.label, "findings": count}
            for (category, severity), count in sorted(report.counts().items())
        ],
        "delta": asdict(report.delta) if report.delta else None,
        "requests": {name: _sorted(sums) for name, sums in sorted(report.requests.items())},
        "not_run": [asdict(rule) for rule in report.not_run],
        "suppressed": [suppressed(item) for item in report.suppressed],
        "idle_suppressions": [
            {"entry": asdict(item.entry), "reason": item.reason} for item in report.idle_suppressions
        ],
        "rules": [rule_info(report.rules[name]) for name in sorted(report.rules)],
    }


def suppressed(item: Suppressed) -> dict[str, Any]:
    """Return one finding that somebody does not want to see again, with the entry that says so."""
    return {"finding": finding(item.finding), "by": asdict(item.by)}


def rule_info(info: RuleInfo) -> dict[str, Any]:
    """Return what a report tells about one rule."""
    told = asdict(info)
    return {**told.pop("ref"), **told, "severity": info.severity.label, "confidence": info.confidence.label}


def skipped(item: SkippedRepo) -> dict[str, Any]:
    """Return one repo that was not read, and why."""
    return {"repo": repo(item.ref), "reason": item.reason}


def scan_error(item: ScanError) -> dict[str, Any]:
    """Return one thing that could not be read, and where."""
    ref = repo(item.ref) if item.ref else None
    return {"where": item.where, "kind": item.kind, "message": item.message, "repo": ref}


def repo(ref: RepoRef) -> dict[str, Any]:
    """Return which repo, without a revision."""
    return {"hub": ref.hub, "kind": ref.kind, "id": ref.repo_id}


def evidence(item: Evidence) -> dict[str, Any]:
    """Return one reason with its term reference and context."""
    return {**_place(item), "term_ref": item.term_ref, "context": item.context}


def changes(report: ScanReport) -> dict[str, str]:
    """Return by fingerprint whether a finding is `new`, `changed` or `known` since the last run; empty without one."""
    if report.delta is None:
        return {}
    said = dict.fromkeys(report.delta.changed, "changed") | dict.fromkeys(report.delta.new, "new")
    return {item.fingerprint: said.get(item.fingerprint, "known") for item in report.findings}


def _place(item: Evidence) -> dict[str, Any]:
    return {"field": item.span.field, "start": item.span.start, "end": item.span.end, "clause": item.clause}


def _sorted(mapping: Mapping[str, Any]) -> dict[str, Any]:
    return dict(sorted(mapping.items()))
