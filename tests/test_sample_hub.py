"""The sample hub is what its tables say, holds what it promises, and its labels fit."""

import json
import re
import runpy
from collections import Counter
from pathlib import Path

import pytest

from hubscan.rulebook import CATEGORIES

EXAMPLES = Path(__file__).parent.parent / "examples"
MAKER = runpy.run_path(str(EXAMPLES / "make_sample_hub.py"))
DIFFICULTIES = {"plain", "subtle", "obfuscated", "hard_negative", "benign"}
WITHDRAWN = re.compile(r"\bSD 1\.[1-5]\b|stable-diffusion-v1-[1-5]\b")


def lines(name: str) -> list[dict]:
    return [json.loads(line) for line in (EXAMPLES / name).read_text(encoding="utf-8").splitlines()]


RECORDS = lines("sample-hub.jsonl")
LABELS = {line["id"]: line for line in lines("sample-hub.labels.jsonl")}


def repo_id(record: dict) -> str:
    return str(record["native"]["id"])


def test_the_committed_files_are_what_the_tables_give():
    for path, text in MAKER["texts"]().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name} is stale: run python examples/make_sample_hub.py"


def test_every_record_has_one_label_line():
    assert Counter(map(repo_id, RECORDS)) == Counter(dict.fromkeys(LABELS, 1))


@pytest.mark.parametrize("record", RECORDS, ids=repo_id)
def test_a_record_has_the_dump_shape(record):
    assert record.keys() - {"headers"} == {"hub", "kind", "native", "card"}
    assert record["hub"] in ("huggingface", "civitai")
    assert record["kind"] in ("model", "dataset", "space")
    assert record["card"] is None or isinstance(record["card"], str)
    assert all(isinstance(value, str) for values in record.get("headers", {}).values() for value in values.values())
    versions = record["native"].get("modelVersions", [])
    when = [record["native"].get("createdAt"), *(version["publishedAt"] for version in versions)]
    assert all("2022" <= day[:4] <= "2026" for day in when if day)


@pytest.mark.parametrize("label", LABELS.values(), ids=LABELS)
def test_a_label_line_fits_its_difficulty(label):
    assert label.keys() - {"optional"} == {"id", "labels", "why", "difficulty", "language"}
    assert set(label["labels"]) | set(label.get("optional", [])) <= CATEGORIES.keys()
    assert label["difficulty"] in DIFFICULTIES
    assert bool(label["labels"]) == (label["difficulty"] in {"plain", "subtle", "obfuscated"})


@pytest.mark.parametrize("record", RECORDS, ids=repo_id)
def test_a_withdrawn_base_is_labelled_historical(record):
    native = record["native"]
    bases = [native.get("cardData", {}).get("base_model", "")]
    bases += [version["baseModel"] for version in native.get("modelVersions", [])]
    if any(WITHDRAWN.search(base) for base in bases):
        assert "historical" in LABELS[repo_id(record)]["labels"]


def test_each_category_comes_plain_subtle_and_obfuscated():
    seen = {(category, label["difficulty"]) for label in LABELS.values() for category in label["labels"]}
    assert seen == {
        (category, difficulty)
        for category in CATEGORIES.keys() - {"reupload", "documentation"}
        for difficulty in ("plain", "subtle", "obfuscated")
    }


def test_ordinary_uploads_come_in_many_languages():
    assert len({label["language"] for label in LABELS.values() if label["difficulty"] == "benign"}) >= 12


def test_addresses_lead_nowhere_and_there_are_no_pictures():
    text = (EXAMPLES / "sample-hub.jsonl").read_text(encoding="utf-8")
    assert set(re.findall(r"https?://([^/\s\"<>)}]+)", text)) == {"example.invalid"}
    assert all(version["images"] == [] for r in RECORDS for version in r["native"].get("modelVersions", []))
    assert re.search(r"thumbnail|cover_images|data:image", text) is None
