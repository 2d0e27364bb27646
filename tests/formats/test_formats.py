"""What every format keeps, found by walking the folder: a new file is tested by being there."""

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from hubscan.errors import UsageError
from hubscan.formats import base
from hubscan.records import RepoRef
from tests.formats.made import GOLDEN, NASTY, empty, finding, hostile, many, report, small, written

FOLDER = Path(base.__file__).parent
NAMES = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "base" and not path.stem.startswith("_"))


def test_the_shipped_formats_are_the_files():
    assert set(NAMES) <= set(base.names())
    assert {"table", "json", "jsonl", "sarif", "csv", "html"} <= set(NAMES)


def test_an_unknown_format_is_refused_with_the_choices():
    with pytest.raises(UsageError, match="jsonl"):
        base.load("xlsx")


@pytest.mark.parametrize("name", NAMES)
def test_a_format_is_called_as_its_file(name):
    made = base.load(name)
    assert (made.name, made.suffix[:1]) == (name, ".")
    assert len({base.load(other).suffix for other in NAMES}) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_golden(name):
    golden = GOLDEN / f"small{base.load(name).suffix}"
    assert written(name, small()).decode() == golden.read_bytes().decode(), "python -m tests.formats.made"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("make", [empty, small, hostile, lambda: many(5000)], ids=["empty", "small", "hostile", "many"])
def test_the_same_report_gives_the_same_bytes_in_utf_8(name, make):
    data = written(name, make())
    assert data == written(name, make())
    data.decode("utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_nothing_hostile_reaches_a_reader(name):
    text = written(name, hostile()).decode("utf-8")
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)


@pytest.mark.parametrize("name", NAMES)
def test_findings_stream(name):
    class Sizes(io.RawIOBase):
        largest = 0

        def write(self, data):
            self.largest = max(self.largest, len(data))
            return len(data)

    out = Sizes()
    base.load(name).write(many(5000), out)
    assert out.largest < 100_000


# jsonl and json


def test_jsonl_is_exactly_the_promised_object():
    one = finding(7, "ncii")
    (line,) = written("jsonl", report((one,))).decode().splitlines()
    assert json.loads(line) == {
        "schema": "hubscan.finding/1",
        "fingerprint": one.fingerprint,
        "rule": {"id": "ncii/sample", "version": one.rule.version, "status": "stable"},
        "category": "ncii",
        "severity": "critical",
        "confidence": "medium",
        "repo": {
            "hub": "huggingface",
            "kind": "model",
            "id": "sample-org-7/model-00007",
            "url": "https://hub.example.org/sample-org-7/model-00007",
            "revision": f"{7:040x}",
        },
        "facets": ["name", "tags", "card", "files"],
        "evidence": [
            {"field": place, "start": 21, "end": 25, "clause": f"match.{place}"}
            for place in ("name", "tags", "card", "files")
        ],
    }


def test_json_holds_every_part():
    made = small()
    told = json.loads(written("json", made))
    assert told["schema"] == "hubscan.report/1"
    assert len(told["findings"]) == sum(row["findings"] for row in told["counts"]) == 9
    assert [item["change"] for item in told["findings"]].count("new") == 2
    assert (len(told["skipped"]), len(told["errors"]), len(told["not_run"])) == (2, 2, 1)
    assert told["rules"][0]["why"] == made.rules[told["rules"][0]["id"]].why
    assert told["coverage"]["complete"] is False


def test_json_keeps_odd_names_as_they_are():
    ids = [item["repo"]["id"] for item in json.loads(written("json", hostile()))["findings"]]
    assert sorted(ids) == sorted(text.replace("\ud800", "\ufffd") for text in NASTY)


# csv


def test_csv_reads_back_and_nothing_computes():
    text = written("csv", hostile()).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert {len(row) for row in rows} == {17}
    assert len(rows) == 1 + len(NASTY)
    assert not [value for row in rows for value in row if value[:1] in set("=+-@\t\r")]


# sarif


def sarif(made):
    told = json.loads(written("sarif", made))
    assert told["version"] == "2.1.0"
    (run,) = told["runs"]
    return run


def test_sarif_rules_and_results_fit_together():
    run = sarif(small())
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in {"note", "warning", "error"}
        assert list(result["partialFingerprints"]) == ["hubscanFinding/v1"]
        assert result["baselineState"] in {"new", "updated", "unchanged"}
        assert result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"].startswith(("hugging", "civitai"))
    assert "May also match" in rules[0]["help"]["text"]


def test_sarif_says_what_was_not_read_and_not_run():
    (invocation,) = sarif(small())["invocations"]
    assert invocation["executionSuccessful"] is False
    assert len(invocation["toolExecutionNotifications"]) == 2
    assert "was not run" in invocation["toolConfigurationNotifications"][0]["message"]["text"]


def test_sarif_without_an_earlier_run_claims_no_baseline():
    assert not [result for result in sarif(replace(small(), delta=None))["results"] if "baselineState" in result]


def test_sarif_messages_hold_no_links_and_no_placeholders():
    odd = finding(1, "ncii", repo="[a](https://example.org) {0}")
    (result,) = sarif(report((odd,)))["results"]
    assert r"\[a\](https://example.org) {{0}}" in result["message"]["text"]


# table


def test_table_counts_what_it_leaves_out():
    assert "and 4,900 more findings" in written("table", many(5000)).decode()


@pytest.mark.parametrize("name", ["table", "html"])
@pytest.mark.parametrize(
    ("made", "said"),
    [
        (empty(), "No record was read, so nothing can be said about any."),
        (replace(report(), delta=None), "This does not say that they are harmless."),
        (small(), "The run is incomplete"),
        (small(), "Rules not run: 1."),
        (small(), "2 new, 1 changed, 6 known, 1 gone"),
        (small(), "Gated cards cannot be read without an account."),
        (small(), "1 finding comes from rules not yet stable"),
    ],
)
def test_what_is_unknown_is_said(name, made, said):
    assert said in " ".join(written(name, made).decode().split())


def test_one_repo_with_two_revisions_is_one_repo():
    first = finding(1, "ncii", repo="a/b")
    second = replace(finding(2, "documentation", repo="a/b"), ref=RepoRef("huggingface", "model", "a/b", "other"))
    assert "2 findings on 1 repository" in written("table", report((first, second))).decode()
