"""`Store`: one open database, and the clock its stamps are taken from."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import Self

from sqlalchemy import Connection, Engine

from hubscan.findings import Coverage, Delta, Finding, PackRef, Severity, SkippedRepo
from hubscan.records import RepoRef, StoredRecord
from hubscan.store import database, reading, runs
from hubscan.store.runs import Judged, Run

Clock = Callable[[], str]
"""Gives the time now, as RFC 3339 in UTC."""


def utc_now() -> str:
    """Return the time now to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Store:
    """An open database. Each call is one transaction; every error of the database is a `StoreError`."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine, self._clock = engine, clock

    @classmethod
    @contextmanager
    def open(cls, url: str, clock: Clock = utc_now, wait: float = database.WAIT) -> Iterator[Self]:
        """Open the database at `url`, made or upgraded first where needed, for the length of a `with` block.

        A write that finds another writer at work waits up to `wait` seconds.
        """
        database.upgrade(url, wait)
        engine = database.connect(database.parse(url), wait)
        try:
            yield cls(engine, clock)
        finally:
            engine.dispose()

    def reading(self) -> AbstractContextManager[Connection]:
        """Give a connection for queries of one's own over `store.tables`."""
        return database.reading(self._engine)

    def writing(self) -> AbstractContextManager[Connection]:
        """Give a connection in one transaction, for the rooms that keep their own tables here."""
        return database.writing(self._engine)

    def alone(self, name: str) -> AbstractContextManager[None]:
        """Hold the lock `name` of this database for a `with` block; a process that dies does not keep it.

        `StoreError` where another process holds it.
        """
        return database.alone(self._engine, name)

    def write_anew(self) -> None:
        """Write an SQLite file anew without what was deleted from it, which the file would hold on; others do so."""
        database.write_anew(self._engine)

    def now(self) -> str:
        """Return the time stamps are taken from."""
        return self._clock()

    def start_run(
        self,
        source: str,
        scope: str,
        settings: Mapping[str, str],
        packs: Sequence[PackRef],
        tool_version: str,
    ) -> Run:
        """Enter a new run. `scope` must name all that decides which repos are read, and how deep."""
        with self.writing() as connection:
            return runs.start(connection, source, scope, settings, packs, tool_version, self._clock())

    def save(self, run: Run, batch: Iterable[Judged]) -> None:
        """Keep a batch whole: after this returns it survives any crash, and before, none of it is there."""
        with self.writing() as connection:
            runs.save(connection, run, batch, self._clock())

    def skip(self, run: Run, batch: Iterable[SkippedRepo]) -> None:
        """Keep which repos were listed and not read; what was found in them before stays standing."""
        with self.writing() as connection:
            runs.skip(connection, run, batch, self._clock())

    def finish_run(self, run: Run, coverage: Coverage) -> None:
        """Close a run; only where `coverage.complete`, what it did not see is marked gone."""
        with self.writing() as connection:
            runs.finish(connection, run, coverage, self._clock())

    def finish_part(self, run: Run, coverage: Coverage) -> None:
        """Close a run that looked at some repos of its scope only: what it did not look at is not gone."""
        with self.writing() as connection:
            runs.finish_part(connection, run, coverage, self._clock())

    def delta(self, run: Run) -> Delta:
        """Return what a run changed against the finished runs of its scope before it."""
        with self.reading() as connection:
            return runs.delta(connection, run)

    def stored(self, hub: str | None = None, kind: str | None = None) -> Iterator[StoredRecord]:
        """Yield stored records in a stable order, to be matched again."""
        with self.reading() as connection:
            yield from reading.stored(connection, hub, kind)

    def record(self, ref: RepoRef) -> StoredRecord | None:
        """Return what is stored of one repo, None where it was never read."""
        with self.reading() as connection:
            return reading.record(connection, ref)

    def findings(self, min_severity: Severity = Severity.INFO, hub: str | None = None) -> Iterator[Finding]:
        """Yield the findings that still stand, gravest first."""
        with self.reading() as connection:
            yield from reading.standing(connection, min_severity, hub)
