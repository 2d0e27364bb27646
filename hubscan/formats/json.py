"""The whole report as one JSON object, `hubscan.report/1`, its long lists one item a line."""

from collections.abc import Iterable
from typing import IO, Any

from hubscan import wire
from hubscan.escape import json_bytes
from hubscan.findings import ScanReport

name = "json"
suffix = ".json"


def write(report: ScanReport, out: IO[bytes]) -> None:
    """Write everything the report holds, counts first and findings last."""
    changes = wire.changes(report)
    out.write(json_bytes(wire.report_head(report))[:-1])
    _list(out, "skipped", map(wire.skipped, report.skipped))
    _list(out, "errors", map(wire.scan_error, report.errors))
    _list(out, "findings", (wire.report_finding(item, changes.get(item.fingerprint)) for item in report.findings))
    out.write(b"}\n")


def _list(out: IO[bytes], key: str, items: Iterable[dict[str, Any]]) -> None:
    out.write(b",\n" + json_bytes(key) + b":[")
    before = b"\n"
    for item in items:
        out.write(before + json_bytes(item))
        before = b",\n"
    out.write(b"]")
