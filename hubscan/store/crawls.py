"""How far a crawl has come, so that one that stopped at any moment goes on there.

A page of a list is kept in one transaction: what was judged from it, which cards it makes worth reading, and where the
list goes on. A card leaves the queue in the transaction that keeps its record. What is not yet kept is in flight, and
all that can be asked twice. Each function runs in the caller's transaction.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, func, insert, select, update

from hubscan.findings import PackRef, ScanError, SkippedRepo
from hubscan.records import RepoRef, StoredRecord
from hubscan.store import codec, keys
from hubscan.store.runs import Run
from hubscan.store.statements import insert_new, upsert
from hubscan.store.tables import (
    crawl_errors,
    crawl_lists,
    crawl_queue,
    crawl_repos,
    crawls,
    records,
    runs,
    skipped,
)

SWEEP, CHANGES = "sweep", "changes"
"""Modes: read whole lists, or only what changed since the last crawl that came to its end."""

Queued = tuple[StoredRecord, str | None]
"""A repo in the queue, and what its record holds of the listed version already (see `tables.crawl_queue`)."""

_ROWS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Crawl:
    """One crawl, within one run. `since` bounds what a crawl for changes looks at (RFC 3339 UTC)."""

    id: int
    run: Run
    mode: str
    since: str | None
    started_at: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the list of one kind was read. `onward` None and not `ended`: not begun."""

    onward: str | None = None
    ended: bool = False
    listed: int = 0
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """What earlier crawls know of a repo: its version in the list, those of what is stored, and who listed it last."""

    version: str
    card_version: str | None
    headers_version: str | None
    listed_in: int


def begin(connection: Connection, run: Run, mode: str, since: str | None, kinds: Iterable[str], now: str) -> Crawl:
    """Enter a new crawl; earlier ones of its scope and mode that never ended are given up."""
    older = (crawls.c.scope == run.scope) & (crawls.c.mode == mode) & crawls.c.closed_at.is_(None)
    connection.execute(update(crawls).where(older).values(closed_at=now, stopped="given_up"))
    values = {"run_id": run.id, "scope": run.scope, "mode": mode, "since": since, "started_at": now, "ended": False}
    number = connection.execute(insert(crawls).values(values).returning(crawls.c.id)).scalar_one()
    empty = {"crawl_id": number, "ended": False, "listed": 0, "unchanged": 0}
    connection.execute(insert(crawl_lists), [{**empty, "kind": kind} for kind in kinds])
    return Crawl(id=number, run=run, mode=mode, since=since, started_at=now)


def stopped(connection: Connection, scope: str, mode: str, packs: Sequence[PackRef]) -> Crawl | None:
    """Return the crawl of this scope and mode that can go on, if there is one and it used the same rules."""
    query = select(crawls, runs.c.source, runs.c.started_at.label("run_started"), runs.c.packs).join(runs)
    mine = (crawls.c.scope == scope) & (crawls.c.mode == mode) & crawls.c.closed_at.is_(None)
    row = connection.execute(query.where(mine).order_by(crawls.c.id.desc()).limit(1)).first()
    if row is None or row.packs != msgspec.to_builtins(list(packs)):
        return None
    run = Run(id=row.run_id, source=row.source, scope=scope, started_at=row.run_started)
    return Crawl(id=row.id, run=run, mode=mode, since=row.since, started_at=row.started_at)


def last_start(connection: Connection, scope: str) -> str | None:
    """Return when the latest crawl of this scope began that came to its end."""
    query = select(func.max(crawls.c.started_at)).where(crawls.c.scope == scope, crawls.c.ended.is_(True))
    latest: str | None = connection.scalar(query)
    return latest


def progress(connection: Connection, crawl: Crawl) -> Mapping[str, Progress]:
    """Return how far each kind's list was read."""
    query = select(crawl_lists).where(crawl_lists.c.crawl_id == crawl.id)
    return {row.kind: Progress(row.onward, row.ended, row.listed, row.unchanged) for row in connection.execute(query)}


def advance(connection: Connection, crawl: Crawl, kind: str, now: Progress) -> None:
    """Keep how far a list was read."""
    mine = (crawl_lists.c.crawl_id == crawl.id) & (crawl_lists.c.kind == kind)
    values = {"onward": now.onward, "ended": now.ended, "listed": now.listed, "unchanged": now.unchanged}
    connection.execute(update(crawl_lists).where(mine).values(values))


def known(connection: Connection, refs: Iterable[RepoRef]) -> dict[RepoRef, Known]:
    """Return what is known of the repos that any crawl has listed."""
    found: dict[RepoRef, Known] = {}
    for hub, kind, ids in keys.together(refs):
        for row in connection.execute(select(crawl_repos).where(keys.among(crawl_repos, hub, kind, ids))):
            versions = row.version, row.card_version, row.headers_version
            found[RepoRef(hub, kind, row.repo_id)] = Known(*versions, row.listed_in)
    return found


def list_repos(connection: Connection, crawl: Crawl, versions: Mapping[RepoRef, str]) -> None:
    """Keep what a list said of each repo's version."""
    rows = [{**keys.key(ref), "version": versions[ref], "listed_in": crawl.id} for ref in sorted(versions)]
    upsert(connection, crawl_repos, rows)


def read_repos(connection: Connection, crawl: Crawl, refs: Iterable[RepoRef]) -> None:
    """Keep that the records of these repos are this crawl's."""
    for hub, kind, ids in keys.together(refs):
        mine = keys.among(crawl_repos, hub, kind, ids)
        connection.execute(update(crawl_repos).where(mine).values(read_in=crawl.id))


def read_card(connection: Connection, ref: RepoRef, version: str) -> None:
    """Keep that the stored card of a repo is that of `version`."""
    connection.execute(update(crawl_repos).where(keys.of(crawl_repos, ref)).values(card_version=version))


def read_headers(connection: Connection, ref: RepoRef, version: str) -> None:
    """Keep that the stored headers of a repo are those of `version`, as far as they are there."""
    connection.execute(update(crawl_repos).where(keys.of(crawl_repos, ref)).values(headers_version=version))


def bodies(connection: Connection, refs: Iterable[RepoRef]) -> dict[RepoRef, StoredRecord]:
    """Return the stored records of those repos that have one."""
    found: dict[RepoRef, StoredRecord] = {}
    for hub, kind, ids in keys.together(refs):
        query = select(records.c.repo_id, records.c.body).where(keys.among(records, hub, kind, ids))
        found |= {RepoRef(hub, kind, row.repo_id): codec.unpack(row.body) for row in connection.execute(query)}
    return found


def enqueue(connection: Connection, crawl: Crawl, wanted: Mapping[RepoRef, tuple[int, StoredRecord]]) -> None:
    """Remember listed repos whose cards or headers are to be read, the worthiest first."""
    rows = [
        {"crawl_id": crawl.id, **keys.key(ref), "worth": worth, "body": codec.pack(stored)}
        for ref, (worth, stored) in sorted(wanted.items())
    ]
    insert_new(connection, crawl_queue, rows)


def requeue(connection: Connection, crawl: Crawl, part: Mapping[RepoRef, Queued]) -> None:
    """Keep how far queued repos were read when the run stopped."""
    for ref, (stored, progress) in sorted(part.items()):
        mine = (crawl_queue.c.crawl_id == crawl.id) & keys.of(crawl_queue, ref)
        connection.execute(update(crawl_queue).where(mine).values(body=codec.pack(stored), progress=progress))


def queued(connection: Connection, crawl: Crawl, most: int) -> list[Queued]:
    """Return the next repos whose cards or headers are to be read, at most `most`."""
    order = (crawl_queue.c.worth.desc(), crawl_queue.c.hub, crawl_queue.c.kind, crawl_queue.c.repo_id)
    columns = select(crawl_queue.c.body, crawl_queue.c.progress).where(crawl_queue.c.crawl_id == crawl.id)
    return [(codec.unpack(row.body), row.progress) for row in connection.execute(columns.order_by(*order).limit(most))]


def least(connection: Connection, crawl: Crawl, most: int) -> list[StoredRecord]:
    """Return the least worthy repos of the queue, at most `most`."""
    order = (crawl_queue.c.worth, crawl_queue.c.hub.desc(), crawl_queue.c.kind.desc(), crawl_queue.c.repo_id.desc())
    query = select(crawl_queue.c.body).where(crawl_queue.c.crawl_id == crawl.id).order_by(*order).limit(most)
    return [codec.unpack(body) for body in connection.scalars(query)]


def dequeue(connection: Connection, crawl: Crawl, refs: Iterable[RepoRef]) -> None:
    """Take repos out of the queue: their records are kept."""
    for hub, kind, ids in keys.together(refs):
        mine = (crawl_queue.c.crawl_id == crawl.id) & keys.among(crawl_queue, hub, kind, ids)
        connection.execute(delete(crawl_queue).where(mine))


def left(connection: Connection, crawl: Crawl) -> int:
    """Return how many repos are in the queue."""
    query = select(func.count()).select_from(crawl_queue).where(crawl_queue.c.crawl_id == crawl.id)
    return connection.scalar(query) or 0


def add_errors(connection: Connection, crawl: Crawl, errors: Sequence[ScanError]) -> None:
    """Keep what could not be read."""
    if errors:
        connection.execute(insert(crawl_errors), [{"crawl_id": crawl.id, "error": error} for error in errors])


def errors_of(connection: Connection, crawl: Crawl) -> list[ScanError]:
    """Return what could not be read, in the order it was met."""
    query = select(crawl_errors.c.error).where(crawl_errors.c.crawl_id == crawl.id).order_by(crawl_errors.c.id)
    return [msgspec.convert(error, ScanError) for error in connection.scalars(query)]


def skips_of(connection: Connection, crawl: Crawl) -> list[SkippedRepo]:
    """Return which repos this crawl did not read, and why, without those that are unchanged."""
    mine = (skipped.c.last_run == crawl.run.id) & (skipped.c.reason != "unchanged")
    found = connection.execute(select(skipped).where(mine).order_by(*skipped.primary_key))
    return [SkippedRepo(RepoRef(row.hub, row.kind, row.repo_id), row.reason) for row in found]


def records_of(connection: Connection, crawl: Crawl) -> Iterator[StoredRecord]:
    """Yield the records this crawl has kept so far, by kind and id."""
    query = select(records.c.body).join(crawl_repos, keys.same_repo(records, crawl_repos))
    mine = query.where(crawl_repos.c.read_in == crawl.id).order_by(*records.primary_key)
    for row in connection.execute(mine, execution_options={"yield_per": _ROWS}):
        yield codec.unpack(row.body)


def pause(connection: Connection, crawl: Crawl, reason: str) -> None:
    """Keep why a crawl stopped; it can go on."""
    _set(connection, crawl, {"stopped": reason})


def close(connection: Connection, crawl: Crawl, now: str) -> None:
    """End a crawl that came to its end; the next for changes starts from when it began."""
    _set(connection, crawl, {"closed_at": now, "ended": True, "stopped": None})
    connection.execute(delete(crawl_queue).where(crawl_queue.c.crawl_id == crawl.id))


def give_up(connection: Connection, crawl: Crawl, now: str) -> None:
    """End a crawl that cannot go on; the next one starts anew."""
    _set(connection, crawl, {"closed_at": now})


def _set(connection: Connection, crawl: Crawl, values: Mapping[str, Any]) -> None:
    connection.execute(update(crawls).where(crawls.c.id == crawl.id).values(values))
