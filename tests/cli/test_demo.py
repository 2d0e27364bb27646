"""The demo: two hubs on loopback, and the whole circle from a scan to a file that is up again elsewhere."""

import json
import re
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from .conftest import ROOT, environment, run_in

pytestmark = pytest.mark.slow

REMOVED, IGNORED, AGAIN = "corvane/inpaint-nudify-xl", "estudio-rambla/quita-ropa", "3990417"
OUTPUTS = [
    "huggingface.html",
    "civitai.html",
    "civitai-later.html",
    "takedown-request-1.pdf",
    "takedown-request-2.pdf",
    "evidence.json",
    "case.txt",
    "scorecard.html",
    "scorecard.pdf",
]


@dataclass(frozen=True)
class Demo:
    """A demo that has run: what it said, what it wrote, and its database."""

    said: subprocess.CompletedProcess[str]
    checkout: Path

    @property
    def out(self):
        return self.checkout / "demo-output"

    def ask(self, *command):
        database = f"sqlite:///{self.out / 'hubscan.db'}"
        done = run_in(self.checkout, self.checkout, *command, "--database", database, "--format", "json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def rows(self, query):
        with sqlite3.connect(self.out / "hubscan.db") as connection:
            return connection.execute(query).fetchall()

    def case(self, repo_id):
        (number,) = (one["number"] for one in self.ask("cases", "list") if one["repo"]["id"] == repo_id)
        return self.ask("cases", "show", number)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """Run in a copy of the checkout whose virtual environment is this test's own, so that nothing is installed."""
    checkout = tmp_path_factory.mktemp("demo") / "checkout"
    left_out = shutil.ignore_patterns(".git", ".venv", "demo-output", "__pycache__", ".*_cache", "tests")
    shutil.copytree(ROOT, checkout, ignore=left_out)
    lend_environment(checkout)
    (checkout / "demo-output").mkdir()
    (checkout / "demo-output" / "hubscan.db").write_text("left by a run that was cut off")
    started = [checkout / "hubscan-demo"]
    said = subprocess.run(
        started, cwd=checkout, env=environment(checkout), capture_output=True, text=True, timeout=300, check=False
    )
    assert said.returncode == 0, said.stderr
    return Demo(said, checkout)


def lend_environment(checkout: Path) -> None:
    """Let `tools/setup.sh` find everything installed: Python, the console script, and its own two notes."""
    binaries = checkout / ".venv" / "bin"
    binaries.mkdir(parents=True)
    (binaries / "python").write_text(f'#!/bin/sh\nPYTHONPATH={checkout} exec {sys.executable} "$@"\n')
    (binaries / "hubscan").write_text(f'#!/bin/sh\nexec {binaries / "python"} -m hubscan.cli "$@"\n')
    for script in binaries.iterdir():
        script.chmod(0o755)
    (checkout / ".venv" / "made-in").write_text(f"{checkout}\n")
    sums = subprocess.run(["cksum", "pyproject.toml", "constraints.txt"], cwd=checkout, capture_output=True, check=True)
    (checkout / ".venv" / "installed-pdf,evidence").write_bytes(sums.stdout)


def test_it_names_what_it_wrote_and_its_servers_are_gone(demo):
    paths = [Path(path) for path in re.findall(r": +(/\S+)$", demo.said.stdout, re.MULTILINE)]
    assert [path.name for path in paths] == OUTPUTS
    assert all(path.stat().st_size > 200 for path in paths)
    assert not [path.name for path in demo.out.iterdir() if path.name in ("address", "server.txt")]
    assert not [place for place in Path("/proc").glob("[0-9]*/cwd") if where(place) == demo.checkout]


def where(link: Path) -> Path | None:
    """Return where a process works, None for one that is somebody else's or has ended."""
    try:
        return link.readlink()
    except OSError:
        return None


def test_two_people_confirm_and_the_letters_are_pdfs_with_evidence(demo):
    for repo in (REMOVED, IGNORED):
        case = demo.case(repo)
        assert case["severity"] == "critical"
        assert [one["reviewer"] for one in case["decisions"]] == ["demo-a", "demo-b"]
    for number in (1, 2):
        assert (demo.out / f"takedown-request-{number}.pdf").read_bytes().startswith(b"%PDF-")
    assert "links hold" in (demo.out / "evidence.txt").read_text(encoding="utf-8")


def test_what_the_hub_ignores_is_up_and_stays_due(demo):
    case = demo.case(IGNORED)
    assert [(one["kind"], one["word"]) for one in case["events"]] == [
        ("opened", "finding"),
        ("decided", "confirmed"),
        ("decided", "confirmed"),
        ("noticed", "drafted"),
        ("noticed", "sent"),
        ("checked", "up"),
    ]
    assert case["state"] == "noticed"
    assert case["due_at"]


def test_what_the_hub_removed_is_gone_and_its_case_is_open_again_for_the_file_on_the_other_hub(demo):
    case = demo.case(REMOVED)
    assert [(one["kind"], one["word"], one["note"]) for one in case["events"][5:]] == [
        ("acted", "removed", None),
        ("checked", "gone", None),
        ("checked", "gone", None),
        ("reopened", "elsewhere", f"civitai:model:{AGAIN}"),
    ]
    assert case["state"] == "open"
    number = case["number"]
    assert f"Case {number} is in the queue again: its file is up as civitai:model:{AGAIN}." in demo.said.stderr
    assert [(one["repo"], one["presence"]) for one in case["elsewhere"]] == [(f"civitai:model:{AGAIN}", "up")]
    assert "opened again: elsewhere" in (demo.out / "case.txt").read_text(encoding="utf-8")


def test_the_upload_on_the_other_hub_has_a_case_of_its_own_for_its_hash_alone(demo):
    case = demo.case(AGAIN)
    assert (case["state"], [one["rule"]["id"] for one in case["findings"]]) == ("open", ["reupload/confirmed-file"])
    (match,) = demo.ask("identity", "match")
    assert [(one["repo"]["id"], one["presence"]) for one in match["gone"]] == [(REMOVED, "removed")]
    assert [(one["repo"]["id"], one["uploader_relation"]) for one in match["up"]] == [(AGAIN, "another")]


def test_the_checks_asked_for_entries_only_and_no_scan_for_a_file(demo):
    classes = "SELECT source, url_class, count(*) FROM requests JOIN runs ON runs.id = run_id GROUP BY 1, 2"
    asked = {(source, url_class): number for source, url_class, number in demo.rows(classes)}
    assert asked.pop(("checks huggingface", "check")) == 5, "three entries, and twice whether the hub shows anything"
    assert {url_class for _, url_class in asked} == {"listing", "card", "info"}
    ((most,),) = demo.rows("SELECT max(received) FROM requests")
    assert most < 1_000_000, "bytes of the longest reply; the smallest weight file of the sample hub is longer"


def test_both_hubs_are_counted(demo):
    card = demo.ask("scorecard")
    counted = {row["key"]: {hub: one["value"] for hub, one in row["values"].items()} for row in card["measures"]}
    expected = {
        "listed": {"civitai": 28, "huggingface": 194},
        "unread": {"civitai": 0, "huggingface": 0},
        "confirmed": {"civitai": None, "huggingface": 2},
        "noticed": {"civitai": 0, "huggingface": 2},
    }
    assert {key: counted[key] for key in expected} == expected
    assert "huggingface" in demo.said.stdout, "the table is printed too"
