"""Review killed at random moments: nothing that was said to be done is lost, and repeating it doubles nothing.

`HUBSCAN_KILLS` is how often each step is killed, by default 4 times.
"""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from hubscan import caseflow, cases
from hubscan.casework import EventKind, Notice, Verdict
from hubscan.findings import Severity
from hubscan.records import RepoRef
from hubscan.store import Store
from hubscan.store.tables import checks, decisions, queue, requests, snapshots

ROOT = Path(__file__).parent.parent
KILLS = int(os.environ.get("HUBSCAN_KILLS", "4"))
NUMBER = 150
NOW, NEXT_DAY = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"

# Each says the number of a case when it is done with it.
DECIDE = """
import sys
from hubscan import cases
from hubscan.store import Store

with Store.open(sys.argv[1]) as store:
    print("begun", flush=True)
    for number in range(int(sys.argv[2]), int(sys.argv[3]) + 1):
        cases.decide(store, number, "confirmed", reviewer="r-1", reason="so", now=store.now())
        print(number, flush=True)
"""
CHECK = """
import sys
from hubscan import followup
from hubscan.followup import CheckLedger, Means
from hubscan.http import Client, Settings
from hubscan.hubs import base
from hubscan.store import Store

with Store.open(sys.argv[1], lambda: "2026-01-02T00:00:00Z") as store:
    print("begun", flush=True)
    ledger = CheckLedger()
    with Client(Settings(endpoint=sys.argv[2]), ledger) as client:
        means = Means(store, base.connector("huggingface"), client, ledger)
        for case, check in followup.run(means, followup.due(store, "huggingface", store.now())):
            print(case.number, flush=True)
"""


def run(script: str, *arguments: object, kill_after: float | None) -> list[int]:
    """Run a script, kill it so many seconds after it has begun (None: let it end), and return what it said was done."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as process:
        assert process.stdout.readline() == "begun\n"
        if kill_after is not None:
            time.sleep(kill_after)
            process.send_signal(signal.SIGKILL)
        said = [int(line) for line in process.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
        assert process.wait() == (0 if kill_after is None else -signal.SIGKILL) or kill_after is not None
        return said


@pytest.fixture
def opened(database_url, judged, finding):
    """A database with `NUMBER` open cases."""
    with Store.open(database_url, lambda: NOW) as store:
        refs = [RepoRef("huggingface", "model", f"org/r{number}", "a" * 40) for number in range(NUMBER)]
        batch = [judged(ref.repo_id, "x", finding(ref, "1")) for ref in refs]
        store.save(store.start_run("dump", "all", {}, (), "0.1.0"), batch)
        cases.open_cases(store, store.findings(), Severity.MEDIUM, NOW)
    return database_url


def count(connection, table, *where):
    return connection.scalar(select(func.count()).select_from(table).where(*where))


def assert_sound(store):
    """The queue is what the events come to, and every event that has a row beside it has one."""
    with store.reading() as connection:
        states = dict(connection.execute(select(queue.c.case_number, queue.c.state)).all())
        told = list(cases.list_cases(store))
        assert {case.number: caseflow.state_of(case.events).value for case in told} == states
        for kind, table in ((EventKind.DECIDED, decisions), (EventKind.CHECKED, checks)):
            assert sum(event.kind is kind for case in told for event in case.events) == count(connection, table)


def test_killed_while_deciding(opened):
    done: list[int] = []
    for _ in range(KILLS):
        wait = random.uniform(0, 0.3)
        done += run(DECIDE, opened, len(done) + 1, NUMBER, kill_after=wait)  # the last one may be repeated
        with Store.open(opened) as store, store.reading() as connection:
            kept = set(connection.scalars(select(decisions.c.case_number)))
            assert set(done) <= kept, "what was said to be done is kept"
            assert len(kept) <= len(done) + 1
            assert_sound(store)
    done += run(DECIDE, opened, len(done) + 1, NUMBER, kill_after=None)
    with Store.open(opened) as store, store.reading() as connection:
        assert count(connection, decisions) == count(connection, snapshots) == NUMBER, "nothing is doubled"
        assert done == list(range(1, NUMBER + 1))
        assert_sound(store)


def test_killed_while_checking(opened, hub, repo):
    with Store.open(opened, lambda: NOW) as store:
        for number in range(1, NUMBER + 1):
            cases.decide(store, number, Verdict.CONFIRMED, reviewer="r-1", reason="so", now=NOW)
            cases.record_notice(store, Notice(number, "hub-policy.en", "restricted", "html", NOW), "0" * 64)
    served = hub([repo(f"org/r{number}", sha="a" * 40) for number in range(NUMBER)])
    done: list[int] = []
    for last in (*[False] * KILLS, True):
        done += run(CHECK, opened, served.url, kill_after=None if last else random.uniform(0, 0.5))
        with Store.open(opened) as store, store.reading() as connection:
            kept = list(connection.scalars(select(checks.c.case_number)))
            assert len(kept) == len(set(kept)), "nothing is checked twice"
            assert set(done) <= set(kept)
            assert count(connection, requests) >= len(kept), "no check without its request in the ledger"
            assert_sound(store)
    assert len(kept) == NUMBER
