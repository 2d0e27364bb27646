"""What cannot be done: one clear message each, the right exit code, nothing half-written."""

import os
from pathlib import Path

import pytest

SCAN = ("scan", "dump", "hub.jsonl", "--no-store")
REFUSED = [
    (("scan",), 2, "Missing argument"),
    (("scan", "dump"), 2, "no dump is named"),
    (("scan", "civitai"), 2, "not swept by accident"),
    (("scan", "elsewhere", "x"), 2, "there is no hub 'elsewhere'"),
    (("scan", "dump", "absent.jsonl", "--no-store"), 1, "absent.jsonl: there is no such file"),
    (("scan", "dump", ".", "--no-store"), 1, "this is a folder"),
    ((*SCAN, "--format", "pdf"), 2, "there is no format 'pdf'"),
    ((*SCAN, "--fail-on", "grave"), 2, "'grave' is not one of info, low, medium, high, critical"),
    ((*SCAN, "--min-confidence", "sure"), 2, "'sure' is not one of low, medium, high"),
    (("scan", "huggingface"), 2, "not swept by accident"),
    (("scan", "huggingface", "hub.jsonl", "--all"), 2, "not from files"),
    (("scan", "huggingface", "--all", "--limit", "5"), 2, "say two things"),
    (("scan", "huggingface", "--all", "--since", "2026-11-01", "--since-last"), 2, "say two things"),
    (("scan", "huggingface", "--all", "--since", "yesterday"), 2, "is no date"),
    (("scan", "huggingface", "--all", "--kind", "bucket"), 2, "has no 'bucket'"),
    (("scan", "huggingface", "--all", "--cards", "some"), 2, "is no choice"),
    (("scan", "huggingface", "--repo", "a/b"), 2, "with --kind"),
    (("scan", "huggingface", "--since-last", "--endpoint", "http://127.0.0.1:9"), 2, "nothing to look for changes"),
    (("replay",), 2, "Missing argument"),
    (("replay", "hub.jsonl", "--fault", "x=nothing"), 2, "is no fault"),
    (("replay", "hub.jsonl", "--quota", "many"), 2, "is no quota"),
    (("schedule", "run", "nightly"), 2, "there is no schedule"),
    (("schedule", "add", "nightly", "--", "dump", "hub.jsonl", "--format", "csv"), 2, "--format is the schedule's own"),
    ((*SCAN, "--packs", "absent"), 1, "no such rules folder"),
    ((*SCAN, "--packs", "broken"), 1, "broken/first.yaml:1:"),
    ((*SCAN, "--output", "absent/report.txt"), 1, "the folder does not exist"),
    ((*SCAN, "--output", "/dev/full"), 1, "the disk is full"),
    ((*SCAN, "--save-dump", "absent/copy.jsonl"), 1, "the dump cannot be written"),
    (("scan", "dump", "hub.jsonl", "--database", "mysql://x"), 1, "databases are not supported"),
    (("scan", "dump", "hub.jsonl", "--database", "sqlite:///hub.jsonl"), 1, "this is not an SQLite database"),
    (("hubs", "show", "elsewhere"), 2, "there is no hub 'elsewhere'"),
    (("rules", "show", "csae/labls"), 2, "Did you mean csae/labels"),
    (("rules", "explain", "csae/labels", "hub.jsonl", "--repo", "org/none"), 2, "no repository 'org/none'"),
    (("cases", "show", "7"), 1, "there is no case 7"),
    (("cases", "decide", "7", "guilty", "--reviewer", "a", "--reason", "b"), 2, "guilty"),
    (
        ("cases", "decide", "7", "confirmed", "--reviewer", "a", "--reason", "b", "--policy", "x/y"),
        2,
        "no policy clause",
    ),
    (("notices", "draft", "7", "--template", "letter"), 2, "no notice template 'letter'"),
    (("notices", "draft", "7", "--template", "dsa-art16", "--name", "A"), 2, "Give both --name and --email"),
    (("scorecard", "--hub", "nowhere"), 2, "nothing of nowhere was ever looked at"),
    (("db", "check"), 1, "there is no database yet"),
    (("frobnicate",), 2, "No such command"),
]


@pytest.fixture
def broken(tmp_path: Path) -> None:
    pack = tmp_path / "broken"
    pack.mkdir()
    (pack / "pack.yaml").write_text("id: broken\ntitle: Broken\nversion: 1.0.0\nformat: 1\n")
    (pack / "first.yaml").write_text("id: broken/other\nseverity: grave\n")
    (pack / "second.yaml").write_text("- not\n- a rule\n")


@pytest.mark.usefixtures("dump", "broken")
@pytest.mark.parametrize(("arguments", "code", "why"), REFUSED, ids=[" ".join(case[0]) for case in REFUSED])
def test_refusals(hubscan, tmp_path, arguments, code, why):
    before = sorted(path.name for path in tmp_path.iterdir())
    done = hubscan(*arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert why in done.stderr
    assert done.stderr.count("Error:") == 1
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == before


@pytest.mark.usefixtures("broken")
def test_a_broken_pack_is_told_with_all_its_problems(hubscan, dump):
    said = hubscan("scan", "dump", dump, "--no-store", "--packs", "broken").stderr
    assert "broken/first.yaml:" in said
    assert "broken/second.yaml:" in said


def test_a_full_standard_output_is_said(hubscan, dump):
    for command in (("scan", "dump", dump, "--no-store", "--quiet"), ("hubs", "list"), ("--help",)):
        with Path("/dev/full").open("w") as full:
            done = hubscan(*command, stdout=full)
        assert done.returncode == 1, command
        assert done.stderr.startswith("Error: standard output: "), command
        assert len(done.stderr.splitlines()) == 1, command


def test_a_home_that_cannot_be_written_names_the_two_ways_out(hubscan, dump, home):
    home.rmdir()
    home.write_text("a file where the home should be")
    done = hubscan("scan", "dump", dump)
    assert done.returncode == 1
    assert "--database" in done.stderr.splitlines()[-1]
    assert "--no-store" in done.stderr.splitlines()[-1]


def test_a_read_only_home_is_said_too(hubscan, dump, home):
    if os.geteuid() == 0:
        pytest.skip("root may write anywhere")
    home.chmod(0o500)
    done = hubscan("scan", "dump", dump)
    home.chmod(0o700)
    assert (done.returncode, "--no-store" in done.stderr) == (1, True)


def test_what_nobody_foresaw_names_the_command_that_shows_where(hubscan, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "from hubscan import policies\ndef load(*_):\n    raise ZeroDivisionError('a secret')\npolicies.load = load\n"
    )
    paths = {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(Path(__file__).parent.parent.parent)])}
    done = hubscan("hubs", "list", **paths)
    assert done.returncode == 1
    assert done.stderr == "Error: unforeseen ZeroDivisionError. To see where, run: HUBSCAN_DEBUG=1 hubscan hubs list\n"
    shown = hubscan("hubs", "list", HUBSCAN_DEBUG="1", **paths)
    assert (shown.returncode, "Traceback" in shown.stderr) == (1, True)


def test_help_needs_nothing_that_is_slow_to_load(hubscan):
    done = hubscan("--help", PYTHONPROFILEIMPORTTIME="1")
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert done.returncode == 0
    assert "hubscan.cli.scan" in loaded
    assert loaded.isdisjoint({"sqlalchemy", "numpy", "hyperscan", "jinja2", "huggingface_hub", "rich.console", "yaml"})
