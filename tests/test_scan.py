"""The pipeline from Python: dump lines or records in, findings out, no database."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import hubscan
from hubscan import scan, wire
from hubscan.engine.load import load
from hubscan.engine.match import Matcher
from hubscan.errors import UsageError
from hubscan.findings import ScanError, SkippedRepo
from hubscan.hubs import base
from hubscan.records import RepoRef, StoredRecord
from hubscan.scan import Tally, not_run, report
from hubscan.store import Store

ROOT = Path(__file__).parent.parent
PACK = ROOT / "rules" / "ncii"
MARKED = {"hub": "huggingface", "kind": "model", "native": {"id": "org/lora", "tags": ["nudify"]}, "card": None}


def test_dump_lines_give_findings():
    (finding,) = hubscan.scan_records([MARKED], packs=[str(PACK)])
    assert wire.finding(finding)["schema"] == "hubscan.finding/1"
    assert (finding.rule.id, finding.ref.repo_id, finding.facets) == ("ncii/undress-tools", "org/lora", ("tags",))
    assert (finding.evidence[0].span.field, finding.evidence[0].span.start) == ("tags[0]", 0)


def test_records_give_what_their_lines_give():
    record = base.parse(StoredRecord(**MARKED))
    assert list(hubscan.scan_records([record], packs=[PACK])) == list(hubscan.scan_records([MARKED], packs=[PACK]))


def test_findings_come_record_by_record():
    def endless():
        while True:
            yield MARKED

    found = hubscan.scan_records(endless(), packs=[PACK])
    assert next(found).fingerprint == next(found).fingerprint


@pytest.mark.parametrize("line", [{}, {"hub": "huggingface"}, {**MARKED, "native": {}}, {**MARKED, "hub": "elsewhere"}])
def test_a_line_that_is_no_record_is_named_by_its_number(line):
    with pytest.raises(UsageError, match="record 2"):
        list(hubscan.scan_records([MARKED, line], packs=[PACK]))


def test_importing_the_package_loads_nothing():
    code = "import sys, hubscan; print(sorted(name for name in sys.modules if name.startswith('hubscan.')))"
    assert json.loads(subprocess.check_output([sys.executable, "-c", code], cwd=ROOT).decode() or "[]") == []


def test_rules_that_did_not_run_are_told_apart():
    rulebook = load([ROOT / "rules" / "documentation"])
    idle = not_run(rulebook, ("stable",))
    assert {gap.rule for gap in idle} == {rule.id for rule in rulebook.rules if rule.status != "stable"}
    times = {"started_at": "2026-01-01T00:00:00Z", "finished_at": "2026-01-01T00:00:01Z"}
    told = report(Tally(), rulebook, [], source="dump x", settings={}, not_run=idle, unknown=("A.",), **times)
    assert told.rules.keys() == {rule.id for rule in rulebook.rules if rule.status == "stable"}
    assert sum(pack.rules for pack in told.packs) == len(told.rules)
    assert told.coverage.unknown == ("A.",)


MADE = [
    StoredRecord("huggingface", "model", {"id": f"org/r{n}", "tags": ["nudify"] * (n % 2)}, "card", where=str(n))
    for n in range(5)
]
BROKEN = StoredRecord("huggingface", "model", {}, where="line 9")
FOREIGN = StoredRecord("elsewhere", "model", {"id": "x"}, where="line 10")
UNREAD = ScanError("line 11", "not-json", "no JSON")
REF = RepoRef("huggingface", "model", "org/r0")


def judged(source, tally):
    return list(scan.judge(source, Matcher(load([PACK])), tally))


def test_skips_and_errors_are_values_and_the_rest_goes_on():
    tally = Tally()
    found = judged([MADE[0], UNREAD, SkippedRepo(REF, "gated"), BROKEN, FOREIGN, MADE[1]], tally)
    assert [(stored.where, len(findings)) for stored, _, findings in found] == [("0", 0), ("1", 1)]
    assert (tally.listed, tally.read, tally.cards, tally.findings) == (6, 2, 2, 1)
    assert [error.where for error in tally.errors] == ["line 11", "line 9", "line 10"]
    assert tally.skipped == [SkippedRepo(REF, "gated")]
    assert not tally.coverage().complete


def test_an_error_beside_a_record_is_no_record_of_its_own():
    tally = Tally()
    judged([MADE[0], replace(UNREAD, ref=REF)], tally)
    assert (tally.listed, tally.read, len(tally.errors)) == (1, 1, 1)


def test_coverage_counts_what_was_left_because_it_did_not_change():
    tally = Tally(listed=3, skipped=[SkippedRepo(REF, "unchanged"), SkippedRepo(REF, "gated")])
    assert (tally.coverage(["x"]).unchanged, tally.coverage(["x"]).unknown) == (1, ("x",))
    assert tally.coverage().complete
    assert not replace(tally, complete=False).coverage().complete


def test_what_is_kept_is_scrubbed_and_safe_before_it_is_passed_on(sqlite_url, monkeypatch):
    monkeypatch.setattr(scan, "BATCH", 2)
    pictured = replace(MADE[0], native={**MADE[0].native, "cardData": {"thumbnail": "https://example.invalid/a.png"}})
    tally = Tally()
    with Store.open(sqlite_url) as store:
        run = store.start_run("huggingface", "all", {}, (), "0")
        source = scan.judge([pictured, *MADE[1:], BROKEN, SkippedRepo(REF, "gated")], Matcher(load([PACK])), tally)
        kept = scan.keep(source, store, run)
        next(kept)
        assert len(list(store.stored())) == 2, "its batch is there already, and no more than that"
        assert len(list(kept)) == 4
        delta = scan.finish(tally, store, run, ("A sentence.",))
        held = {str(stored.native["id"]): stored for stored in store.stored()}
    assert held.keys() == {f"org/r{number}" for number in range(5)}
    assert "example.invalid" not in repr(held["org/r0"])
    assert held["org/r1"].native == MADE[1].native
    assert len(delta.new) == 2


def test_findings_are_those_of_the_matcher_in_its_order():
    lines = [{"hub": one.hub, "kind": one.kind, "native": one.native, "card": one.card} for one in MADE]
    tally = Tally()
    assert list(hubscan.scan_records(lines, packs=[PACK])) == [f for *_, found in judged(MADE, tally) for f in found]
