"""`hubscan scan dump --jobs N`: the same output whatever the number of processes."""

import json
import re

import pytest

from .conftest import SAMPLE

WAYS = [
    (("--no-store", "--format", "jsonl"), "written in the processes"),
    (("--no-store", "--format", "json"), "collected for a report"),
    (("--no-store", "--format", "jsonl", "--save-dump", "kept.jsonl"), "with the records"),
    (("--database", "sqlite:///kept.db", "--format", "jsonl"), "into the store"),
    (("--no-store", "--format", "jsonl", "--min-confidence", "high", "--fail-on", "high"), "in part"),
]


def steady(text: str) -> str:
    """Without what depends on when and how long."""
    return re.sub(r'"(?:started|finished)_at":\s*"[^"]*"| in [0-9.]+ s', "", text)


@pytest.mark.parametrize(("options", "why"), WAYS)
def test_several_processes_say_what_one_does(hubscan, tmp_path, options, why):
    text = SAMPLE.read_text(encoding="utf-8")
    (tmp_path / "many.jsonl").write_text(text + "not JSON\n\n" + text, encoding="utf-8")  # more than one bundle
    alone, together = [], []
    for jobs, said in (("1", alone), ("2", together)):
        done = hubscan("scan", "dump", "many.jsonl", *options, "--jobs", jobs)
        said += [done.returncode, steady(done.stdout), steady(done.stderr)]
        for kept in tmp_path.glob("kept.*"):
            said += [json.loads(line) for line in kept.open()] if kept.suffix == ".jsonl" else []
            kept.unlink()
    assert alone == together, why
    assert "not-json" in alone[2]


def test_jobs_are_no_option_of_local_files(hubscan, tmp_path):
    done = hubscan("scan", "files", tmp_path, "--jobs", "2")
    assert (done.returncode, "--jobs" in done.stderr) == (2, True)
