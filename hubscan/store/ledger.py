"""The ledger of requests: one row for each that went out on the wire, and their sums by what they were for."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, case, func, insert, select

from hubscan.http import Entry
from hubscan.store.runs import Run
from hubscan.store.tables import requests

_FINE = ("ok", "redirect")


def add(connection: Connection, run: Run, entries: Iterable[Entry]) -> None:
    """Append what a run asked."""
    rows = [{"run_id": run.id, **_row(entry)} for entry in entries]
    if rows:
        connection.execute(insert(requests), rows)


def summary(connection: Connection, run: Run) -> Mapping[str, Mapping[str, int]]:
    """Return requests, bytes and failed requests of a run by URL class, as `ScanReport.requests` wants them."""
    failed = func.sum(case((requests.c.outcome.in_(_FINE), 0), else_=1))
    sums = (func.count(), func.sum(requests.c.received), failed)
    query = select(requests.c.url_class, *sums).where(requests.c.run_id == run.id).group_by(requests.c.url_class)
    found = connection.execute(query.order_by(requests.c.url_class))
    return {name: {"requests": number, "bytes": int(size), "failed": int(bad)} for name, number, size, bad in found}


def _row(entry: Entry) -> dict[str, Any]:
    return {
        "at": datetime.fromtimestamp(entry.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "url_class": entry.url_class.value,
        "method": entry.method,
        "host": entry.host,
        "status": entry.status,
        "outcome": entry.outcome,
        "received": entry.received,
        "milliseconds": round(entry.duration * 1000),
        "sha256": entry.sha256,
    }
