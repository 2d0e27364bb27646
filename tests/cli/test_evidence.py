"""A case's evidence from the command line: made, checked, found changed; its text for the key's holder alone."""

import hashlib
import json
import stat
from functools import partial

import pytest

from .conftest import run_in, write_dump

pytest.importorskip("cryptography", reason="evidence needs cryptography: pip install 'hubscan[evidence]'")
pyrage = pytest.importorskip("pyrage", reason="sealing needs pyrage: pip install 'hubscan[evidence]'")


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A folder and the command line in it: one case confirmed, one letter drafted, one key made."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "home").mkdir()
    hubscan = partial(run_in, folder, folder / "home")
    steps = [
        ("scan", "dump", write_dump(folder / "hub.jsonl"), "--quiet"),
        ("cases", "decide", 1, "confirmed", "--reviewer", "kim", "--reason", "The name says so."),
        ("cases", "decide", 1, "confirmed", "--reviewer", "lee", "--reason", "So it does."),
        ("notices", "draft", 1, "--template", "hub-policy", "--name", "Kim", "--email", "kim@example.org",
         "--format", "pdf", "--date", "2020-02-02", "--output", folder / "letter.pdf"),
        ("evidence", "key"),
    ]  # fmt: skip
    for step in steps:
        done = hubscan(*step)
        assert done.returncode == 0, done.stderr
    return folder, hubscan


def test_a_case_is_exported_and_checked_and_a_change_is_found(desk):
    folder, hubscan = desk
    assert hubscan("evidence", "export", 1, "case.json", "--without-text").returncode == 0
    assert stat.S_IMODE((folder / "case.json").stat().st_mode) == 0o600
    checked = hubscan("evidence", "verify", "case.json")
    assert (checked.returncode, "links hold, signed with key" in checked.stdout) == (0, True)
    first = (folder / "case.json").read_bytes()
    hubscan("evidence", "export", 1, "case.json", "--without-text")
    assert (folder / "case.json").read_bytes() == first
    (folder / "case.json").write_bytes(first.replace(b'"confirmed"', b'"rejected!"'))
    refused = hubscan("evidence", "verify", "case.json")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "link" in refused.stderr


def test_the_chain_tells_what_led_to_the_letter_and_no_text(desk):
    folder, hubscan = desk
    hubscan("evidence", "export", 1, "told.json", "--without-text")
    text = (folder / "told.json").read_text(encoding="ascii")
    links = json.loads(text)["chain"]
    assert "nudify" not in text
    kinds = [link["kind"] for link in links]
    assert kinds[:5] == ["tool", "case", "record", "run", "requests"]
    assert {"finding", "event", "decision", "notice"} <= set(kinds)
    (notice,) = (link["body"] for link in links if link["kind"] == "notice")
    assert notice["sha256"] == hashlib.sha256((folder / "letter.pdf").read_bytes()).hexdigest()
    run = next(link["body"] for link in links if link["kind"] == "run")
    assert (run["tool_version"], bool(run["packs"][0]["digest"])) == ("0.1.0", True)


def test_the_text_opens_for_its_key_alone(desk):
    folder, hubscan = desk
    owner = pyrage.x25519.Identity.generate()
    (folder / "age.txt").write_text(f"{owner}\n")
    assert hubscan("evidence", "export", 1, "sealed.json", "--recipient", owner.to_public()).returncode == 0
    assert "nudify" not in (folder / "sealed.json").read_text(encoding="ascii")
    opened = hubscan("evidence", "verify", "sealed.json", "--identity", "age.txt")
    assert "The sealed text opens and is the record named in the chain" in opened.stdout
    assert "nudify" not in opened.stdout


def test_a_letter_carries_its_evidence(desk):
    folder, hubscan = desk
    pypdf = pytest.importorskip("pypdf", reason="reading PDF back needs pypdf: pip install 'hubscan[dev]'")
    hubscan("evidence", "export", 1, "held.json", "--without-text")
    letter = ("notices", "draft", 1, "--template", "hub-policy", "--name", "Kim", "--email", "kim@example.org")
    done = hubscan(*letter, "--format", "pdf", "--evidence", "held.json", "--output", "with.pdf")
    assert done.returncode == 0, done.stderr
    attached = pypdf.PdfReader(folder / "with.pdf").attachments
    assert attached["evidence.json"] == [(folder / "held.json").read_bytes()]
    assert "restricted PDF alone" in hubscan(*letter, "--evidence", "held.json", "--format", "html").stderr
    assert "restricted PDF alone" in hubscan(*letter, "--evidence", "held.json", "--edition", "public").stderr


def test_a_checklist_is_no_notice_and_another_date_does_not_change_the_history(desk):
    folder, hubscan = desk
    state = ("cases", "show", 1, "--format", "json")
    before = hubscan(*state).stdout
    made = hubscan("notices", "draft", 1, "--template", "hotline-referral", "--language", "de", "--date", "2020-02-02")
    assert (made.returncode, "2020-02-02" in made.stdout, '<html lang="de">' in made.stdout) == (0, True, True)
    assert hubscan(*state).stdout == before
    hubscan("evidence", "export", 1, "dated.json", "--without-text")
    assert "2020-02-02" not in (folder / "dated.json").read_text(encoding="ascii")


REFUSED = [
    (("export", 1, "x.json"), 2, "nobody is named who may open the record's text"),
    (("export", 1, "x.json", "--recipient", "age1x"), 2, "no age recipient"),
    (("export", 99, "x.json", "--without-text"), 1, "there is no case 99"),
    (("export", 1, "x.json", "--without-text", "--key", "absent.pem"), 1, "Make one: hubscan evidence key"),
    (("verify", "absent.json"), 1, "Name an evidence file"),
    (("verify", "hub.jsonl"), 1, "no evidence file of schema"),
    (("key",), 2, "there is a key already"),
]


@pytest.mark.parametrize(("command", "code", "why"), REFUSED)
def test_what_cannot_be_done_is_said_with_what_to_do(desk, command, code, why):
    folder, hubscan = desk
    done = hubscan("evidence", *command)
    assert (done.returncode, done.stdout) == (code, "")
    assert why in done.stderr
    assert not (folder / "x.json").exists()
