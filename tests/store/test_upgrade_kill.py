"""`db upgrade` killed at random moments has not happened, or has happened whole; run again, it comes to the same.

`HUBSCAN_KILLS` is how often, for each kind of database; see `tests/test_cases_kill.py`.
"""

import os
import random
import shutil
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, make_url, text

from hubscan.store import database
from tests.forking import Moment, Workshop, at_rest

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("HUBSCAN_KILLS", "8"))


@pytest.fixture
def copies(old_url, tmp_path):
    """Make copies of the old database: a function that returns the URL of the next."""
    if old_url.startswith("sqlite"):
        source = Path(make_url(old_url).database)
        numbers = iter(range(10_000))

        def copy() -> str:
            target = tmp_path / f"copy-{next(numbers)}.db"
            shutil.copyfile(source, target)
            return f"sqlite:///{target}"

        yield copy
        return
    admin = create_engine(make_url(old_url).set(database="template1"), isolation_level="AUTOCOMMIT")

    def run(statement: str) -> None:
        with admin.connect() as connection:
            connection.exec_driver_sql(statement)

    def create() -> str:
        run("DROP DATABASE IF EXISTS upgraded WITH (FORCE)")
        run("CREATE DATABASE upgraded TEMPLATE postgres")
        admin.dispose()  # `at_rest` waits for whoever else is connected
        return make_url(old_url).set(database="upgraded").render_as_string(hide_password=False)

    yield create
    run("DROP DATABASE IF EXISTS upgraded WITH (FORCE)")
    admin.dispose()


def everything(url):
    """Return the schema and the rows of all tables."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            told = inspect(connection)
            tables = sorted(told.get_table_names())
            rows = {name: sorted(map(repr, connection.execute(text(f'SELECT * FROM "{name}"')))) for name in tables}
            return rows, {
                name: (
                    [{**column, "type": repr(column["type"])} for column in told.get_columns(name)],
                    told.get_pk_constraint(name),
                    sorted(map(repr, told.get_foreign_keys(name))),
                    sorted(map(repr, told.get_indexes(name))),
                    sorted(map(repr, told.get_unique_constraints(name))),
                )
                for name in tables
            }
    finally:
        engine.dispose()


def test_killed_while_upgrading(old_url, copies, tmp_path):
    chance, codes = random.Random("upgrade"), []
    before = everything(old_url)
    with Workshop(tmp_path) as workshop:
        url = copies()
        whole = workshop.run("db", "upgrade", "--database", url)
        assert whole.code == 0, whole.said
        after = everything(url)
        assert after[0]["alembic_version"] == [f"('{database.head()}',)"]
        for _ in range(KILLS):
            url, pause = copies(), whole.seconds / whole.steps
            moment = Moment(chance.randint(1, whole.steps), chance.uniform(0, 2 * pause))
            ended = workshop.run("db", "upgrade", "--database", url, kill=moment)
            codes.append(ended.code)
            at_rest(url)
            kept = everything(url)
            assert kept == after if "is at schema" in ended.said else kept in (before, after), "whole, or not at all"
            assert workshop.run("db", "upgrade", "--database", url).code == 0
            assert everything(url) == after
    assert codes.count(-9) >= 0.5 * KILLS
