"""The throughput benchmark measures what it says: distinct records, the same bytes, real programs."""

import gzip
import importlib.util
import json
import shutil
import sys
from pathlib import Path

import pytest

from hubscan.dumps import from_row
from hubscan.engine.load import load
from hubscan.engine.match import Matcher
from hubscan.hubs import base

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def throughput():
    spec = importlib.util.spec_from_file_location("throughput", ROOT / "benchmarks" / "throughput.py")
    module = sys.modules["throughput"] = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(ROOT / "benchmarks"))
    spec.loader.exec_module(module)
    sys.path.remove(str(ROOT / "benchmarks"))
    yield module
    del sys.modules["throughput"]


@pytest.fixture
def corpus(throughput, tmp_path):
    lines = (ROOT / "examples" / "sample-hub.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    usable = [line for line in lines if '"hub": "huggingface"' in line]
    for name, part in zip(throughput.SOURCES, (usable[:20], usable[20:25]), strict=True):
        (tmp_path / name).write_bytes(gzip.compress("".join(part).encode()))
    path = tmp_path / "corpus.jsonl"
    return path, throughput.write_corpus(path, tmp_path, 200_000, ["lantern"])


def test_a_round_of_the_corpus_spells_rare_words_anew_and_keeps_those_of_the_packs(throughput, tmp_path):
    line = {"native": {"id": "org/x", "pipeline_tag": "Rarely", "tags": ["common", "Rarely"]}, "card": "common lantern"}
    more = {"native": {"id": "org/y"}, "card": "common " * 20}
    for name, record in zip(throughput.SOURCES, (line, more), strict=True):
        (tmp_path / name).write_bytes(gzip.compress(json.dumps(record).encode()))
    throughput.write_records(tmp_path / "c.jsonl", tmp_path, 5, ["oil lantern"])
    first, _, second, _, third = map(json.loads, (tmp_path / "c.jsonl").read_text(encoding="utf-8").splitlines())
    assert first == {**line, "native": {**line["native"], "id": "org/x-1"}}
    spelled = [record["native"]["tags"][1] for record in (first, second, third)]
    assert len(set(spelled)) == 3
    assert {len(word) for word in spelled} == {6}
    for record in (second, third):
        assert record["card"] == "common lantern"
        assert record["native"]["tags"][0] == "common"
        assert record["native"]["pipeline_tag"] == "Rarely"


def test_the_corpus_repeats_its_sources_under_distinct_ids(corpus):
    path, records = corpus
    ids = [json.loads(line)["native"]["id"] for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(ids) == len(set(ids)) == records > 25
    assert path.stat().st_size >= 200_000


def test_ripgrep_reads_the_whole_corpus(throughput, corpus, tmp_path):
    if not shutil.which("rg"):
        pytest.skip("ripgrep is missing: apt-get install ripgrep")
    path, records = corpus
    (tmp_path / "words").write_text("CREATEDAT\n")
    run = throughput.run_ripgrep(path, records, tmp_path / "words")
    assert path.with_name("hits").read_text().split() == ["createdAt"] * records
    assert run.size == path.stat().st_size


def test_the_loop_runs_over_a_sample_spread_over_the_corpus(throughput, corpus):
    path, _ = corpus
    lines = throughput.sample(path, 50_000)
    assert 25_000 < sum(map(len, lines)) < 100_000
    assert lines[0] == path.read_text(encoding="utf-8").splitlines(keepends=True)[0]


def test_the_table_compares_each_run_with_the_first(throughput):
    runs = [throughput.Run("a", 10, 4_000_000, 2, 2, 50), throughput.Run("b", 10, 4_000_000, 1, 1)]
    rows = throughput.table(runs).splitlines()
    assert rows[1].split() == ["a", "5", "2.00", "2.000", "2.00", "2.00", "50", "1.0000"]
    assert rows[2].split() == ["b", "10", "4.00", "4.000", "1.00", "1.00", "-", "2.0000"]


def test_a_failing_program_ends_the_benchmark_with_its_own_words(throughput, tmp_path):
    with pytest.raises(SystemExit, match="no such file"):
        throughput.timed(["sh", "-c", "echo no such file >&2; exit 7"], frozenset({0}), tmp_path / "out")


@pytest.mark.usefixtures("corpus")
def test_a_corpus_may_be_asked_for_by_its_number_of_records(throughput, tmp_path):
    assert throughput.write_records(tmp_path / "thirty.jsonl", tmp_path, 30, ()) == 30
    assert len((tmp_path / "thirty.jsonl").read_text(encoding="utf-8").splitlines()) == 30


def test_copies_of_the_rules_load_beside_them_and_find_nothing_more(throughput, tmp_path):
    rules = ROOT / "rules"
    throughput.write_copies(rules, tmp_path / "copies", 2)
    alone, more = load(), load([rules, tmp_path / "copies"])
    assert {rule.id for rule in alone.rules} < {rule.id for rule in more.rules}
    assert len(more.rules) - len(alone.rules) == 2 * sum("words" in str(rule.trees) for rule in alone.rules)
    assert len(more.vocabularies) == 3 * len(alone.vocabularies)
    marked = {
        "hub": "huggingface",
        "native": {"id": "org/x", "tags": ["abliterated", "license:mit"]},
        "card": "A card.",
    }
    stored = from_row(marked, "here")
    found = [finding.rule.id for finding in Matcher(more).match(base.parse(stored))]
    assert found == ["safeguard-removal/language-model"]


@pytest.mark.usefixtures("throughput")
def test_hostile_cards_are_of_one_size_and_each_is_timed(monkeypatch):
    strain = sys.modules["strain"]
    monkeypatch.setattr(strain, "HOSTILE_CHARACTERS", 20_000)
    cards = strain.hostile_cards(["lantern", "oil lamp"])
    assert {len(card) for card in cards.values()} == {20_000}
    assert [name for name, _ in strain.hostile_times(["lantern", "oil lamp"])] == list(cards)
