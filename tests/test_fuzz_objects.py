"""The fuzzing of API objects finds nothing, and would find something."""

import random
import runpy
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from hubscan import features

FUZZ = runpy.run_path(str(Path(__file__).parent.parent / "benchmarks" / "fuzz_objects.py"))


def test_damaged_objects_of_every_hub_raise_nothing():
    rng, whole = random.Random(3), FUZZ["objects"]()
    assert {stored.hub for stored in whole} >= {"huggingface", "civitai", "modelscope", "modelscope_ai", "ollama"}
    ends = Counter()
    for _ in range(3000):
        stored = rng.choice(whole)
        ends[FUZZ["outcome"](replace(stored, native=FUZZ["damaged"](dict(stored.native), rng)))] += 1
    assert set(ends) == {"record", "error: no-id"}


def test_the_same_seed_gives_the_same_damage():
    native = FUZZ["objects"]()[0].native
    assert FUZZ["damaged"](native, random.Random(5)) == FUZZ["damaged"](native, random.Random(5)) != native


def test_an_exception_is_seen(monkeypatch, capsys):
    monkeypatch.setitem(FUZZ["main"].__globals__, "outcome", lambda stored: features.FACTS[stored])
    monkeypatch.setattr("sys.argv", ["fuzz_objects.py", "--count", "2"])
    with pytest.raises(SystemExit) as ended:
        FUZZ["main"]()
    assert ended.value.code
    assert "RAISED" in capsys.readouterr().out
