"""`scan HUB`, `replay` and `schedule`, as a person or a timer runs them."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest

from hubscan import dumps, scan_records
from hubscan.replay import Fault as Bad
from hubscan.replay import faults as bad

from .conftest import PLAIN, SAMPLE, environment, write_dump

ONLINE = {"HF_HUB_OFFLINE": "1"}


@pytest.fixture
def sample(hub):
    return hub(dumps.read([SAMPLE]))


@pytest.fixture
def scan(hubscan, sample, tmp_path):
    """Crawl the sample hub from the command line, with a database of its own."""

    def run(*options, **env):
        place = ("--endpoint", sample.url, "--database", f"sqlite:///{tmp_path}/crawl.db")
        return hubscan("scan", "huggingface", *place, *options, **env)

    return run


def test_a_hub_is_scanned_and_reported(scan, sample):
    done = scan("--all", "--cards", "all", "--format", "json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["coverage"]["listed"] == report["coverage"]["read"] == 194
    assert report["coverage"]["unknown"], "what the API cannot show is said"
    assert sum(sums["requests"] for sums in report["requests"].values()) == len(sample.requests)
    assert "Asked the hub" in done.stderr
    assert "HUBSCAN" not in done.stderr


def test_a_budget_ends_it_with_4_and_the_reason_and_the_same_command_goes_on(scan):
    options = ("--all", "--cards", "all", "--format", "jsonl")
    done = scan(*options, "--max-requests", "20")
    assert done.returncode == 4
    assert "Stopped (requests)" in done.stderr
    after = scan(*options)
    assert after.returncode == 0
    whole = {json.loads(line)["fingerprint"] for line in after.stdout.splitlines()}
    assert {json.loads(line)["fingerprint"] for line in done.stdout.splitlines()} < whole


def test_ctrl_c_ends_it_the_same_way(sample, home, tmp_path):
    sample.faults.append(Bad("/resolve/", bad.slow(0.1)))
    command = ["scan", "huggingface", "--endpoint", sample.url, "--all", "--cards", "all", "--format", "csv"]
    with subprocess.Popen(
        [sys.executable, "-m", "hubscan.cli", *command],
        env=environment(home, **ONLINE),
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        while not any("/resolve/" in seen.target for seen in list(sample.requests)):
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=60)[1]
    assert process.returncode == 4, said
    assert "Stopped (interrupted)" in said


def test_nothing_is_kept_where_nothing_is_to_be_kept(hubscan, sample, tmp_path):
    done = hubscan("scan", "huggingface", "--endpoint", sample.url, "--limit", "30", "--no-store", "--format", "jsonl")
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert not list(tmp_path.rglob("*.db"))


def test_fail_on_wins_over_incomplete(scan):
    assert scan("--all", "--cards", "all", "--max-requests", "60", "--fail-on", "high", "--quiet").returncode == 15


def test_an_empty_hub_is_nothing_collected(hubscan, hub):
    done = hubscan("scan", "huggingface", "--endpoint", hub([]).url, "--all", "--no-store")
    assert done.returncode == 3
    assert "lists no such repo" in done.stderr


def test_a_hub_that_is_not_there_is_nothing_collected(hubscan):
    done = hubscan(
        "scan", "huggingface", "--endpoint", "http://127.0.0.1:9", "--limit", "1", "--no-store", "--kind", "model"
    )
    assert done.returncode == 3
    assert "unreachable" in done.stderr


def test_a_token_goes_to_the_account_it_belongs_to(scan, sample):
    scan("--limit", "1", "--cards", "none", HF_TOKEN="hf_of_another_place")
    assert not any("authorization" in seen.headers for seen in sample.requests)
    scan("--limit", "2", "--cards", "none", HUBSCAN_TOKEN="hf_given")
    assert sample.requests[-1].headers["authorization"] == "Bearer hf_given"
    own = {"HF_ENDPOINT": sample.url, "HF_TOKEN": "hf_own"}
    scan("--limit", "3", "--cards", "none", **own)
    assert sample.requests[-1].headers["authorization"] == "Bearer hf_own"


def test_a_contact_is_told_to_the_hub(scan, sample):
    scan("--limit", "1", "--cards", "none", "--contact", "https://example.org/crawler")
    assert sample.requests[-1].headers["user-agent"].endswith("(+https://example.org/crawler)")


def test_a_dump_of_a_crawl_is_what_the_crawl_judged(scan, hubscan):
    crawled = scan("--all", "--cards", "all", "--format", "jsonl", "--save-dump", "crawl.jsonl.gz")
    read = hubscan("scan", "dump", "crawl.jsonl.gz", "--no-store", "--format", "jsonl")
    prints = [{json.loads(line)["fingerprint"] for line in done.stdout.splitlines()} for done in (crawled, read)]
    assert prints[0] == prints[1]
    assert prints[0]


def test_headers_of_files_are_read_where_asked(scan, sample):
    done = scan("--all", "--cards", "all", "--headers", "files", "--format", "json", "--save-dump", "crawl.jsonl")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["settings"]["headers"] == "files"
    assert {skip["reason"] for skip in report["skipped"]} == {"headers_withheld"}
    asked = [seen for seen in sample.requests if "range" in seen.headers]
    assert report["requests"]["header"]["requests"] == len(asked)
    assert report["requests"]["header"]["bytes"] == sum(seen.sent for seen in asked) < 50_000
    withheld = {skip["repo"]["id"] for skip in report["skipped"]}
    assert not any(f"/{name}/" in seen.target for seen in asked for name in withheld)
    lines = map(json.loads, SAMPLE.read_text(encoding="utf-8").splitlines())
    whole = {(one.ref.repo_id, one.rule.id) for one in scan_records(lines) if one.ref.hub == "huggingface"}
    assert {(one["repo"]["id"], one["rule"]["id"]) for one in report["findings"]} == whole, "as from the dump"
    alone = ("wolkenrand/adapter-collection", "csae/labels")
    assert alone in whole, "which its header alone shows"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("huggingface", "--headers", "tensors"), "--headers 'tensors' is no choice"),
        (("huggingface", "--headers", "files", "--cards", "none"), "reads no card"),
        (("dump", "x.jsonl", "--headers", "hub"), "--headers is for hubs read over the network"),
    ],
)
def test_a_choice_of_headers_that_is_none(hubscan, options, said):
    done = hubscan("scan", *options, *(("--limit", "1") if options[0] != "dump" else ()))
    assert done.returncode == 2
    assert said in done.stderr.replace("\n", " ")


@pytest.fixture
def replayed(home, tmp_path):
    """Start `hubscan replay`, and return its address."""
    started = []

    def start(*arguments):
        process = subprocess.Popen(
            [sys.executable, "-m", "hubscan.cli", "replay", *map(str, arguments), "--seconds", "100"],
            env=environment(home),
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        started.append(process)
        return process.stdout.readline().strip()

    yield start
    for process in started:
        process.terminate()
        process.communicate()


def test_a_recorded_run_is_served_again(scan, replayed, hubscan, tmp_path):
    first = scan("--all", "--cards", "all", "--kind", "model", "--record", "rec", "--format", "jsonl")
    url = replayed(tmp_path / "rec")
    again = hubscan(
        *("scan", "huggingface", "--endpoint", url, "--all", "--cards", "all", "--kind", "model"),
        *("--no-store", "--format", "jsonl"),
    )
    assert again.returncode == 0, again.stderr
    assert {json.loads(line)["fingerprint"] for line in again.stdout.splitlines()} == {
        json.loads(line)["fingerprint"] for line in first.stdout.splitlines()
    }


def test_a_dump_is_served_with_quota_and_faults(replayed, hubscan):
    url = replayed(SAMPLE, "--quota", "500:300", "--fault", "datasets=status:451")
    done = hubscan(
        "scan", "huggingface", "--endpoint", url, "--all", "--no-store", "--cards", "none", "--format", "json"
    )
    assert done.returncode == 4
    assert [error["kind"] for error in json.loads(done.stdout)["errors"]] == ["blocked"]


def test_an_upload_is_left_out_and_a_later_dump_adds_to_the_first(replayed, hubscan, tmp_path):
    later = {"hub": "huggingface", "kind": "model", "native": {"id": "org/later", "tags": ["later"]}, "card": ""}
    changed = {**PLAIN, "native": {**PLAIN["native"], "tags": ["changed"]}}
    more = tmp_path / "later.jsonl"
    more.write_text("".join(json.dumps(record) + "\n" for record in (later, changed)), encoding="utf-8")
    url = replayed(write_dump(tmp_path / "first.jsonl"), more, "--without", "org/undress-lora")
    options = ("--all", "--kind", "model", "--cards", "none", "--save-dump", "seen.jsonl")
    done = hubscan("scan", "huggingface", "--endpoint", url, *options)
    assert done.returncode == 0, done.stderr
    seen = [json.loads(line)["native"] for line in (tmp_path / "seen.jsonl").read_text().splitlines()]
    assert {one["id"]: one["tags"] for one in seen} == {"org/later": ["later"], "org/plain": ["changed"]}


def test_what_is_not_in_the_dump_cannot_be_left_out(hubscan, tmp_path):
    done = hubscan("replay", write_dump(tmp_path / "first.jsonl"), "--without", "org/nothing")
    assert done.returncode == 2
    assert "the dump holds no 'org/nothing'" in done.stderr
    (tmp_path / "recorded").mkdir()
    done = hubscan("replay", "recorded", "--without", "org/plain")
    assert done.returncode == 2
    assert "a recorded run is played back as it was" in done.stderr


def test_a_schedule_is_kept_run_and_put_on_a_timer(hubscan, sample):
    arguments = ("huggingface", "--endpoint", sample.url, "--since-last", "--all", "--cards", "all")
    assert hubscan("schedule", "add", "nightly", "--at", "02:15", "--", *arguments).returncode == 0
    assert json.loads(hubscan("schedule", "list", "--format", "json").stdout)[0]["name"] == "nightly"
    first, second = hubscan("schedule", "run", "nightly"), hubscan("schedule", "run", "nightly", "--format", "json")
    assert first.returncode == second.returncode == 0, first.stderr
    assert "findings in the first run" in first.stdout
    assert "listed 194, read 194" in first.stdout
    assert json.loads(second.stdout)["delta"]["gone"] == []
    assert re.fullmatch(
        r"15 2 \* \* \* \S+.* schedule run nightly\n", hubscan("schedule", "emit", "nightly", "--format", "cron").stdout
    )


def test_systemd_accepts_what_is_emitted(hubscan, tmp_path):
    hubscan("schedule", "add", "weekly", "--every", "week", "--", "huggingface", "--all")
    text = hubscan("schedule", "emit", "weekly").stdout
    files = re.split(r"^# ~/.config/systemd/user/(\S+)\n", text, flags=re.MULTILINE)[1:]
    for name, body in zip(files[::2], files[1::2], strict=True):
        (tmp_path / name).write_text(body, encoding="utf-8")
    assert [name.rpartition(".")[2] for name in files[::2]] == ["service", "timer"]
    if not shutil.which("systemd-analyze"):
        assert os.environ.get("CI") != "true"
        pytest.skip("systemd-analyze is not installed: apt-get install systemd")
    units = [str(tmp_path / name) for name in files[::2]]
    checked = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    assert "hubscan-weekly" not in checked.stderr, checked.stderr
