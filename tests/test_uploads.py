"""Uploaders' patterns: what a repo adds to the counts, and the second pass that asks for them."""

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select

from hubscan import bases, scan, uploads
from hubscan.engine.elsewhere import Known
from hubscan.engine.load import load
from hubscan.engine.match import Matcher
from hubscan.hubs import base as hubs
from hubscan.records import StoredRecord
from hubscan.store import Store, purging, tables
from hubscan.store import uploads as counting
from hubscan.uploads import Counts, Upload

RULE = "evasion/throwaway-uploads"
DAY = "2026-03-0{}T10:00:00.000Z"


def hf(repo_id, **native):
    return StoredRecord("huggingface", "model", {"id": repo_id, **native})


def civitai(number, user, kind):
    return StoredRecord("civitai", "model", {"id": number, "name": "001", "type": kind, "creator": {"username": user}})


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        (hf("moth/0417", tags=["LoRA"], createdAt=DAY.format(1)), Upload("moth", "2026-03-01", True, True)),
        (hf("moth/20240611", cardData={"library_name": "peft"}), Upload("moth", None, True, True)),
        (hf("moth/sea", tags=["base_model:adapter:a/b"]), Upload("moth", None, True, False)),
        (hf("moth/sea", siblings=[{"rfilename": "x/adapter_model.safetensors"}]), Upload("moth", None, True, False)),
        (hf("moth/sea", siblings=[{"rfilename": "model.safetensors"}]), Upload("moth", None, False, False)),
        (hf("moth/sea", tags=["base_model:finetune:a/b"]), Upload("moth", None, False, False)),
        (civitai(7, "wren", "LoCon"), Upload("wren", None, True, True)),
        (civitai(7, "wren", "Checkpoint"), Upload("wren", None, False, True)),
        (hf("gpt2"), None),
    ],
)
def test_what_a_repo_adds(stored, expected):
    assert uploads.of(hubs.parse(stored)) == expected


@pytest.fixture
def store(sqlite_url, ticking):
    with Store.open(sqlite_url, ticking) as opened:
        yield opened


@pytest.fixture(scope="module")
def rulebook():
    return load()


@pytest.fixture
def keep(store, rulebook):
    """Scan records as one dump, both passes, and return how often each rule found something in the second."""
    known = Known(lineage=bases.shipped(), uploaders={})
    matcher = Matcher(rulebook, known=scan.first_pass(known))

    def run(*records):
        tally = scan.Tally()
        begun = store.start_run("dump", "dump", {}, (), "test")
        first = list(scan.keep(scan.judge(records, matcher, tally), store, begun))
        again = list(scan.judge_uploaders(store, begun, rulebook, ("stable", "test"), known, tally))
        assert tally.findings == sum(len(found) for _, _, found in (*first, *again))
        assert tally.read == len(records)
        assert RULE not in {finding.rule.id for _, _, found in first for finding in found}
        delta = scan.finish(tally, store, begun)
        return Counter((f.rule.id, f.ref.repo_id) for _, _, found in again for f in found), delta

    return run


def bulk(user, number, day=1, name="0{:03}"):
    made = (hf(f"{user}/{name.format(n)}", tags=["lora"], createdAt=DAY.format(day)) for n in range(number))
    return list(made)


def test_a_batch_of_adapters_without_names_is_found_when_all_was_read(keep):
    found, delta = keep(*bulk("moth", 24), *bulk("wren", 12), *bulk("finch", 24, name="sea-{:03}"), hf("moth/sea"))
    assert found == {(RULE, f"moth/0{n:03}"): 1 for n in range(24)}
    assert len(delta.new) >= 24


def test_what_earlier_scans_kept_counts_and_is_not_reported_again(keep):
    assert keep(*bulk("moth", 16))[0] == {}
    found, _ = keep(*bulk("moth", 24)[16:])
    assert found == {(RULE, f"moth/0{n:03}"): 1 for n in range(16, 24)}


def test_findings_of_the_second_pass_stand_and_go_like_all_others(keep, store):
    keep(*bulk("moth", 24))
    keep(*bulk("moth", 24))
    assert sum(finding.rule.id == RULE for finding in store.findings()) == 24
    keep(*[hf(f"moth/{n}-sea", tags=["lora"]) for n in range(60)])
    assert sum(finding.rule.id == RULE for finding in store.findings()) == 0


def test_a_batch_spread_over_days_is_none(keep):
    spread = [record for day in range(1, 4) for record in bulk("moth", 8, day, name=f"{day}{{:03}}")]
    assert keep(*spread)[0] == {}


def test_uploaders_are_counted_by_hub(store, keep):
    keep(*bulk("moth", 3), civitai(1, "moth", "LORA"), civitai(2, "moth", "Checkpoint"))
    with store.reading() as connection:
        found = counting.crowded(connection, {"repos": 2})
        assert found == {("huggingface", "moth"): Counts(3, 3, 3, 3), ("civitai", "moth"): Counts(2, 1, 2, 0)}
        assert counting.crowded(connection, {"repos": 3, "adapters": 9}).keys() == {("huggingface", "moth")}
        assert counting.crowded(connection, {"busiest_day": 2}).keys() == {("huggingface", "moth")}
        assert counting.crowded(connection, {}) == {}


def test_without_a_store_the_rule_is_reported_as_not_run(rulebook):
    idle = {gap.rule: gap.reason for gap in scan.not_run(rulebook, ("stable", "test"))}
    assert idle[RULE] == "uploaders are counted in a database only"
    assert RULE not in {gap.rule for gap in scan.not_run(rulebook, ("stable", "test"), Known(uploaders={}))}


def test_rules_that_count_nobody_cost_no_second_pass(store, monkeypatch):
    plain = load([Path(__file__).parent.parent / "rules" / "ncii"])
    monkeypatch.setattr(counting, "crowded", None)
    run = store.start_run("dump", "dump", {}, (), "test")
    known = Known(uploaders={})
    assert list(scan.judge_uploaders(store, run, plain, ("stable",), known, scan.Tally())) == []


def test_a_purged_repo_leaves_nobody_s_name(store, keep):
    keep(*bulk("moth", 3))
    with store.writing() as connection:
        purging.forget(connection, [hubs.parse(record).ref for record in bulk("moth", 3)])
    with store.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(tables.uploads)) == 0
