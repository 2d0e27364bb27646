"""Findings as a table for spreadsheets (RFC 4180), safe to open in one.

UTF-8 with a byte order mark: spreadsheets read a file without one in the machine's old code page, and a fifth of one
hub's records hold CJK text. Programs are better served by `jsonl`. Every value that could compute is disarmed by an
apostrophe (`escape.cell`), and no cell holds a line break.
"""

import codecs
import csv
from collections.abc import Sequence
from typing import IO

from hubscan import wire
from hubscan.escape import cell
from hubscan.findings import Evidence, Finding, ScanReport

name = "csv"
suffix = ".csv"

COLUMNS = (
    "severity",
    "confidence",
    "category",
    "rule",
    "rule_title",
    "rule_status",
    "rule_version",
    "hub",
    "kind",
    "repo",
    "url",
    "revision",
    "change",
    "facets",
    "evidence",
    "discounted",
    "fingerprint",
)
"""The columns in order; one may be added at the end, none changes its meaning."""


def write(report: ScanReport, out: IO[bytes]) -> None:
    """Write a header and a row for each finding."""
    out.write(codecs.BOM_UTF8)
    rows = csv.writer(codecs.getwriter("utf-8")(out), lineterminator="\r\n")
    rows.writerow(COLUMNS)
    changes = wire.changes(report)
    for finding in report.findings:
        rows.writerow(cell(value) for value in _row(finding, changes.get(finding.fingerprint, "")))


def _row(finding: Finding, change: str) -> Sequence[str]:
    rule, ref = finding.rule, finding.ref
    return (
        finding.severity.label,
        finding.confidence.label,
        rule.category,
        rule.id,
        rule.title,
        rule.status,
        rule.version,
        ref.hub,
        ref.kind,
        ref.repo_id,
        finding.url,
        ref.revision or "",
        change,
        " ".join(finding.facets),
        _places(finding.evidence),
        _places(finding.discounted),
        finding.fingerprint,
    )


def _places(evidence: Sequence[Evidence]) -> str:
    """Say where as `field[start:end] clause`, the end excluded; offsets are Unicode code points."""
    return " / ".join(
        f"{found.span.field}[{found.span.start}:{found.span.end}] {found.clause}"
        + (f" ({found.context})" if found.context else "")
        for found in evidence
    )
