"""One finding a line, `hubscan.finding/1`: for programs, and for a pipe that starts reading before the end."""

from typing import IO

from hubscan import wire
from hubscan.escape import json_bytes
from hubscan.findings import Finding, ScanReport

name = "jsonl"
suffix = ".jsonl"


def write(report: ScanReport, out: IO[bytes]) -> None:
    """Write the findings only; coverage, skipped and errors are in `json`."""
    for finding in report.findings:
        out.write(line(finding))


def line(finding: Finding) -> bytes:
    """Return one finding as it stands in the file, to be written while a scan still runs."""
    return json_bytes(wire.finding(finding)) + b"\n"
