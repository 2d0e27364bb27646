"""Which uploads are whose, and the counts over them. Each function runs in the caller's transaction.

A repo counts on after its hub took it down: that somebody made a thousand in a day stays true.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select
from sqlalchemy import cast as as_type
from sqlalchemy.types import Integer

from hubscan.records import RepoRecord, RepoRef
from hubscan.store import keys
from hubscan.store.statements import upsert
from hubscan.store.tables import records, uploads
from hubscan.uploads import Counts, Uploader, of


def save(connection: Connection, changed: Iterable[RepoRecord]) -> None:
    """Enter records that were just kept."""
    found = ((record.ref, of(record)) for record in changed)
    upsert(connection, uploads, [{**keys.key(ref), **upload._asdict()} for ref, upload in found if upload])


def crowded(connection: Connection, least: Mapping[str, int]) -> dict[Uploader, Counts]:
    """Return the counts of the uploaders who reach any of `least`, by the name of a count."""
    if not least:
        return {}
    reached = or_(*(_SUMS[name] >= number for name, number in least.items()))
    who = (uploads.c.hub, uploads.c.author)
    query = select(*who, *(total.label(name) for name, total in _SUMS.items())).group_by(*who).having(reached)
    found = {}
    for row in connection.execute(query.order_by(*who)).all():
        busiest: int = connection.scalar(_busiest(row.hub, row.author)) or 0
        counts = Counts(row.repos, row.adapters, row.throwaway_names, busiest)
        if any(getattr(counts, name) >= number for name, number in least.items()):
            found[row.hub, row.author] = counts
    return found


def kept(connection: Connection, run_id: int, uploader: Uploader) -> list[RepoRef]:
    """Return the repos of an uploader that a run kept."""
    hub, author = uploader
    whose = (uploads.c.hub == hub) & (uploads.c.author == author)
    joined = select(*uploads.primary_key).join_from(uploads, records, keys.same_repo(uploads, records))
    query = joined.where(whose, records.c.last_run == run_id).order_by(*uploads.primary_key)
    return [RepoRef(row.hub, row.kind, row.repo_id) for row in connection.execute(query)]


def _total(column: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(as_type(column, Integer))


# The most of one day is no more than all of them: exact only for those who come that far.
_SUMS: Mapping[str, ColumnElement[int]] = {
    "repos": func.count(),
    "adapters": _total(uploads.c.adapter),
    "throwaway_names": _total(uploads.c.throwaway),
    "busiest_day": func.count(uploads.c.day),
}


def _busiest(hub: str, author: str) -> Select[Any]:
    whose = (uploads.c.hub == hub) & (uploads.c.author == author) & uploads.c.day.is_not(None)
    number = func.count()
    return select(number).where(whose).group_by(uploads.c.day).order_by(number.desc()).limit(1)
