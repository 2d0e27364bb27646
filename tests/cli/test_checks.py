"""Following up from the command line: checks by hand, and on a timer."""

import json
import shutil

import pytest

from hubscan import dumps
from hubscan.replay import serve

from .conftest import run_in, write_dump

SENDER = ("--name", "Kim Example", "--email", "kim@example.org")


@pytest.fixture(scope="module")
def noticed_home(tmp_path_factory):
    """A home in which one case was confirmed and written about."""
    folder = tmp_path_factory.mktemp("noticed")
    dump, home = write_dump(folder / "hub.jsonl"), folder / "home"
    home.mkdir()

    def run(*arguments):
        done = run_in(folder, home, *arguments, HUBSCAN_REVIEWER="kim")
        assert done.returncode == 0, done.stderr

    run("scan", "dump", dump, "--quiet")
    run("cases", "decide", 1, "confirmed", "--reason", "The name says so.")
    run("cases", "decide", 1, "confirmed", "--reason", "It does.", "--reviewer", "ada")
    run("notices", "draft", 1, "--template", "hub-policy", "--format", "markdown", *SENDER)
    run("notices", "sent", 1)
    return home


@pytest.fixture
def noticed(hubscan, noticed_home, home):
    shutil.copytree(noticed_home, home, dirs_exist_ok=True)
    return hubscan


@pytest.fixture
def served(dump):
    records = [one for one in dumps.read([str(dump)]) if hasattr(one, "native")]
    with serve(records) as hub:
        yield hub


def test_nothing_is_due_at_once(noticed):
    done = noticed("checks", "run")
    assert (done.returncode, done.stderr) == (0, "Checked 0: nothing was due.\n")
    assert "Due now: 0." in noticed("checks", "list").stderr


def test_a_check_by_hand(noticed, served):
    done = noticed("checks", "run", "--case", 1, "--hub", "huggingface", "--endpoint", served.url, "--format", "json")
    assert (done.returncode, done.stderr) == (0, "Checked 1: 1 up.\n")
    (told,) = json.loads(done.stdout)
    assert (told["case"], told["outcome"], told["state"]) == (1, "up", "noticed")
    assert "org/undress-lora" in noticed("checks", "list", "--outcome", "up").stdout
    assert json.loads(noticed("checks", "list", "--outcome", "gone", "--format", "json").stdout) == []


def test_where_it_was_read_from_is_said_of_what_is_gone(noticed, served):
    served.catalog.shelf("huggingface", "model").drop("org/undress-lora")
    place = ("--case", 1, "--hub", "huggingface", "--endpoint", served.url)
    assert "not found, read from Switzerland" in noticed("checks", "run", *place, "--vantage", "Switzerland").stdout
    assert "read from Chile" in noticed("checks", "run", *place, HUBSCAN_VANTAGE="Chile").stdout
    done = noticed("checks", "run", *place, "--vantage", " ")
    assert done.returncode == 2
    assert "the vantage is no country or network" in done.stderr


def test_what_cannot_be_seen_is_said_to_be_unknown(noticed):
    done = noticed("checks", "run", "--case", 1, "--hub", "huggingface", "--endpoint", "http://127.0.0.1:9")
    assert done.returncode == 4
    assert "1 unknown" in done.stderr
    assert "gone" not in done.stdout


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--endpoint", "http://127.0.0.1:9"), "--endpoint is the address of one hub"),
        (("--case", "1", "--hub", "civitai"), "a case is not on civitai"),
        (("--case", "7"), "there is no case 7"),
    ],
)
def test_what_fits_nothing_is_refused(noticed, options, why):
    done = noticed("checks", "run", *options)
    assert done.returncode in (1, 2)
    assert why in done.stderr


def test_checks_run_on_a_timer(noticed, served):
    kept = noticed("schedule", "add", "follow-up", "--runs", "checks", "--every", "hour", "--", "--max-requests", "500")
    assert kept.returncode == 0, kept.stderr
    assert "schedule run follow-up" in noticed("schedule", "emit", "follow-up", "--format", "cron").stdout
    done = noticed("schedule", "run", "follow-up")
    assert (done.returncode, done.stderr) == (0, "Checked 0: nothing was due.\n")
    place = ("--case", "1", "--hub", "huggingface", "--endpoint", served.url)
    noticed("schedule", "add", "today", "--runs", "checks", "--", *place)
    done = noticed("schedule", "run", "today")
    assert (done.returncode, done.stderr) == (0, "Checked 1: 1 up.\n")
