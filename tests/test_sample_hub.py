"""The sample hub is what its tables say, holds what it promises, and its labels fit."""

import json
import re
import runpy
from collections import Counter
from pathlib import Path

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


def dump_shaped(record: dict) -> bool:
    headers = record.get("headers", {}).values()
    versions = record["native"].get("modelVersions", [])
    days = [record["native"].get("createdAt"), *(version["publishedAt"] for version in versions)]
    return (
        record.keys() - {"headers"} == {"hub", "kind", "native", "card"}
        and record["hub"] in ("huggingface", "civitai")
        and record["kind"] in ("model", "dataset", "space")
        and (record["card"] is None or isinstance(record["card"], str))
        and all(isinstance(value, str) for values in headers for value in values.values())
        and all("2022" <= day[:4] <= "2026" for day in days if day)
    )


def test_records_have_the_dump_shape():
    assert [repo_id(record) for record in RECORDS if not dump_shaped(record)] == []


def well_labelled(label: dict) -> bool:
    return (
        label.keys() - {"optional"} == {"id", "labels", "why", "difficulty", "language"}
        and set(label["labels"]) | set(label.get("optional", [])) <= CATEGORIES.keys()
        and label["difficulty"] in DIFFICULTIES
        and bool(label["labels"]) == (label["difficulty"] in {"plain", "subtle", "obfuscated"})
    )


def test_labels_fit_their_difficulty():
    assert [line["id"] for line in LABELS.values() if not well_labelled(line)] == []


def stands_on_a_withdrawn_base(record: dict) -> bool:
    native = record["native"]
    bases = [native.get("cardData", {}).get("base_model", "")]
    bases += [version["baseModel"] for version in native.get("modelVersions", [])]
    return any(WITHDRAWN.search(base) for base in bases)


def test_a_withdrawn_base_is_labelled_historical():
    standing = [repo_id(record) for record in RECORDS if stands_on_a_withdrawn_base(record)]
    assert standing
    assert [name for name in standing if "historical" not in LABELS[name]["labels"]] == []


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
    assert re.search(r"modelspec.thumbnail|ssmd_cover_images|data:image", text) is None
