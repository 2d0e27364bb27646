"""`hubscan terms`: a confidential list is kept, matched and never shown; without it its rules are not run."""

import json
import stat

import pytest

SECRET = "a secret of the operator, long enough"
KEY = {"HUBSCAN_TERMS_KEY": SECRET}
TERM = "kettlefish"
PACK = "id: mine\ntitle: Mine\nversion: 1.0.0\nformat: 1\n"
RULE = """id: mine/listed
title: A listed word
status: stable
category: evasion
severity: low
confidence: low
since: 2026-01-01
why: To test.
action: None.
false_positives: [Others.]
match: {term_list: partner-names, in: [name, tag, card]}
examples:
  no_match: [{tags: [a]}, {tags: [b]}, {tags: [c]}]
"""


@pytest.fixture
def packs(tmp_path):
    pack = tmp_path / "mine"
    pack.mkdir()
    (pack / "pack.yaml").write_text(PACK)
    (pack / "listed.yaml").write_text(RULE)
    native = {"id": "org/plain", "tags": ["a-KettleFish"], "cardData": {}}
    record = {"hub": "huggingface", "kind": "model", "native": native, "card": f"A {TERM} of ours. password kettlefish"}
    (tmp_path / "hub.jsonl").write_text(json.dumps(record) + "\n")
    (tmp_path / "words.txt").write_text(f"# ours\n{TERM}\n")
    return pack


@pytest.mark.usefixtures("packs")
def test_a_list_is_kept_and_matched_and_not_shown(hubscan, home):
    added = hubscan("terms", "add", "partner-names", "words.txt", **KEY)
    assert (added.returncode, added.stdout) == (0, "")
    (path,) = home.rglob("terms/*.json")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    listed = json.loads(hubscan("terms", "list", "--format", "json").stdout)
    assert [(one["id"], one["terms"]) for one in listed] == [("partner-names", 1)]
    done = hubscan("scan", "dump", "hub.jsonl", "--packs", "mine", "--format", "json", **KEY)
    (finding,) = json.loads(done.stdout)["findings"]
    assert finding["rule"]["id"] == "mine/listed"
    assert {item["field"] for item in finding["evidence"]} == {"tags[0]", "card"}
    assert {item["term_ref"].partition("#")[0] for item in finding["evidence"]} == {"partner-names"}
    told = hubscan("rules", "explain", "mine/listed", "hub.jsonl", "--packs", "mine", "--reveal", **KEY)
    assert "true: term_list partner-names in name, tag, card" in told.stdout
    assert "password" in told.stdout
    case = hubscan("cases", "show", "1", "--reveal", **KEY)
    for output in (added, done, told, case):
        assert TERM not in (output.stdout + output.stderr).lower()


@pytest.mark.usefixtures("packs")
@pytest.mark.parametrize("fmt", ["table", "json", "sarif", "html"])
def test_without_its_list_a_rule_is_not_run(hubscan, fmt):
    done = hubscan("scan", "dump", "hub.jsonl", "--packs", "mine", "--no-store", "--format", fmt, **KEY)
    assert done.returncode == 0
    assert "1 rule did not run: mine/listed" in done.stderr
    assert "term list partner-names is not loaded" in done.stdout


@pytest.mark.usefixtures("packs")
def test_without_the_key_a_rule_is_not_run_and_check_says_why(hubscan):
    assert hubscan("terms", "check", "--packs", "mine").stdout == (
        "partner-names: there is no such list; mine/listed will not run\n"
    )
    hubscan("terms", "add", "partner-names", "words.txt", **KEY)
    assert "did not run" in hubscan("scan", "dump", "hub.jsonl", "--packs", "mine", "--no-store").stderr
    for env, code, what in (
        (KEY, 0, ""),
        ({}, 1, "partner-names: neither HUBSCAN_TERMS_KEY_FILE nor HUBSCAN_TERMS_KEY names its key\n"),
        ({"HUBSCAN_TERMS_KEY": SECRET[::-1]}, 1, "partner-names: it was added under another key\n"),
    ):
        done = hubscan("terms", "check", "--packs", "mine", **env)
        assert (done.returncode, done.stdout) == (code, what)


@pytest.mark.usefixtures("packs")
def test_what_is_refused_is_said_without_a_word(hubscan, tmp_path):
    (tmp_path / "bad.txt").write_text(f"fine words\n{TERM}*\n")
    for arguments, what in (
        (("partner-names", "bad.txt"), "line 2: an open ending"),
        (("Partner", "words.txt"), "lower-case words"),
        (("partner-names", "none.txt"), "cannot be read"),
    ):
        done = hubscan("terms", "add", *arguments, **KEY)
        assert done.returncode in (1, 2)
        assert what in done.stderr
        assert TERM not in done.stderr
    assert "there is no key" in hubscan("terms", "add", "partner-names", "words.txt").stderr
    assert hubscan("terms", "add", "partner-names", "words.txt", **KEY).returncode == 0
    assert "--replace" in hubscan("terms", "add", "partner-names", "words.txt", **KEY).stderr
    assert hubscan("terms", "add", "partner-names", "words.txt", "--replace", **KEY).returncode == 0


def test_lint_finds_a_term_in_a_rule_and_does_not_repeat_it(hubscan, packs):
    (packs / "listed.yaml").write_text(RULE.replace("To test.", "The KettleFish of ours."))
    hubscan("terms", "add", "partner-names", "words.txt", **KEY)
    assert hubscan("rules", "lint", "--packs", "mine").stdout == ""
    done = hubscan("rules", "lint", "--packs", "mine", **KEY)
    assert done.returncode == 1
    assert "mine/listed.yaml:8: a term of the confidential list partner-names stands here" in done.stdout
    assert TERM not in done.stdout.lower()
    assert hubscan("rules", "test", "--packs", "mine", **KEY).returncode == 0
