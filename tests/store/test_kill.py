"""A scan killed at any moment leaves whole batches, and the next one takes up from there."""

import os
import signal
import subprocess
import sys
import time

import pytest
from sqlalchemy import func, select

from hubscan.findings import Coverage
from hubscan.store import Store
from hubscan.store.tables import findings, records, runs

BATCH, BATCHES = 20, 150

# Says a line for each batch that save() returned from. Its items are those of `batch` below.
SCAN = """
import sys
from hubscan.findings import Confidence, Finding, RuleRef, Severity
from hubscan.records import RepoRecord, RepoRef, StoredRecord
from hubscan.store import Store

def item(name):
    ref = RepoRef("huggingface", "model", name)
    rule = RuleRef("demo/first", "v1", "stable", "evasion", "A rule")
    finding = Finding(name, rule, ref, "", Severity.LOW, Confidence.LOW, (), ())
    return StoredRecord("huggingface", "model", {"id": name}), RepoRecord(ref=ref, url="", title=name), (finding,)

def batch(number, size):
    return [item(f"{number:03}-{place:02}") for place in range(size)]

if __name__ == "__main__":
    url, size, batches = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    with Store.open(url) as store:
        run = store.start_run("dump", "all", {}, (), "0.1.0")
        for number in range(batches):
            store.save(run, batch(number, size))
            print(number, flush=True)
"""


def scan_and_kill(script, url: str, wait: float) -> int:
    """Kill a scan `wait` seconds after its first batch, and return how many batches it had said were done."""
    command = [sys.executable, str(script), url, str(BATCH), str(BATCHES)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": "."}) as process:
        first = process.stdout.readline()
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        return len((first + process.stdout.read()).split())


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "scan.py"
    path.write_text(SCAN, encoding="utf-8")
    return path


def test_killed_while_saving(database_url, script):
    names: dict[str, object] = {"__name__": "script"}
    exec(SCAN, names)
    for wait in (0, 0.007, 0.05):
        done = scan_and_kill(script, database_url, wait)
        assert 0 < done < BATCHES, "killed in the middle"
        with Store.open(database_url) as store:
            kept, found = count(store, records), count(store, findings)
        assert kept == found
        assert kept % BATCH == 0, "whole batches only"
        assert kept >= done * BATCH, "what was said to be done is kept"
    with Store.open(database_url) as store:
        run = store.start_run("dump", "all", {}, (), "0.1.0")
        for number in range(BATCHES):
            store.save(run, names["batch"](number, BATCH))
        store.finish_run(run, Coverage())
        assert count(store, records) == count(store, findings) == BATCH * BATCHES
        assert len(store.delta(run).new) == BATCH * BATCHES, "no killed run reported any of it"
        with store.reading() as connection:
            open_runs = select(func.count()).where(runs.c.finished_at.is_(None))
            assert connection.scalar(open_runs) == 3


def count(store: Store, table) -> int:
    with store.reading() as connection:
        return connection.scalar(select(func.count()).select_from(table))
