"""The public layout of Ollama's library pages, read as records of that hub."""

import os
from collections import Counter
from pathlib import Path

import pytest

from hubscan import dumps
from hubscan.dumps.rows import from_row
from hubscan.engine.load import load
from hubscan.engine.match import Matcher
from hubscan.findings import Severity
from hubscan.hubs import base
from hubscan.records import StoredRecord

ROW = {
    "name": "quiet",
    "link": "https://ollama.com/library/quiet",
    "description": "A quiet model.",
    "capabilities": "toolsthinking",
    "pullCount": "",
    "readme": "## Quiet\n\nText.",
}


def test_a_row_is_a_record():
    record = base.parse(from_row(ROW, "f:1"))
    assert (str(record.ref), record.url) == ("ollama:model:quiet", "https://ollama.com/library/quiet")
    assert record.tags == ("tools", "thinking")
    assert {text.field for text in record.texts} == {"card", "description"}
    assert (record.card, record.files, record.license, record.downloads) == ("read", None, None, None)


def test_a_row_that_was_stored_as_it_is_has_its_name_for_an_id():
    record = base.parse(StoredRecord("ollama", "model", ROW, card=ROW["readme"]))
    assert (str(record.ref), record.card) == ("ollama:model:quiet", "read")
    assert base.parse(StoredRecord("ollama", "model", ROW | {"id": None})).kind == "no-id"


@pytest.mark.parametrize(
    ("changes", "tags"),
    [({"capabilities": ""}, ()), ({"capabilities": None}, None), ({"capabilities": "new kind"}, ("new kind",))],
)
def test_what_it_can_do(changes, tags):
    assert base.parse(from_row(ROW | changes, "f:1")).tags == tags


@pytest.mark.parametrize("changes", [{"link": "https://ollama.com.invalid/x"}, {"link": None}, {"name": None}])
def test_another_row_is_none(changes):
    assert from_row(ROW | changes, "f:1").kind == "not-a-record"


def test_the_real_library():
    folder = os.environ.get("HUBSCAN_DATA")
    if not folder:
        pytest.skip("HUBSCAN_DATA names no folder with real hub metadata")
    stored = list(dumps.read([str(Path(folder) / "ollama-library.jsonl")]))
    records = [base.parse(one) for one in stored]
    assert Counter(record.card for record in records) == {"read": 231}
    assert not any(record.malformed for record in records)
    matcher = Matcher(load([]))
    found = Counter(finding.severity for record in records for finding in matcher.match(record))
    assert max(found) <= Severity.MEDIUM, "ordinary pages: anything graver is a mistake of a rule"
