"""From a kept scan to a letter: cases, decisions, notices, scorecard, database."""

import hashlib
import json
import shutil
import sqlite3
import stat

import pytest

from .conftest import run_in, write_dump

SENDER = ("--name", "Kim Example", "--email", "kim@example.org")


@pytest.fixture(scope="module")
def scanned_home(tmp_path_factory):
    """A home in which one scan is kept, with one case."""
    folder = tmp_path_factory.mktemp("scanned")
    dump, home = write_dump(folder / "hub.jsonl"), folder / "home"
    home.mkdir()
    assert run_in(folder, home, "scan", "dump", dump, "--quiet").returncode == 0
    return home


@pytest.fixture
def scanned(hubscan, scanned_home, home):
    """A kept scan that nobody has reviewed."""
    shutil.copytree(scanned_home, home, dirs_exist_ok=True)
    return hubscan


@pytest.fixture
def reviewed(scanned):
    """A kept scan whose one case is critical, and confirmed by two people."""
    for reviewer in ("kim", "ada"):
        decided = scanned("cases", "decide", 1, "confirmed", "--reviewer", reviewer, "--reason", "The name says so.")
        assert (decided.returncode, decided.stderr) == (0, "Case 1 is confirmed.\n")
    return scanned


def database(home):
    return home / ".local" / "share" / "hubscan" / "hubscan.db"


def test_a_scan_is_kept_in_the_home_and_tells_what_changed(hubscan, dump, home):
    first = hubscan("scan", "dump", dump, "--format", "json")
    assert "in the first scan of this" in first.stderr
    assert "Opened 1 case for findings of severity medium or higher" in first.stderr
    assert json.loads(first.stdout)["delta"] is None
    assert stat.S_IMODE(database(home).stat().st_mode) == 0o600
    dump.write_text(dump.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    second = json.loads(hubscan("scan", "dump", dump, "--format", "json").stdout)
    assert (second["delta"]["new"], bool(second["delta"]["gone"])) == ([], True)
    assert second["delta"]["since"]


def test_a_scan_that_collects_nothing_makes_nothing_gone(hubscan, dump):
    hubscan("scan", "dump", dump, "--quiet")
    text = dump.read_text(encoding="utf-8")
    dump.write_text("", encoding="utf-8")
    assert hubscan("scan", "dump", dump).returncode == 3
    dump.write_text(text, encoding="utf-8")
    assert "Kept: 0 new, 0 changed, 0 gone since" in hubscan("scan", "dump", dump).stderr


def test_no_store_keeps_nothing(hubscan, dump, home):
    hubscan("scan", "dump", dump, "--no-store")
    assert list(home.iterdir()) == []


def test_cases_open_by_severity_and_later_on_demand(hubscan, dump):
    hubscan("scan", "dump", dump, "--quiet", "--open-cases", "none")
    assert json.loads(hubscan("cases", "list", "--format", "json").stdout) == []
    assert (
        hubscan("cases", "open", "--min-severity", "info").stderr
        == "Opened 2 cases for findings of severity info or higher.\n"
    )
    cases = json.loads(hubscan("cases", "list", "--format", "json", "--min-severity", "high").stdout)
    assert [(case["number"], case["state"], case["severity"]) for case in cases] == [(2, "open", "critical")]
    assert cases[0]["repo"] == {
        "hub": "huggingface",
        "kind": "model",
        "id": "org/undress-lora",
        "url": "https://huggingface.co/org/undress-lora",
        "revision": None,
    }


def test_a_case_is_shown_redacted_unless_asked(reviewed):
    shown = reviewed("cases", "show", 1)
    assert "nudify" not in shown.stdout
    assert "[••••••]" in shown.stdout
    assert "kim: confirmed. The name says so." in shown.stdout
    revealed = reviewed("cases", "show", 1, "--reveal")
    assert ("[nudify]" in revealed.stdout, revealed.stderr.startswith("Warning: ")) == (True, True)
    told = json.loads(reviewed("cases", "show", 1, "--format", "json").stdout)
    assert (told["state"], told["outdated"], told["decisions"][0]["reviewer"]) == ("confirmed", False, "kim")


def test_a_letter_is_drafted_kept_and_warned_of(reviewed, tmp_path, home):
    out = tmp_path / "letter.md"
    options = ("--template", "hub-policy", "--format", "markdown", *SENDER, "--output", out)
    done = reviewed("notices", "draft", 1, *options)
    assert (done.returncode, done.stdout) == (0, "")
    assert "Warning: " in done.stderr
    assert "Kim Example" in out.read_text(encoding="utf-8")
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    with sqlite3.connect(database(home)) as kept:
        digests = [row[0] for row in kept.execute("SELECT sha256 FROM notices")]
    assert digests == [hashlib.sha256(out.read_bytes()).hexdigest()]
    assert json.loads(reviewed("cases", "list", "--format", "json").stdout)[0]["state"] == "noticed"


def test_a_letter_that_cannot_be_written_is_not_kept(reviewed, home):
    done = reviewed("notices", "draft", 1, "--template", "hub-policy", *SENDER, "--output", "absent/letter.html")
    assert done.returncode == 1
    with sqlite3.connect(database(home)) as kept:
        assert kept.execute("SELECT count(*) FROM notices").fetchone() == (0,)


def test_the_notifier_may_stand_in_the_environment(reviewed):
    who = {"HUBSCAN_NOTIFIER_NAME": "Kim Example", "HUBSCAN_NOTIFIER_EMAIL": "kim@example.org"}
    done = reviewed("notices", "draft", 1, "--template", "hub-policy", "--format", "json", **who)
    assert json.loads(done.stdout)["letter"]["sender"]["name"] == "Kim Example"


def test_a_decision_on_other_content_is_said_to_be_outdated(reviewed, dump):
    dump.write_text(dump.read_text(encoding="utf-8").replace("nudify", "nudify-v2"), encoding="utf-8")
    reviewed("scan", "dump", dump, "--quiet")
    assert "the content has changed since" in reviewed("cases", "show", 1).stdout
    letter = reviewed("notices", "draft", 1, "--template", "hub-policy", *SENDER)
    assert "The record has changed since the decision" in letter.stderr


def test_one_person_alone_writes_no_critical_letter(scanned):
    scanned("cases", "decide", 1, "confirmed", "--reason", "The name says so.", HUBSCAN_REVIEWER="kim")
    done = scanned("notices", "draft", 1, "--template", "hub-policy", *SENDER)
    assert (done.returncode, done.stdout) == (1, "")
    assert "it is critical, and only kim confirmed" in done.stderr


def test_a_case_is_followed_to_its_end(reviewed):
    reviewed("notices", "draft", 1, "--template", "hub-policy", *SENDER)
    steps = (
        (("notices", "sent", 1), "Recorded. To be checked on the hub from "),
        (("cases", "acknowledge", 1, "--reference", "T-7"), "Case 1 is acknowledged."),
        (("cases", "act", 1, "refused", "--note", "No clause."), "Case 1 is refused."),
        (("cases", "appeal", 1, "--by", "reviewer", "--reason", "There is one."), "Case 1 is appealed."),
        (("cases", "decide", 1, "rejected", "--reason", "There is none."), "Case 1 is rejected."),
        (("cases", "close", 1, "--reason", "Settled."), "Case 1 is closed."),
        (("cases", "reopen", 1, "--reason", "Back."), "Case 1 is open."),
    )
    for step, said in steps:
        assert reviewed(*step, HUBSCAN_REVIEWER="kim").stderr.startswith(said)
    assert reviewed("cases", "assign", 1, "Ada").stderr == "Case 1 is given to ada.\n"
    page = reviewed("cases", "show", 1).stdout
    for line in ("kim: acknowledged by the hub. T-7", "kim: the hub answered: refused. No clause.", "given to ada"):
        assert line in page
    listed = json.loads(reviewed("cases", "list", "--assignee", "ada", "--state", "open", "--format", "json").stdout)
    assert [(case["number"], case["priority"]) for case in listed] == [
        (1, "critical severity, high confidence, 2 places agree, downloads not known")
    ]


def test_many_cases_are_decided_after_a_count(hubscan, dump):
    hubscan("scan", "dump", dump, "--quiet", "--open-cases", "info")
    said = ("cases", "decide-all", "rejected", "--reviewer", "kim", "--reason", "A test.", "--state", "open")
    counted = hubscan(*said)
    assert counted.stderr == "Would decide rejected on 2 cases (2 open). Nothing was changed: to do it, add --yes.\n"
    assert len(json.loads(hubscan("cases", "list", "--state", "open", "--format", "json").stdout)) == 2
    assert hubscan(*said, "--yes").stderr == "Decided rejected on 2 cases (2 open).\n"
    assert hubscan(*said, "--yes").stderr == "Decided rejected on 0 cases.\n"
    short = hubscan("cases", "list", "--limit", "1")
    assert len(short.stdout.splitlines()) == 2
    assert "there are more" in short.stderr


def test_an_undecided_case_has_no_letter(scanned):
    done = scanned("notices", "draft", 1, "--template", "hub-policy", *SENDER)
    assert (done.returncode, done.stdout) == (1, "")
    assert "nobody has decided this case" in done.stderr


def test_a_scorecard_says_unknown(scanned, tmp_path):
    assert "unknown" in scanned("scorecard").stdout
    card = json.loads(scanned("scorecard", "--format", "json", "--hub", "huggingface", "--hub", "github").stdout)
    values = {row["key"]: [one["value"] for one in row["values"].values()] for row in card["measures"]}
    assert (values["read"], values["flagged"], values["confirmed"]) == ([2, None], [1, None], [None, None])
    scanned("scorecard", "--format", "html", "--output", "card.html")
    page = (tmp_path / "card.html").read_text(encoding="utf-8")
    assert "<svg" in page
    assert "unknown" in page
    assert "| Read | 2 |" in scanned("scorecard", "--format", "markdown").stdout
    assert "recommendation,huggingface,H11" in scanned("scorecard", "--format", "csv").stdout


def test_a_scorecard_names_repositories_only_where_asked(scanned):
    for edition in ("public", "restricted"):
        scanned("cases", "decide", 1, "confirmed", "--reviewer", "ada", "--reason", "So it is.")
        scanned("cases", "decide", 1, "confirmed", "--reviewer", "ben", "--reason", "So it is.")
        scanned("notices", "draft", 1, "--template", "hub-policy", "--output", "letter.html", *SENDER)
        scanned("notices", "sent", 1, "--reviewer", "ada")
        scanned("cases", "act", 1, "refused", "--reviewer", "ada")
        done = scanned("scorecard", "--edition", edition, "--format", "json", "--date", "2026-12-01")
        assert ("undress-lora" in done.stdout) == (edition == "restricted")
    assert json.loads(done.stdout)["made_at"] == "2026-12-01T00:00:00Z"


def test_an_operators_own_facts_are_told_as_theirs(scanned, home):
    own = home / ".config" / "hubscan" / "hubs"
    own.mkdir(parents=True)
    practice = '[[practices]]\nrecommendation = "H1"\nstance = "none"\nsays = "It said so in a letter."\n'
    where = 'url = "https://hub.example/letter"\nverified = 2026-11-01\nsource = "a letter"\n'
    (own / "huggingface.toml").write_text(f'name = "huggingface"\n{practice}{where}', encoding="utf-8")
    card = json.loads(scanned("scorecard", "--format", "json").stdout)
    found = card["recommendations"][0]["answers"]["huggingface"]
    assert (found["standing"], found["source"]) == ("none", "a letter (from the operator's own file)")
    assert "Practice H1: none" in scanned("hubs", "show", "huggingface").stdout
    (own / "huggingface.toml").write_text(
        'name = "huggingface"\n[[practices]]\nrecomendation = "H1"\n', encoding="utf-8"
    )
    broken = scanned("scorecard")
    assert broken.returncode == 1
    assert f"{own}/huggingface.toml:3: unknown key recomendation (did you mean recommendation?)" in broken.stderr


def test_an_unknown_creators_model_is_told_with_what_is_near(scanned):
    done = scanned("scorecard", "--creator", "org/undres-lora")
    assert (done.returncode, done.stdout) == (2, "")
    assert "nothing stored is called 'org/undres-lora'" in done.stderr
    assert "org/undress-lora" in done.stderr


def test_the_database_is_made_and_looked_at(hubscan, home):
    assert hubscan("db", "upgrade").returncode == 0
    seen = json.loads(hubscan("db", "check", "--format", "json").stdout)
    assert (seen["current"], seen["damage"], seen["rows"]["records"]) == (True, [], 0)
    with sqlite3.connect(database(home)) as kept:
        kept.execute("PRAGMA foreign_keys=OFF")
        kept.execute("INSERT INTO case_findings VALUES (9, 'none', 'now')")
    done = hubscan("db", "check")
    assert (done.returncode, "damaged" in done.stdout) == (1, True)
