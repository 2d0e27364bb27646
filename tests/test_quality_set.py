"""The quality set is shaped like a dump, labelled by its own rules, balanced, and the same on every run."""

import itertools
import json
import re
import runpy
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from hubscan.rulebook import CATEGORIES

MAKER = runpy.run_path(str(Path(__file__).parent.parent / "benchmarks" / "make_quality_set.py"))
SETS = MAKER["SETS"]
MEASURED = set(CATEGORIES) - {"documentation", "reupload"}
REPO_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)
FORBIDDEN = re.compile(r"https?://(?!example\.invalid)|data:image")
"""What the set must not hold: addresses of anything real, and pictures."""

NOT_OWN = ("base_model", "why", "shape")
"""Entries of a row that are names of public things or remarks, so several sets may hold them."""


def lines(name: str, ending: str) -> list[dict]:
    return [json.loads(line) for line in MAKER["texts"](name)[f"{name}{ending}"].splitlines()]


RECORDS = {name: lines(name, ".jsonl") for name in SETS}
LABELS = {name: lines(name, ".labels.jsonl") for name in SETS}


def repo_id(record: dict) -> str:
    return str(record["native"]["id"])


def test_the_sets_that_are_named_elsewhere_exist():
    assert {"dev", "held", "north", "south"} <= set(SETS)


def test_the_same_tables_give_the_same_bytes():
    again = runpy.run_path(MAKER["__file__"])
    assert [again["texts"](name) for name in SETS] == [MAKER["texts"](name) for name in SETS]


def test_the_command_writes_two_files_a_set(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.argv", ["make_quality_set.py", str(tmp_path / "out")])
    MAKER["main"]()
    written = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "out").iterdir()}
    assert written == {file: text for name in SETS for file, text in MAKER["texts"](name).items()}


def test_every_id_is_unique_over_all_sets():
    ids = Counter(label["id"] for name in SETS for label in LABELS[name])
    assert [one for one, times in ids.items() if times > 1] == []


def test_labels_and_records_stand_side_by_side():
    for name in SETS:
        assert list(map(repo_id, RECORDS[name])) == [label["id"] for label in LABELS[name]]


def dump_shaped(record: dict) -> bool:
    native, card = record["native"], record["card"]
    headers = record.get("headers", {}).values()
    common = record.keys() - {"headers"} == {"hub", "kind", "native", "card"} and all(
        isinstance(value, str) for values in headers for value in values.values()
    )
    if record["hub"] == "civitai":
        versions = native["modelVersions"]
        return common and card is None and bool(versions) and all(not version["images"] for version in versions)
    named = REPO_NAME.fullmatch(native["id"]) and native["author"] == native["id"].split("/")[0]
    readme = any(file["rfilename"] == "README.md" for file in native["siblings"])
    return common and bool(named) and readme == (card is not None)


def test_records_have_the_dump_shape():
    assert [repo_id(record) for name in SETS for record in RECORDS[name] if not dump_shaped(record)] == []


def test_no_mark_of_the_tables_is_left_over():
    left = re.compile(r"<<\w+:|\[\[\w+\]\]")
    assert [name for name in SETS for text in MAKER["texts"](name).values() if left.search(text)] == []


def test_every_disguise_changes_its_words_and_is_used():
    tables = "".join(path.read_text(encoding="utf-8") for path in sorted(MAKER["TABLES"].glob("*/*.toml")))
    for style, disguise in MAKER["DISGUISES"].items():
        assert disguise("safety checker") != "safety checker"
        assert f"<<{style}:" in tables, style


def well_labelled(label: dict) -> bool:
    positive = label["difficulty"] in ("plain", "subtle", "obfuscated")
    return (
        label.keys() - {"optional"} == {"id", "labels", "why", "difficulty", "language"}
        and set(label["labels"]) | set(label.get("optional", [])) <= MEASURED
        and not set(label["labels"]) & set(label.get("optional", []))
        and bool(label["labels"]) == positive
        and label["difficulty"] in MAKER["DIFFICULTIES"]
        and re.fullmatch("[a-z]{2}", label["language"]) is not None
        and bool(label["why"])
    )


def test_labels_use_the_known_words():
    assert [label["id"] for name in SETS for label in LABELS[name] if not well_labelled(label)] == []


@pytest.mark.parametrize("name", SETS)
def test_a_set_is_balanced(name):
    labels = LABELS[name]
    positives = [label for label in labels if label["labels"]]
    per_category = Counter(category for label in positives for category in label["labels"])
    per_difficulty = Counter(label["difficulty"] for label in labels)
    assert per_category.keys() == MEASURED
    assert all(12 <= count <= 15 for count in per_category.values()), per_category
    assert 0.45 <= per_difficulty["plain"] / len(positives) <= 0.6
    assert min(per_difficulty["subtle"], per_difficulty["obfuscated"]) / len(positives) >= 0.2
    assert per_difficulty["hard_negative"] >= 50
    assert per_difficulty["benign"] >= 25


@pytest.mark.parametrize("name", SETS)
def test_half_of_the_positives_are_not_in_english(name):
    languages = Counter(label["language"] for label in LABELS[name] if label["labels"])
    assert 0.4 <= languages["en"] / languages.total() <= 0.6
    assert languages.keys() >= {"ar", "de", "es", "fr", "it", "ja", "ko", "pt", "ru", "tr", "zh"}


@pytest.mark.parametrize("name", SETS)
def test_each_category_has_every_difficulty(name):
    found = Counter((category, label["difficulty"]) for label in LABELS[name] for category in label["labels"])
    wanted = [(category, style) for category in MEASURED for style in ("plain", "subtle", "obfuscated")]
    assert [pair for pair in wanted if found[pair] < 3] == []


def sentences(name: str) -> set[str]:
    """Return the sentences of 25 characters and more that the authors of a set wrote, ids and names among them."""
    tables = [tomllib.loads(path.read_text(encoding="utf-8")) for path in (MAKER["TABLES"] / name).glob("*.toml")]
    rows = [row for table in tables for rows in table.values() for row in (rows if isinstance(rows, list) else [rows])]
    values = (value for row in rows if isinstance(row, dict) for key, value in row.items() if key not in NOT_OWN)
    texts = [value for value in values if isinstance(value, str)]
    return {part.strip() for text in texts for part in re.split(r"[.。\n]", text) if len(part.strip()) >= 25}


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(SETS, 2)))
def test_two_sets_share_no_sentence(one, other):
    assert sentences(one) & sentences(other) == set()


def test_nothing_in_the_sets_points_outside():
    texts = (text for name in SETS for text in MAKER["texts"](name).values())
    assert [found[0] for text in texts for found in FORBIDDEN.finditer(text)] == []


def test_markers_of_the_gravest_harms_stay_short():
    """A `csae` row says its marker and stops: the text that is its own, passages left out, is at most two lines."""
    rows = [row for name in SETS for row in MAKER["rows"](name) if "csae" in row["labels"]]
    own = [re.sub(r"(?m)^(\[\[\d\]\]|#.*)$", "", row.get("card", "")).strip() for row in rows]
    assert max(map(len, own)) <= 200
