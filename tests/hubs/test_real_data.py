"""Every stored record of the measuring data is read and parsed; counted, so that a loss shows."""

import os
from collections import Counter
from pathlib import Path

import pytest

from hubscan.dumps import read
from hubscan.hubs import base
from hubscan.records import RepoRecord

DATA = Path(os.environ.get("HUBSCAN_DATA", Path(__file__).parents[3] / "shared" / "data"))

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"no measuring data at {DATA}; set HUBSCAN_DATA")


def parsed(name):
    records = [base.parse(stored) for stored in read([DATA / name])]
    assert all(isinstance(record, RepoRecord) for record in records)
    assert not [record.malformed for record in records if record.malformed]
    return records


def test_the_listing():
    records = parsed("hf-listing.jsonl.gz")
    assert len(records) == 15_901
    assert Counter(r.card for r in records) == {None: 15_901}
    assert all(r.created_at and r.updated_at and r.tags is not None and r.license is not None for r in records)
    relations = Counter(base.relation for r in records for base in r.base_models)
    assert relations.keys() == {"finetune", "adapter", "merge", "quantized", None}


def test_the_cards():
    records = parsed("hf-cards.jsonl.gz")
    assert len(records) == 801
    assert Counter(r.card for r in records) == {"read": 801}
    assert all(r.text("card") for r in records)


@pytest.mark.parametrize("name", ["labelled-sample.jsonl", "labelled-sample.disguised.jsonl"])
def test_the_labelled_sample(name):
    records = parsed(name)
    assert Counter(r.ref.hub for r in records) == {"huggingface": 114, "civitai": 39}
    assert all(r.files is not None for r in records)
    assert not [text for r in records for text in r.texts if text.text == ""]
