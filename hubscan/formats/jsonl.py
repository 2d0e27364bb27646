"""One finding a line, `hubscan.finding/1`: for programs, and for a pipe that starts reading before the end."""

from typing import IO

from hubscan import wire
from hubscan.escape import json_bytes
from hubscan.findings import ScanReport

name = "jsonl"
suffix = ".jsonl"


def write(report: ScanReport, out: IO[bytes]) -> None:
    """Write the findings only; coverage, skipped and errors are in `json`."""
    for finding in report.findings:
        out.write(json_bytes(wire.finding(finding)) + b"\n")
