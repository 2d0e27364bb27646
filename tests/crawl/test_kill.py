"""A crawl killed at any moment goes on where it was: same records, same findings, nothing asked twice but in flight."""

import importlib.util
import random
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from hubscan import dumps

ROOT = Path(__file__).parent.parent.parent
SAMPLE = ROOT / "examples" / "sample-hub.jsonl"
KILLS, JOBS = 3, 4


@pytest.fixture(scope="module")
def bench():
    spec = importlib.util.spec_from_file_location("crawl_benchmark", ROOT / "benchmarks" / "crawl.py")
    module = sys.modules["crawl_benchmark"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    del sys.modules["crawl_benchmark"]


def several(times):
    """The sample hub a few times over, each repo under a name of its own."""
    for record in dumps.read([SAMPLE]):
        for number in range(times if record.hub == "huggingface" else 0):
            yield replace(record, native={**record.native, "id": f"{record.native['id']}-{number}"})


def test_killed_three_times(hub, bench, tmp_path):
    records = list(several(4))
    calm, rough = hub(records), hub(records)
    with bench.start(calm, f"sqlite:///{tmp_path}/calm.db", "--cards", "all") as process:
        pass
    assert process.returncode == 0
    hits = bench.crawl_with_kills(rough, f"sqlite:///{tmp_path}/rough.db", KILLS, 1.0, random.Random(7))
    assert hits == KILLS, "each kill met a crawl at work"
    assert bench.outcome(f"sqlite:///{tmp_path}/rough.db") == bench.outcome(f"sqlite:///{tmp_path}/calm.db")
    assert set(bench.asked(rough)) == set(bench.asked(calm))
    again = bench.asked(rough).total() - len(bench.asked(rough))
    assert again <= KILLS * JOBS
    assert len(rough.requests) - again == len(calm.requests)
