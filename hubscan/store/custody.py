"""How a repo's record came to be in the store: the runs that read it, what they asked, and what was drafted of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from hubscan.records import RepoRef
from hubscan.store import keys
from hubscan.store.tables import findings, notices, records, requests, runs

MOST_REQUESTS = 1000
"""Requests of one run that are told one by one; the others are counted."""


def runs_of(connection: Connection, ref: RepoRef) -> list[dict[str, Any]]:
    """Return the runs that first and last saw a repo's record or a finding on it, in order."""
    seen = (
        select(column).where(keys.of(table, ref))
        for table in (records, findings)
        for column in (table.c.first_run, table.c.last_run)
    )
    numbers = {number for query in seen for number in connection.scalars(query)}
    names = ("id", "source", "scope", "settings", "packs", "tool_version", "started_at", "finished_at", "complete")
    query = select(*(runs.c[name] for name in names)).where(runs.c.id.in_(numbers)).order_by(runs.c.id)
    return [dict(row._mapping) for row in connection.execute(query)]


def requests_of(connection: Connection, run: int, since: str, until: str, digests: Sequence[str]) -> Mapping[str, Any]:
    """Return what a run asked between two times and whatever was answered with one of `digests`.

    Keys: `total` (all requests of the run), `rows` (in order, at most `MOST_REQUESTS`).
    """
    mine = requests.c.run_id == run
    near = requests.c.at.between(since, until) | requests.c.sha256.in_(digests)
    names = ("at", "url_class", "method", "host", "status", "outcome", "received", "sha256")
    query = select(*(requests.c[name] for name in names)).where(mine, near).order_by(requests.c.id)
    rows = [dict(row._mapping) for row in connection.execute(query.limit(MOST_REQUESTS))]
    total = connection.scalar(select(func.count()).where(mine))
    return {"total": total, "rows": rows}


def notices_of(connection: Connection, number: int) -> list[dict[str, Any]]:
    """Return what was drafted for a case, in order."""
    names = ("template", "edition", "format", "sha256", "at")
    query = select(*(notices.c[name] for name in names)).where(notices.c.case_number == number)
    return [dict(row._mapping) for row in connection.execute(query.order_by(notices.c.event_id))]
