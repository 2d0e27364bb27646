import sqlite3
import stat
import sys
import threading
import time
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import make_url

from hubscan.errors import StoreError
from hubscan.store import Store, database, default_url, upgrade
from hubscan.store.tables import metadata

BAD_URLS = {
    "mysql://me:secret@host/db": "mysql databases are not supported",
    "postgresql://me:secret@host/db": "postgresql databases are not supported",
    "sqlite://": "in memory keeps nothing",
    "sqlite:///:memory:": "in memory keeps nothing",
    "sqlite:///x.db?mode=ro": "takes no options",
    "/some/file.db": "cannot be read",
    "": "cannot be read",
}


def start(store):
    return store.start_run("dump", "all", {}, (), "0.1.0")


@pytest.mark.parametrize(("url", "message"), BAD_URLS.items())
def test_a_bad_url_is_refused_without_its_password(url, message):
    with pytest.raises(StoreError, match=message) as caught, Store.open(url):
        pass
    assert "secret" not in str(caught.value)
    assert caught.value.todo


def test_the_file_is_its_owners_alone(tmp_path, sqlite_url):
    with Store.open(sqlite_url) as store:
        start(store)
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {"hubscan.db": 0o600, "hubscan.db-wal": 0o600, "hubscan.db-shm": 0o600}


def test_the_default_is_in_the_users_data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    with Store.open(default_url()) as store:
        start(store)
    assert (tmp_path / "data" / "hubscan" / "hubscan.db").is_file()
    assert stat.S_IMODE((tmp_path / "data" / "hubscan").stat().st_mode) == 0o700


def test_a_home_that_cannot_be_written(tmp_path, monkeypatch):
    (tmp_path / "data").write_text("a file, not a folder")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    with pytest.raises(StoreError, match="folder cannot be made") as caught:
        default_url()
    assert "--no-store" in caught.value.todo


@pytest.mark.parametrize("place", ["nowhere/x.db", "file/x.db", "/proc/x.db", "folder"])
def test_a_file_that_cannot_be_made(tmp_path, monkeypatch, place):
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    Path("file").write_text("")
    with pytest.raises(StoreError, match=r"cannot be (made|opened)") as caught, Store.open(f"sqlite:///{place}"):
        pass
    assert caught.value.where == place


def test_a_file_of_another_kind(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("these are notes\n" * 400)
    with pytest.raises(StoreError, match="not an SQLite database"), Store.open(f"sqlite:///{path}"):
        pass
    assert path.read_text().startswith("these are notes")


def test_a_damaged_file(tmp_path, sqlite_url, judged):
    with Store.open(sqlite_url) as store:
        store.save(start(store), [judged(f"repo-{number}") for number in range(500)])
    path = tmp_path / "hubscan.db"
    damaged = bytearray(path.read_bytes())
    damaged[4096 * 8 :] = b"\xff" * (len(damaged) - 4096 * 8)
    path.write_bytes(damaged)
    with pytest.raises(StoreError, match="damaged") as caught, Store.open(sqlite_url) as store:
        list(store.stored())
    assert caught.value.where == str(path)


@pytest.mark.parametrize(
    ("pragma", "message"), [("max_page_count=1", "the disk is full"), ("query_only=ON", "cannot be written")]
)
def test_a_write_that_fails_keeps_what_was_saved(sqlite_url, judged, pragma, message):
    with Store.open(sqlite_url) as store:
        run = start(store)
        store.save(run, [judged("a")])
        with store.reading() as connection:  # the pool hands the same connection out again
            connection.exec_driver_sql(f"PRAGMA {pragma}")
        with pytest.raises(StoreError, match=message):
            store.save(run, [judged(f"repo-{number}", "word " * 999) for number in range(500)])
    with Store.open(sqlite_url) as store:
        assert [stored.native["id"] for stored in store.stored()] == ["a"]


def test_a_second_writer_waits(database_url, judged):
    with Store.open(database_url) as one, Store.open(database_url) as two:
        run = start(one)
        one.save(run, [judged("a", "old")])
        holding = threading.Event()

        def hold() -> None:
            with one.writing() as connection:
                connection.exec_driver_sql("UPDATE records SET url = 'x'")
                holding.set()
                time.sleep(0.3)

        holder = threading.Thread(target=hold)
        holder.start()
        holding.wait(5)
        two.save(run, [judged("a", "new")])
        holder.join()
        assert two.record(judged("a")[1].ref).card == "new"


def test_a_second_writer_gives_up_in_the_end(database_url, judged):
    with Store.open(database_url) as one, Store.open(database_url, wait=0.1) as two:
        run = start(one)
        one.save(run, [judged("a")])
        with one.writing() as connection:
            connection.exec_driver_sql("UPDATE records SET url = 'x'")
            with pytest.raises(StoreError, match="another process is writing") as caught:
                two.save(run, [judged("a", "new")])
            assert two.record(judged("a")[1].ref).card == "text", "readers are not kept waiting"
    assert caught.value.todo


def test_the_migrations_make_the_tables(database_url):
    with Store.open(database_url) as store, store.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_upgrading_again_changes_nothing(tmp_path, sqlite_url):
    upgrade(sqlite_url)
    before = (tmp_path / "hubscan.db").read_bytes()
    upgrade(sqlite_url)
    assert (tmp_path / "hubscan.db").read_bytes() == before


def test_opening_at_once_makes_one_database(database_url):
    errors = []

    def open_it() -> None:
        try:
            upgrade(database_url)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_a_newer_schema_is_left_alone(database_url):
    with Store.open(database_url) as store, store.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'r9999'")
    with pytest.raises(StoreError, match=r"newer hubscan \(schema r9999\)"), Store.open(database_url):
        pass


def test_a_database_of_something_else_is_left_alone(tmp_path):
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE runs (x)")
    with pytest.raises(StoreError, match="something else"), Store.open(f"sqlite:///{path}"):
        pass
    with sqlite3.connect(path) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("runs",)]


def test_postgres_without_its_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match="needs the psycopg package") as caught:
        database.connect(make_url("postgresql+psycopg://me:secret@host/db"), 1)
    assert "hubscan[postgres]" in caught.value.todo
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"port": 1}, "no connection to the server"),
        ({"database": "nowhere"}, 'database "nowhere" does not exist'),
        ({"password": "wrong"}, "password authentication failed"),
    ],
)
def test_a_server_that_refuses(postgres_server, change, message):
    url = make_url(f"{postgres_server}/postgres").set(**change).render_as_string(hide_password=False)
    with pytest.raises(StoreError, match=message) as caught, Store.open(url):
        pass
    assert caught.value.todo
    assert make_url(url).password not in str(caught.value)
