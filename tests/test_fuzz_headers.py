"""The fuzzing of header readers finds nothing, and would find something."""

import importlib.util
import sys
from pathlib import Path

import pytest

from hubscan import headers

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def fuzz():
    spec = importlib.util.spec_from_file_location("fuzz_headers", ROOT / "benchmarks" / "fuzz_headers.py")
    module = sys.modules["fuzz_headers"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    del sys.modules["fuzz_headers"]


def test_damaged_headers_raise_nothing_and_cost_no_more_than_the_cap(fuzz):
    result = fuzz.run(4000, seed=2)
    assert result.failures == []
    assert result.ends.total() == 4000
    assert result.largest <= fuzz.MEMORY
    ends = {end.split()[1] for end in result.ends}
    assert ends >= {fault.value for fault in headers.Fault} - {"too_many", "big_endian"} | {"whole"}


def test_the_same_seed_gives_the_same_headers(fuzz):
    assert [fuzz.header(number, 1) for number in range(40)] == [fuzz.header(number, 1) for number in range(40)]
    assert fuzz.run(40, 1).ends == fuzz.run(40, 1).ends


@pytest.mark.parametrize("suffix", [".safetensors", ".gguf"])
def test_whole_headers_are_whole(fuzz, suffix):
    assert fuzz.read_all(suffix, fuzz.Source(fuzz.WHOLE[suffix])) == f"{suffix} whole"


def test_what_a_reader_raises_is_counted(fuzz, monkeypatch):
    def broken(*_):
        raise KeyError("x")

    monkeypatch.setattr(fuzz, "read_all", broken)
    assert len(fuzz.run(8, 1).failures) == 8


def test_a_reader_that_takes_the_whole_file_is_counted(fuzz, monkeypatch):
    monkeypatch.setattr(fuzz, "read_all", lambda _, source: source(0, fuzz.CAP + 1) and "x")
    assert all("asked for" in failure for failure in fuzz.run(8, 1).failures)
    assert len(fuzz.run(8, 1).failures) == 8
