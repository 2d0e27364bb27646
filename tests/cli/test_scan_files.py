"""`hubscan scan files`: local weight files judged by their headers."""

import json
from pathlib import Path

import pytest

PICTURE = "data:image/png;base64," + "QUJD" * 40


def safetensors(**metadata: str) -> bytes:
    text = json.dumps({"__metadata__": metadata}).encode()
    return len(text).to_bytes(8, "little") + text


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A marked file, a plain one with a picture in it, a broken one, and one that is no model."""
    made = tmp_path / "weights"
    made.mkdir()
    tags = json.dumps({"1_a": {"nsfw": 30, "underage": 30}})
    (made / "marked.safetensors").write_bytes(safetensors(ss_tag_frequency=tags))
    (made / "plain.safetensors").write_bytes(safetensors(ss_output_name="mill", **{"modelspec.thumbnail": PICTURE}))
    (made / "notes.txt").write_text("nothing")
    return made


def test_a_file_is_judged_by_its_header(hubscan, folder):
    done = hubscan("scan", "files", folder, "--no-store", "--format", "jsonl", "--quiet")
    assert (done.returncode, done.stderr) == (0, "")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    marked = [one for one in found if one["category"] == "csae"]
    assert {one["repo"]["id"] for one in marked} == {"marked.safetensors"}
    assert marked[0]["repo"]["hub"] == "files"
    assert marked[0]["facets"] == ["training_tags"]
    assert "underage" not in done.stdout, "no text of the file"


def test_a_report_says_what_was_skipped_and_what_could_not_be_read(hubscan, folder):
    (folder / "broken.gguf").write_bytes(b"GGUF")
    done = hubscan("scan", "files", folder, "--no-store", "--format", "json", "--fail-on", "critical")
    assert done.returncode == 15
    report = json.loads(done.stdout)
    assert (report["coverage"]["listed"], report["coverage"]["read"]) == (4, 3), "a broken file is one file"
    assert report["coverage"]["complete"] is False
    assert [(error["where"], error["kind"]) for error in report["errors"]] == [("broken.gguf", "cut")]
    assert [skip["reason"] for skip in report["skipped"]] == ["not_a_model"]
    assert "local file" in report["coverage"]["unknown"][0]


def test_no_picture_is_kept_anywhere(hubscan, folder, tmp_path):
    done = hubscan("scan", "files", folder, "--database", "sqlite:///kept.db", "--save-dump", "kept.jsonl", "--quiet")
    assert done.returncode == 0
    kept = (tmp_path / "kept.jsonl").read_text(encoding="utf-8")
    assert "mill" in kept
    assert "QUJD" not in kept
    again = hubscan("scan", "dump", "kept.jsonl", "--no-store", "--format", "jsonl", "--quiet")
    assert '"csae/labels"' in again.stdout, "a dump of local files is read like any other"


def test_a_picture_in_a_dump_is_not_handed_on(hubscan, tmp_path):
    native = {"id": "o/r", "tags": []}
    headers = {"w.safetensors": {"modelspec.thumbnail": PICTURE, "note": f"see {PICTURE}", "a": "kept"}}
    line = {"hub": "huggingface", "kind": "model", "native": native, "card": None, "headers": headers}
    (tmp_path / "hub.jsonl").write_text(json.dumps(line), encoding="utf-8")
    done = hubscan("scan", "dump", "hub.jsonl", "--no-store", "--save-dump", "kept.jsonl", "--quiet")
    assert done.returncode == 0
    kept = json.loads((tmp_path / "kept.jsonl").read_text(encoding="utf-8"))
    assert kept["headers"] == {"w.safetensors": {"note": "see data:image/png;base64,", "a": "kept"}}


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ([], 2, "scan files DIR"),
        (["a", "b"], 2, "scan files DIR"),
        (["nowhere"], 1, "cannot be read"),
        (["empty"], 3, "no safetensors or GGUF file"),
    ],
)
def test_what_cannot_be_scanned_is_said(hubscan, tmp_path, arguments, code, words):
    (tmp_path / "empty").mkdir()
    done = hubscan("scan", "files", *arguments, "--no-store")
    assert done.returncode == code
    assert words in done.stderr
    assert done.stdout == ""
