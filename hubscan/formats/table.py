"""For people at a terminal: the statement first, then the gravest findings, counts, and what was not read.

Colours and the terminal's width where `out` is a terminal; 120 columns of plain text elsewhere.
"""

import io
import os
from collections.abc import Iterable, Sequence
from typing import IO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hubscan.escape import visible
from hubscan.findings import Finding, ScanReport, Severity
from hubscan.formats import _summary
from hubscan.render import counted

name = "table"
suffix = ".txt"

MOST = 100
"""Findings printed, gravest first; and a tenth of that of errors. What is left out is counted."""

WIDTH = 120
"""Columns where there is no terminal to ask."""

_STYLES = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
    Severity.INFO: "dim",
}


def write(report: ScanReport, out: IO[bytes]) -> None:
    """Write the report for reading; lists are cut after the gravest, with a line that says so."""
    text = io.StringIO()
    terminal = out.isatty()
    width = os.get_terminal_size(out.fileno()).columns if terminal else WIDTH
    console = Console(
        file=text,
        width=width,
        force_terminal=terminal,
        emoji=False,
        markup=False,
        highlight=False,
        legacy_windows=False,
    )
    for part in (_head, _findings, _counts, _suppressed, _not_run, _skipped, _errors):
        part(report, console)
    lines = (line.rstrip() for line in text.getvalue().splitlines())
    out.write("".join(f"{line}\n" for line in lines).encode("utf-8"))


def _head(report: ScanReport, console: Console) -> None:
    version, source = visible(report.tool_version), visible(report.source, 500)
    console.print(Text(f"hubscan {version}: {source}", style="bold"))
    console.print(Text(f"{visible(report.started_at)} to {visible(report.finished_at)}", style="dim"))
    for pack in report.packs:
        rules = counted(pack.rules, "rule")
        console.print(Text(f"pack {visible(pack.id)} {visible(pack.version)}: {rules}, sha256 {pack.digest[:12]}"))
    console.print()
    for sentence in _summary.statement(report):
        console.print(Text(sentence))


def _findings(report: ScanReport, console: Console) -> None:
    if not report.findings:
        return
    table = _table(("severity", "confidence", "category", "repository", "rule", "marked in"))
    for finding in report.findings[:MOST]:
        table.add_row(*_row(finding))
    console.print()
    console.print(table)
    _left_out(len(report.findings) - MOST, "finding", console)


def _row(finding: Finding) -> tuple[Text, ...]:
    status = "" if finding.rule.status == "stable" else f" ({finding.rule.status})"
    plain = (
        finding.confidence.label,
        finding.rule.category,
        f"{finding.ref.hub} {finding.ref.kind} {finding.ref.repo_id}",
        f"{finding.rule.id}{status}",
        ", ".join(finding.facets),
    )
    severity = Text(finding.severity.label, style=_STYLES[finding.severity])
    return (severity, *(Text(visible(value), overflow="fold") for value in plain))


def _counts(report: ScanReport, console: Console) -> None:
    if not report.findings:
        return
    table = _table(("category", *(severity.label for severity in _summary.SEVERITIES), "all"))
    for column in table.columns[1:]:
        column.justify = "right"
    for category, values in _summary.by_category(report):
        table.add_row(
            Text(visible(category)), *(f"{value:,}" if value else "-" for value in values), f"{sum(values):,}"
        )
    console.print()
    console.print(table)


def _suppressed(report: ScanReport, console: Console) -> None:
    rows = (
        f"{visible(str(item.finding.ref))}: {visible(item.finding.rule.id)}: {visible(item.by.reason)} "
        f"({visible(item.by.author)}, until {item.by.expires}, {visible(item.by.where)})"
        for item in report.suppressed
    )
    _list("Suppressed", tuple(rows), console)
    idle = (f"{visible(item.entry.where)}: {item.reason}" for item in report.idle_suppressions)
    _list("Suppressions without effect", tuple(idle), console)


def _not_run(report: ScanReport, console: Console) -> None:
    rows = (f"{visible(rule.rule)}: {visible(rule.reason)}" for rule in report.not_run)
    _list("Rules not run", tuple(rows), console)


def _skipped(report: ScanReport, console: Console) -> None:
    rows = (f"{count:,} {word}" for word, count in _summary.reasons(_summary.skipped_reasons(report)))
    _list("Skipped", tuple(rows), console)


def _errors(report: ScanReport, console: Console) -> None:
    shown = report.errors[: MOST // 10]
    rows = (f"{visible(e.where, 500)}: {visible(e.kind)}: {visible(e.message, 500)}" for e in shown)
    _list("Not read", tuple(rows), console)
    _left_out(len(report.errors) - len(shown), "error", console)


def _list(title: str, rows: Sequence[str], console: Console) -> None:
    if rows:
        console.print()
        console.print(Text(title, style="bold"))
    for row in rows:
        console.print(Text(f"  {row}", overflow="fold"))


def _left_out(count: int, noun: str, console: Console) -> None:
    if count > 0:
        console.print(Text(f"  and {counted(count, f'more {noun}')}: --format json holds everything."))


def _table(columns: Iterable[str]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
