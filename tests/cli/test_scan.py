"""`hubscan scan`: what comes out, where, and with which exit code."""

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .conftest import RULE, environment

SAMPLE = Path(__file__).parent.parent.parent / "examples" / "sample-hub.jsonl"


def lines(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(".") or path.suffix == ".part"]


def test_findings_are_written_as_the_contract_says(hubscan, dump):
    done = hubscan("scan", "dump", dump, "--no-store", "--format", "jsonl", "--quiet")
    assert (done.returncode, done.stderr) == (0, "")
    found = lines(done.stdout)
    assert {"ncii/undress-tools"} <= {finding["rule"]["id"] for finding in found}
    assert list(found[0]) == [
        "schema", "fingerprint", "rule", "category", "severity", "confidence", "repo", "facets", "evidence"
    ]  # fmt: skip
    assert all(finding["schema"] == "hubscan.finding/1" for finding in found)
    ids = [finding["repo"]["id"] for finding in found]
    assert ids == sorted(ids, key=["org/plain", "org/undress-lora"].index), "in the order of the records"
    assert hubscan("scan", "dump", dump, "--no-store", "--format", "jsonl", "--quiet").stdout == done.stdout


def test_a_report_is_data_on_stdout_and_all_else_is_on_stderr(hubscan, dump):
    done = hubscan("scan", "dump", dump, "--no-store", "--format", "json")
    report = json.loads(done.stdout)
    assert report["coverage"]["read"] == 2
    assert report["coverage"]["unknown"], "a dump cannot say what is on the hub now"
    assert [line.split()[0] for line in done.stderr.splitlines()][:2] == ["Scanning", "Read"]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--fail-on", "critical"], 15),
        (["--fail-on", "info"], 15),
        (["--fail-on", "critical", "--min-confidence", "high", "--packs", "DOCUMENTATION"], 0),
        (["--fail-on", "info", "--packs", "DOCUMENTATION"], 11),
        (["--fail-on", "low", "--packs", "DOCUMENTATION"], 0),
    ],
)
def test_the_gravest_finding_decides_the_exit_code(hubscan, dump, options, code):
    pack = SAMPLE.parent.parent / "rules" / "documentation"
    options = [str(pack) if option == "DOCUMENTATION" else option for option in options]
    assert hubscan("scan", "dump", dump, "--no-store", "--quiet", *options).returncode == code


def test_min_confidence_leaves_out_what_is_less_sure(hubscan, dump, tmp_path):
    pack = tmp_path / "mine"
    pack.mkdir()
    (pack / "pack.yaml").write_text("id: mine\ntitle: Mine\nversion: 1.0.0\nformat: 1\n")
    for level in ("low", "medium", "high"):
        (pack / f"{level}.yaml").write_text(RULE.format(name=level, confidence=level))
    options = ("--no-store", "--packs", "mine", "--format", "jsonl", "--quiet")
    for least, shown in (("low", {"low", "medium", "high"}), ("medium", {"medium", "high"}), ("high", {"high"})):
        done = hubscan("scan", "dump", dump, *options, "--min-confidence", least)
        assert {finding["confidence"] for finding in lines(done.stdout)} == shown


def test_a_dump_that_is_cut_short_is_read_as_far_as_it_goes(hubscan, tmp_path):
    whole = gzip.compress(SAMPLE.read_bytes())
    (tmp_path / "cut.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    done = hubscan("scan", "dump", "cut.jsonl.gz", "--no-store", "--format", "jsonl")
    assert done.returncode == 4
    assert lines(done.stdout)
    assert "Incomplete: 1 thing could not be read." in done.stderr
    assert "truncated" in done.stderr
    found = hubscan("scan", "dump", "cut.jsonl.gz", "--no-store", "--fail-on", "info", "--quiet")
    assert 11 <= found.returncode <= 15, "what was found wins over what is missing"


def test_a_line_that_cannot_be_read_is_named_and_the_rest_goes_on(hubscan, dump):
    dump.write_text("no json\n" + dump.read_text(encoding="utf-8"), encoding="utf-8")
    done = hubscan("scan", "dump", dump, "--no-store", "--format", "json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["coverage"]["read"]) == (4, 2)
    assert [error["where"] for error in report["errors"]] == [f"{dump}:1"]
    assert f"{dump}:1" in done.stderr


@pytest.mark.parametrize("text", ["", "\n\n", "no json\n", "[]\n{}\n"])
def test_nothing_collected_is_its_own_exit_code_and_writes_nothing(hubscan, tmp_path, text):
    (tmp_path / "odd.jsonl").write_text(text, encoding="utf-8")
    done = hubscan("scan", "dump", "odd.jsonl", "--output", "report.html", "--format", "html")
    assert done.returncode == 3
    assert done.stderr.count("Error:") == 1
    assert not (tmp_path / "report.html").exists()
    assert leftovers(tmp_path) == []


def test_a_result_file_is_for_its_owner_alone(hubscan, dump, tmp_path):
    out, again = tmp_path / "findings.jsonl", tmp_path / "again.jsonl.gz"
    options = ("--no-store", "--format", "jsonl", "--output", out, "--save-dump", again)
    done = hubscan("scan", "dump", dump, *options)
    assert (done.returncode, done.stdout) == (0, "")
    assert f"Written: {out}" in done.stderr
    assert (out.stat().st_mode & 0o777, again.stat().st_mode & 0o777) == (0o600, 0o600)
    saved = lines(gzip.decompress(again.read_bytes()).decode())
    assert [record["native"]["id"] for record in saved] == ["org/plain", "org/undress-lora"]


def test_a_reader_that_goes_away_is_no_failure(home, dump, tmp_path):
    many = tmp_path / "many.jsonl"
    many.write_text(dump.read_text(encoding="utf-8") * 400, encoding="utf-8")
    command = f"'{sys.executable}' -m hubscan.cli scan dump {many} --no-store --quiet --format jsonl | head -1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], env=environment(home), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr, len(done.stdout.splitlines())) == (141, "", 1)


def test_an_interrupted_scan_leaves_nothing_half_written(home, tmp_path):
    os.mkfifo(tmp_path / "endless.jsonl")
    command = [
        sys.executable,
        "-m",
        "hubscan.cli",
        "scan",
        "dump",
        "endless.jsonl",
        "--no-store",
        "--output",
        "out.txt",
    ]
    running = subprocess.Popen(command, cwd=tmp_path, env=environment(home), stderr=subprocess.PIPE)
    with (tmp_path / "endless.jsonl").open("w") as feed:  # returns once the scan has opened the other end
        feed.flush()
        time.sleep(0.1)
        running.send_signal(signal.SIGINT)
        said = running.communicate(timeout=20)[1]
    assert (running.returncode, b"Traceback" in said) == (130, False)
    assert not (tmp_path / "out.txt").exists()
    assert leftovers(tmp_path) == []


SUPPRESSIONS = """suppressions:
  - {rule: ncii/undress-tools, repo: "huggingface:model:org/undress-lora", reason: X., author: ada, expires: 2099-01-01}
  - {rule: csae/text, repo: "huggingface:model:org/gone", reason: Seen., author: ada, expires: 2099-01-01}
"""


def test_suppressed_findings_are_counted_apart_and_open_no_case(hubscan, dump, tmp_path):
    (tmp_path / "s.yaml").write_text(SUPPRESSIONS)
    plain = json.loads(hubscan("scan", "dump", dump, "--no-store", "--format", "json").stdout)
    assert "ncii/undress-tools" in {finding["rule"]["id"] for finding in plain["findings"]}
    done = hubscan("scan", "dump", dump, "--suppressions", "s.yaml", "--format", "json")
    told = json.loads(done.stdout)
    assert "ncii/undress-tools" not in {finding["rule"]["id"] for finding in told["findings"]}
    ((one),) = told["suppressed"]
    assert (one["finding"]["rule"]["id"], one["by"]["author"]) == ("ncii/undress-tools", "ada")
    assert len(told["findings"]) + 1 == len(plain["findings"])
    assert [item["reason"] for item in told["idle_suppressions"]] == ["met nothing"]
    assert "Suppressed: 1 finding" in done.stderr
    assert "s.yaml:3: met nothing" in done.stderr
    for fmt, part in (("table", "until 2099-01-01, s.yaml:2"), ("sarif", '"suppressions"'), ("html", "Suppressed and")):
        assert part in hubscan("scan", "dump", dump, "--no-store", "--suppressions", "s.yaml", "--format", fmt).stdout
