"""Precision, samples, holds and purges from the command line."""

import json
import sqlite3

import pytest

from .conftest import write_dump


@pytest.fixture
def kept(hubscan, dump):
    """A kept scan with one critical case and one plain record."""
    assert hubscan("scan", "dump", dump, "--quiet").returncode == 0
    return lambda *words: hubscan(*words, HUBSCAN_REVIEWER="kim")


def test_a_sample_is_drawn_and_counted(kept):
    assert kept("cases", "sample", "--size", 5, "--seed", "one").stderr.startswith("Drew 1 of 1 records.")
    again = kept("cases", "sample", "--size", 5, "--seed", "one")
    assert (again.returncode, "was drawn before" in again.stderr) == (2, True)
    assert "drawn at random" in kept("cases", "list", "--sampled").stdout
    assert "unknown" in kept("cases", "samples").stdout
    kept("cases", "decide", 2, "rejected", "--reason", "It says nothing.")
    (told,) = json.loads(kept("cases", "samples", "--format", "json").stdout)
    assert (told["misses"], told["rejected"], told["unknown"], told["rate"]) == (0, 1, 0, 1.0)
    assert told["misses_in_all"] == [0, 1]


def test_precision_is_told_and_pauses(kept, home):
    letter = ("--template", "hub-policy", "--name", "Kim", "--email", "kim@example.org")
    limits = home / ".config" / "hubscan" / "precision.toml"
    limits.parent.mkdir(parents=True)
    limits.write_text("limit = 0.5\nanswers = 1\n", encoding="utf-8")
    for reviewer in ("kim", "ada"):
        kept("cases", "decide", 1, "confirmed", "--reason", "So it says.", "--reviewer", reviewer)
    assert kept("notices", "draft", 1, *letter).returncode == 0
    kept("notices", "sent", 1)
    assert "unknown" in kept("cases", "precision").stdout
    kept("cases", "act", 1, "refused")
    told = kept("cases", "precision", "--format", "json")
    rules = {one["rule"]: (one["sent"], one["rejected"], bool(one["paused"])) for one in json.loads(told.stdout)}
    assert set(rules.values()) == {(1, 1, True)}
    assert "is paused for notices: huggingface upheld 0 of 1 notices" in told.stderr
    refused = kept("notices", "draft", 1, *letter)
    assert (refused.returncode, "is paused: huggingface upheld 0 of 1" in refused.stderr) == (1, True)
    owed = ("--restriction", "disabled", "--since", "2026-11-22", "--redress", "Write to us.")
    stated = kept("notices", "reasons", 1, *owed)
    assert (stated.returncode, "rules behind this are paused for notices" in stated.stderr) == (0, True)


def test_a_purge_is_counted_first_and_leaves_a_trail(kept, home):
    with sqlite3.connect(home / ".local" / "share" / "hubscan" / "hubscan.db") as database:
        database.execute("UPDATE records SET last_seen = '2020-01-01T00:00:00Z'")
    counted = kept("db", "purge", "--format", "json")
    told = json.loads(counted.stdout)
    assert (told["purged"], told["repos without a case"], told["settled cases"]) == (False, 1, 0)
    assert "Nothing was changed" in counted.stderr
    assert json.loads(kept("db", "purges", "--format", "json").stdout) == []
    kept("db", "purge", "--yes")
    (entry,) = json.loads(kept("db", "purges", "--format", "json").stdout)
    assert (entry["actor"], entry["what"], entry["rows"]) == ("kim", "repos without a case", 1)
    assert kept("db", "check").returncode == 0


def test_a_purged_case_is_shown_without_its_upload(kept, home):
    kept("cases", "decide", 1, "rejected", "--reason", "A mistake.")
    with sqlite3.connect(home / ".local" / "share" / "hubscan" / "hubscan.db") as database:
        database.execute("UPDATE records SET last_seen = '2020-01-01T00:00:00Z'")
        database.execute("UPDATE events SET at = '2020-01-01T00:00:00Z'")
    assert "org/undress-lora" in kept("cases", "show", 1).stdout
    kept("db", "purge", "--yes")
    told = kept("cases", "show", 1)
    assert (told.returncode, "huggingface model purged-1" in told.stdout) == (0, True)
    assert "kim: rejected. (purged)" in told.stdout
    assert "undress-lora" not in told.stdout
    assert kept("notices", "draft", 1, "--template", "hub-policy").returncode == 1
    assert kept("evidence", "export", 1, "x", "--without-text").returncode == 1


def test_a_hold_is_shown_until_it_is_lifted(kept):
    kept("cases", "hold", 1, "--reason", "A court asked.")
    assert "Under legal hold: A court asked. (kim" in kept("cases", "show", 1).stdout
    assert json.loads(kept("db", "purge", "--format", "json").stdout)["held"] == [1]
    kept("cases", "release", 1, "--reason", "It is over.")
    assert "legal hold" not in kept("cases", "show", 1).stdout


def test_the_same_file_elsewhere_is_shown(hubscan, tmp_path):
    dump = write_dump(tmp_path / "two.jsonl")
    weights = [{"rfilename": "lora.safetensors", "size": 9_000_000, "lfs": {"sha256": "ab" * 32, "size": 9_000_000}}]
    lines = [json.loads(line) for line in dump.read_text(encoding="utf-8").splitlines()]
    for line in lines:
        line["native"]["siblings"] = weights
    dump.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    hubscan("scan", "dump", dump, "--quiet")
    told = json.loads(hubscan("cases", "show", 1, "--format", "json").stdout)
    others = [(one["repo"], one["file"]) for one in told["elsewhere"]]
    assert others == [("huggingface:model:org/plain", "lora.safetensors")]
    assert "The same file elsewhere:" in hubscan("cases", "show", 1).stdout
