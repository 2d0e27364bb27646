"""An upgrade killed at random moments has not happened, or has happened whole."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from sqlalchemy import func, inspect, select, text

from hubscan.store import Store, database
from hubscan.store.tables import cases, decisions, notices, queue

from .conftest import CASES

KILLS = int(os.environ.get("HUBSCAN_KILLS", "4"))
UPGRADE = "import sys; from hubscan.store import upgrade; print('begun', flush=True); upgrade(sys.argv[1])"


def upgrade_and_kill(url: str, wait: float) -> None:
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent.parent)}
    with subprocess.Popen([sys.executable, "-c", UPGRADE, url], stdout=subprocess.PIPE, env=env) as process:
        process.stdout.readline()
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)


def test_killed_while_upgrading(old_url):
    for _ in range(KILLS):
        upgrade_and_kill(old_url, random.uniform(0, 0.6))
        engine = database.connect(database.parse(old_url), 5)
        with database.reading(engine) as connection:
            revision = connection.scalar(text("SELECT version_num FROM alembic_version"))
            assert revision in ("r0002", database.head())
            assert inspect(connection).has_table("queue") is (revision == database.head()), "whole, or not at all"
        engine.dispose()
    with Store.open(old_url) as store, store.reading() as connection:
        counts = [
            connection.scalar(select(func.count()).select_from(table)) for table in (cases, queue, decisions, notices)
        ]
    assert counts == [CASES, CASES, CASES * 2 // 3, CASES // 3]
