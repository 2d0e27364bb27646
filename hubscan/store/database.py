"""Reaching a database: its URL, its file, its schema version, and what each refusal means in plain words."""

import os
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from hubscan import resources
from hubscan.errors import StoreError
from hubscan.store import codec

MIGRATIONS = Path(__file__).parent / "migrations"
WAIT = 30.0

_SCHEMES = ("sqlite", "postgresql+psycopg")
_WRITING = "hubscan_writing"
_MIGRATION_LOCK = 7_482_673_226  # "hubscan" on a phone's keys: PostgreSQL locks are numbers

# By SQLite's result code (sqlite.org/rescode.html) and PostgreSQL's SQLSTATE (manual, appendix A); prefixes count.
_REFUSALS = {
    "SQLITE_BUSY": ("another process is writing to it", "Let that one end, then run this again"),
    "SQLITE_FULL": ("the disk is full", "Free some space and run this again; what was saved before is kept"),
    "SQLITE_READONLY": ("it cannot be written", "Give this user write access to the file and its folder"),
    "SQLITE_CANTOPEN": ("it cannot be opened", "Check that the folder exists and that this user may write there"),
    "SQLITE_CORRUPT": ("the file is damaged", "Restore a copy, or move the file away and scan again"),
    "SQLITE_NOTADB": ("this is not an SQLite database", "Name another file"),
    "SQLITE_IOERR": ("the disk failed to read or write", "Check the disk, then run this again"),
    "55P03": ("another process is writing to it", "Let that one end, then run this again"),
    "40P01": ("another process is writing to it", "Let that one end, then run this again"),
    "53100": ("the server's disk is full", "Free some space there and run this again; what was saved before is kept"),
    "42501": ("this user may not do that", "Grant the role CREATE on the schema and write access to its tables"),
    "25006": ("the server is read-only", "Name the primary server"),
}


def default_url() -> str:
    """Return the URL of the user's own database, making its folder; `StoreError` where that cannot be."""
    file = resources.database_file()
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        todo = "Name a database with --database, or keep nothing with --no-store"
        raise StoreError(f"the folder cannot be made ({error.strerror})", str(file.parent), todo) from error
    return URL.create("sqlite", database=str(file)).render_as_string()


def parse(url: str) -> URL:
    """Return `url` taken apart; `StoreError` unless it names an SQLite file or a PostgreSQL database."""
    todo = "Write sqlite:///path/to/file.db or postgresql+psycopg://user@host/name"
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        # Without the text itself: it may hold a password.
        raise StoreError("the database URL cannot be read", todo=todo) from error
    if parsed.drivername not in _SCHEMES:
        raise StoreError(f"{parsed.drivername} databases are not supported", place(parsed), todo)
    if parsed.drivername == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise StoreError("a database in memory keeps nothing", place(parsed), todo)
    if parsed.drivername == "sqlite" and parsed.query:
        raise StoreError("an SQLite URL takes no options", place(parsed), todo)
    return parsed


def place(url: URL) -> str:
    """Return where `url` points, as messages name it: the file, or the URL without its password."""
    return url.database if url.drivername == "sqlite" and url.database else url.render_as_string(hide_password=True)


def connect(url: URL, wait: float) -> Engine:
    """Return an engine for a parsed URL; a lock held elsewhere is waited for `wait` seconds."""
    if url.drivername == "sqlite":
        return _sqlite(url, wait, foreign_keys="ON")
    return _postgres(url, wait)


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Give a connection that sees one state of the database; writers are not kept waiting."""
    with refusing(place(engine.url)), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Give a connection in one transaction: all of it is kept, or, on any error, nothing."""
    with refusing(place(engine.url)), engine.connect() as connection:
        connection = connection.execution_options(**{_WRITING: True})
        with connection.begin():
            yield connection


@contextmanager
def alone(engine: Engine, name: str) -> Iterator[None]:
    """Hold a lock called `name` for a `with` block, or raise `StoreError`; it falls with the process that holds it."""
    where = place(engine.url)
    with ExitStack() as stack:
        try:
            stack.enter_context(_lock_file(where, name) if engine.dialect.name == "sqlite" else _lock(engine, name))
        except _TakenError:
            todo = "Let that one end, or stop it, then run this again"
            raise StoreError(f"another process is at {name} with this database", where, todo) from None
        yield


def write_anew(engine: Engine) -> None:
    """Write an SQLite file anew, without the remains of rows that were deleted (sqlite.org/lang_vacuum.html).

    PostgreSQL clears deleted rows away by itself. `StoreError` where the disk has no room for a second copy.
    """
    if engine.dialect.name != "sqlite":
        return
    with refusing(place(engine.url)), closing(engine.raw_connection()) as connection:
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextmanager
def refusing(where: str) -> Iterator[None]:
    """Turn what a database driver raises into a `StoreError` that says what, where and what to do."""
    try:
        yield
    except DBAPIError as error:
        raise _refusal(error.orig, where) from error
    except sqlite3.Error as error:  # raised while a connection is being set up
        raise _refusal(error, where) from error


def upgrade(url: str, wait: float = WAIT) -> None:
    """Bring the database at `url` to this version's schema, making the SQLite file (mode 0600) where there is none.

    `StoreError` where it belongs to a newer hubscan or to something else; then nothing was changed.
    """
    parsed = parse(url)
    _make_file(parsed)
    engine = connect(parsed, wait)
    try:
        with reading(engine) as connection:
            if _at_head(connection):
                return
    finally:
        engine.dispose()
    _migrate(parsed, wait)


def schema(connection: Connection) -> tuple[str, bool]:
    """Return the revision of an open database ("" for none), and whether it is this version's.

    `StoreError` where it belongs to a newer hubscan or to something else.
    """
    return MigrationContext.configure(connection).get_current_revision() or "", _at_head(connection)


def head() -> str:
    """Return the revision of this version's schema."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def _migrate(url: URL, wait: float) -> None:
    # SQLite rebuilds a table to alter it, and the rows that point to it must not mind.
    engine = _sqlite(url, wait, foreign_keys="OFF") if url.drivername == "sqlite" else _postgres(url, wait)
    try:
        with writing(engine) as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()


def _at_head(connection: Connection) -> bool:
    where = place(connection.engine.url)
    revision = MigrationContext.configure(connection).get_current_revision()
    if revision is None and inspect(connection).get_table_names():
        raise StoreError("the database holds tables of something else", where, "Name a database of hubscan's own")
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if revision is not None and revision not in known:
        todo = "Update hubscan, or name another database"
        raise StoreError(f"the database was written by a newer hubscan (schema {revision})", where, todo)
    return revision == head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _make_file(url: URL) -> None:
    if url.drivername != "sqlite" or Path(place(url)).exists():
        return
    try:
        os.close(os.open(place(url), os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        todo = (
            "Make its folder and let this user write there, name another file with --database, or scan with --no-store"
        )
        raise StoreError(f"the database cannot be made ({error.strerror})", place(url), todo) from error


def _sqlite(url: URL, wait: float, foreign_keys: str) -> Engine:
    engine = create_engine(url, connect_args={"timeout": wait}, **_JSON)

    @event.listens_for(engine, "connect")
    def _(connection: sqlite3.Connection, _: object) -> None:
        # The driver would begin transactions by itself, and only before some statements; here they are explicit.
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(f"PRAGMA foreign_keys={foreign_keys}")

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        # A writer asks for the lock at once: a reader that turned writer later could not wait for it.
        write = connection.get_execution_options().get(_WRITING)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def _postgres(url: URL, wait: float) -> Engine:
    try:
        engine = create_engine(url, **_JSON)
    except ModuleNotFoundError as error:
        todo = "Install it with: pip install 'hubscan[postgres]'"
        raise StoreError("PostgreSQL needs the psycopg package", place(url), todo) from error

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        if connection.get_execution_options().get(_WRITING):
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {int(wait * 1000)}")

    return engine


class _TakenError(Exception):
    """A lock is held by another process."""


@contextmanager
def _lock_file(database: str, name: str) -> Iterator[None]:
    # An empty database beside the real one: its locks are the operating system's, on every system alike.
    with refusing(f"{database}.{name}.lock"), closing(sqlite3.connect(f"{database}.{name}.lock", timeout=0)) as lock:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorname", "") == "SQLITE_BUSY":
                raise _TakenError from error
            raise
        yield


@contextmanager
def _lock(engine: Engine, name: str) -> Iterator[None]:
    number = zlib.crc32(name.encode())
    with refusing(place(engine.url)), engine.connect() as connection:
        held = connection.scalar(text("SELECT pg_try_advisory_lock(:space, :name)"), _advisory(number))
        connection.commit()  # the lock is the session's: no transaction need stay open for hours
        if not held:
            raise _TakenError
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:space, :name)"), _advisory(number))


def _advisory(number: int) -> dict[str, int]:
    return {"space": _MIGRATION_LOCK % 2**31, "name": number - 2**31}


_JSON: dict[str, Any] = {"json_serializer": codec.dumps}


def _refusal(error: BaseException | None, where: str) -> StoreError:
    code = getattr(error, "sqlite_errorname", None) or getattr(error, "sqlstate", None) or ""
    for prefix, (what, todo) in _REFUSALS.items():
        if code.startswith(prefix):
            return StoreError(what, where, todo)
    said = str(error).strip().partition("\n")[0].rpartition("FATAL:")[2].strip() or type(error).__name__
    if not code and type(error).__module__.startswith("psycopg"):  # a failed connection carries no SQLSTATE
        todo = "Check that the server runs and that the URL is right"
        return StoreError(f"no connection to the server ({said})", where, todo)
    return StoreError(f"the database refused ({said})", where)
