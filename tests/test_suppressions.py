"""Suppressions: what an entry takes out of sight, what it does not, and how a wrong one is named."""

from dataclasses import replace

import pytest

from hubscan import suppressions
from hubscan.errors import InputError, SuppressionError
from tests.engine.made import A, matcher, record, rule

RULES = frozenset({"demo/one"})
ENTRY = """suppressions:
  - rule: demo/one
    repo: huggingface:model:org/plain
    reason: Seen.
    author: ada
    expires: 2026-06-30
"""
ONE = record(card="a lantern")
(FINDING,) = matcher(rule(A)).match(ONE)


def read(folder, text):
    path = folder / "s.yaml"
    path.write_text(text)
    return suppressions.read(path, RULES)


def by_digest(digest: str) -> tuple[str, str]:
    return "repo: huggingface:model:org/plain", f"digest: '{digest}'"


def elsewhere(finding):
    return replace(finding, ref=replace(finding.ref, repo_id="org/other"))


def of_another_rule(finding):
    return replace(finding, rule=replace(finding.rule, id="demo/two"))


SIEVED = [
    (ENTRY, "2026-06-30", FINDING, ONE, True, "on its last day"),
    (ENTRY, "2026-07-01", FINDING, ONE, False, "the day after"),
    (ENTRY, "2026-06-30", elsewhere(FINDING), ONE, False, "another repo"),
    (ENTRY, "2026-06-30", of_another_rule(FINDING), ONE, False, "another rule"),
    (ENTRY.replace(*by_digest(ONE.digest)), "2026-06-30", elsewhere(FINDING), ONE, True, "the same content elsewhere"),
    (ENTRY.replace(*by_digest("0" * 64)), "2026-06-30", FINDING, ONE, False, "another content"),
]


@pytest.mark.parametrize(("text", "today", "finding", "one", "expected", "why"), SIEVED)
def test_what_an_entry_takes_out_of_sight(tmp_path, text, today, finding, one, expected, why):
    sieve = suppressions.Sieve(read(tmp_path, text), today)
    found = sieve.suppresses(finding, one)
    assert (found is not None) is expected, why
    assert (sieve.idle() == ()) is expected


def test_entries_without_effect_say_why(tmp_path):
    (entry,) = read(tmp_path, ENTRY)
    assert entry.where.endswith("s.yaml:2")
    for today, reason in (("2026-06-30", "met nothing"), ("2026-07-01", "expired on 2026-06-30")):
        (idle,) = suppressions.Sieve([entry], today).idle()
        assert (idle.entry, idle.reason) == (entry, reason)


BROKEN = [
    ("rule: demo/one", "rule: demo/two", "2: there is no rule 'demo/two'"),
    ("author: ada", "author: ''", "5: 'author' must be a text"),
    ("    reason: Seen.\n", "", "2: 'reason' must be a text"),
    ("    expires: 2026-06-30\n", "", "2: 'expires' must be a text"),
    ("2026-06-30", "next May", "6: 'next May' is not a day"),
    ("huggingface:model:org/plain", "org/plain", "3: must be hub:kind:id"),
    ("author: ada", "author: ada\n    until: x", "6: unknown key 'until'"),
    ("    repo: huggingface:model:org/plain\n", "", "2: an entry names either `repo` or `digest`"),
    ("author: ada", f"author: ada\n    digest: '{'0' * 64}'", "2: an entry names either `repo` or `digest`"),
    *[(by_digest("")[0], by_digest("00")[1], "3: must be the 64 hex digits")],
    (ENTRY, "suppressions: x\n", "1: the file must be a mapping with the list"),
    (ENTRY, "suppressions: [x]\n", "1: an entry must be a mapping"),
    (ENTRY, "suppressions: [\n", "2: not valid YAML"),
    ("suppressions:", "rules: []\nsuppressions:", "1: unknown key 'rules'"),
]


@pytest.mark.parametrize(("good", "bad", "expected"), BROKEN)
def test_a_wrong_entry_is_named_by_path_and_line(tmp_path, good, bad, expected):
    assert good in ENTRY
    with pytest.raises(SuppressionError) as raised:
        read(tmp_path, ENTRY.replace(good, bad, 1))
    assert any(f"s.yaml:{expected}" in str(problem) for problem in raised.value.problems), raised.value.problems


def test_all_faults_come_at_once(tmp_path):
    with pytest.raises(SuppressionError, match="2 problems"):
        read(tmp_path, ENTRY.replace("author: ada", "author: ''").replace("2026-06-30", "x"))


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(InputError, match="there is no such file"):
        suppressions.read(tmp_path / "none.yaml", RULES)
