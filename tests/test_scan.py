"""The pipeline from Python: dump lines or records in, findings out, no database."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import hubscan
from hubscan import wire
from hubscan.engine.load import load
from hubscan.errors import UsageError
from hubscan.hubs import base
from hubscan.records import StoredRecord
from hubscan.scan import Tally, not_run, report

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
