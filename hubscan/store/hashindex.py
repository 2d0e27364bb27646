"""The index of published file hashes: which repos show a file, which did, and which hashes several repos share.

A hash that a repo once published stays on record: that a file was there is what finds it again elsewhere. Each function
runs in the caller's transaction.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select, update

from hubscan import filehashes
from hubscan.filehashes import ALGORITHMS
from hubscan.records import RepoRecord, RepoRef, StoredRecord
from hubscan.store import codec, keys
from hubscan.store.statements import upsert
from hubscan.store.tables import crawls, file_hashes, records, runs, skipped

_ROWS = 500


class Sighting(NamedTuple):
    """One file of one repo, by one of its hashes. `current` is false where the repo has shown other files since."""

    algorithm: str
    value: str
    ref: RepoRef
    file: str
    size: int | None
    uploader: str | None
    current: bool
    first_seen: str
    last_seen: str


class Look(NamedTuple):
    """What the store knows of a repo's being there: the record, when it was read, and what later looks came to.

    `skipped` is why a look after that one did not read it, with its time; `missed` when a whole list came without it.
    """

    stored: StoredRecord
    url: str
    revision: str | None
    seen_at: str
    skipped: tuple[str, str] | None
    missed: str | None


def save(connection: Connection, changed: Sequence[RepoRecord], now: str) -> None:
    """Enter the files of records that were just kept. What a repo no longer shows is no longer current."""
    known = _current(connection, [record.ref for record in changed])
    rows: list[dict[str, Any]] = []
    for record in changed:
        shown = list(filehashes.of(record))
        rows += [_row(record, one, now) for one in {(h.algorithm, h.value, h.file): h for h in shown}.values()]
        _retire(connection, record, known[record.ref], {(h.algorithm, h.value, h.file) for h in shown})
    upsert(connection, file_hashes, rows, keep=("first_seen",))


def shared(connection: Connection) -> Iterator[Sighting]:
    """Yield the files of every hash that more than one repo shows or has shown: by hash, surest first, then by repo."""
    repo = file_hashes.c.hub + "\n" + file_hashes.c.kind + "\n" + file_hashes.c.repo_id
    for algorithm in ALGORITHMS:
        several = (
            select(file_hashes.c.value)
            .where(file_hashes.c.algorithm == algorithm)
            .group_by(file_hashes.c.value)
            .having(func.count(repo.distinct()) > 1)
        )
        yield from _sightings(connection, (file_hashes.c.algorithm == algorithm) & file_hashes.c.value.in_(several))


def showing(connection: Connection, hashes: Iterable[tuple[str, str]]) -> Iterator[Sighting]:
    """Yield the files of the given hashes (algorithm, value)."""
    wanted = defaultdict(set)
    for algorithm, value in hashes:
        wanted[algorithm].add(value)
    for algorithm in ALGORITHMS:
        values = iter(sorted(wanted[algorithm]))
        while some := list(islice(values, _ROWS)):
            yield from _sightings(connection, (file_hashes.c.algorithm == algorithm) & file_hashes.c.value.in_(some))


def hashes_of(connection: Connection, ref: RepoRef) -> Sequence[Sighting]:
    """Return all hashes a repo shows or has shown."""
    return list(_sightings(connection, keys.of(file_hashes, ref)))


def looks(connection: Connection, refs: Iterable[RepoRef]) -> Mapping[RepoRef, Look]:
    """Return what is known of each repo's being there; a repo that was never read is not in it."""
    found = {}
    for hub, kind, ids in keys.together(refs):
        for row in connection.execute(_look(keys.among(records, hub, kind, ids))):
            why = (row.reason, row.skipped_at) if row.reason and row.skipped_at >= row.last_seen else None
            look = Look(codec.unpack(row.body), row.url, row.revision, row.last_seen, why, row.missed)
            found[RepoRef(row.hub, row.kind, row.repo_id, row.revision)] = look
    return found


def _look(wanted: ColumnElement[bool]) -> Select[Any]:
    last, later = runs.alias(), runs.alias()
    # A dump is always a whole list; a crawl may have asked for changes alone.
    sweeps = select(crawls.c.run_id).where(crawls.c.mode == "sweep", crawls.c.ended)
    missed = (
        select(func.max(later.c.finished_at))
        .where(
            last.c.id == records.c.last_run,
            later.c.scope == last.c.scope,
            later.c.id > records.c.last_run,
            later.c.complete,
            later.c.finished_at.is_not(None),
            later.c.source.startswith("dump ") | later.c.id.in_(sweeps),
        )
        .correlate(records)
        .scalar_subquery()
    )
    return (
        select(records, skipped.c.reason, skipped.c.last_seen.label("skipped_at"), missed.label("missed"))
        .join(skipped, keys.same_repo(records, skipped), isouter=True)
        .where(wanted)
    )


def _sightings(connection: Connection, wanted: ColumnElement[bool]) -> Iterator[Sighting]:
    columns = ("value", "hub", "kind", "repo_id", "file")
    query = select(file_hashes).where(wanted).order_by(*(file_hashes.c[name] for name in columns))
    for row in connection.execute(query, execution_options={"yield_per": _ROWS}):
        yield _sighting(row)


def _sighting(row: Row[Any]) -> Sighting:
    ref = RepoRef(row.hub, row.kind, row.repo_id)
    told = (row.file, row.size, row.uploader, row.current, row.first_seen, row.last_seen)
    return Sighting(row.algorithm, row.value, ref, *told)


def _row(record: RepoRecord, found: filehashes.FileHash, now: str) -> dict[str, Any]:
    told = {"uploader": record.author, "current": True, "first_seen": now, "last_seen": now}
    return {**found._asdict(), **keys.key(record.ref), **told}


def _current(connection: Connection, refs: Sequence[RepoRef]) -> Mapping[RepoRef, list[Sighting]]:
    found: dict[RepoRef, list[Sighting]] = defaultdict(list)
    for hub, kind, ids in keys.together(refs):
        for one in _sightings(connection, keys.among(file_hashes, hub, kind, ids) & file_hashes.c.current):
            found[one.ref].append(one)
    return found


def _retire(
    connection: Connection, record: RepoRecord, known: Iterable[Sighting], shown: set[tuple[str, str, str]]
) -> None:
    """Take what is not shown any more out of what is current; a listing without hashes says nothing about them."""
    if record.files is None:
        return
    files = {file.name for file in record.files}
    hashed = {(algorithm, file) for algorithm, _, file in shown}
    gone = [
        one
        for one in known
        if (one.algorithm, one.value, one.file) not in shown
        and (one.file not in files or (one.algorithm, one.file) in hashed)
    ]
    for one in gone:
        these = (file_hashes.c.algorithm == one.algorithm) & (file_hashes.c.value == one.value)
        where = these & keys.of(file_hashes, record.ref) & (file_hashes.c.file == one.file)
        connection.execute(update(file_hashes).where(where).values(current=False))
