"""Every check finds what it is for, and says nothing of a rule that is well."""

from pathlib import Path

import pytest

from hubscan import policies
from hubscan.engine import lint, load

WELL = """id: mine/tag
title: A tag
status: stable
category: documentation
severity: info
confidence: low
since: 2026-01-01
why: To test.
action: None.
false_positives: [Other teapots.]
policies: [civitai/minors]
laws: [eu/dsa-art16]
references: ["https://example.org/teapots"]
match: {words: teapots, in: [tag]}
examples:
  match: [{tags: [teapot]}, {tags: [teapots]}, {tags: [a, teapot]}]
  no_match: [{tags: [cup]}, {tags: [tea]}, {card: teapot}]
"""
WORDS = "id: teapots\ntitle: Teapots\nsource: A test.\nterms:\n  en: ['teapot{,s}']\n"
ALWAYS = "match: {any: [{words: teapots, in: [tag]}, {field: likes, at_least: 0}]}"
PATTERN = "match: {any: [{words: teapots, in: [tag]}, {pattern: '%s', factor: kettle, in: [name]}]}"
TWO_LINES = """match:
  any:
    - {words: teapots, in: [tag]}
    - pattern: 'kettl?e'
      factor: kettle"""
GRAVE = "category: documentation\nseverity: info", "category: evasion\nseverity: high"
SOURCES = """policies: [civitai/minors]
laws: [eu/dsa-art16]
references: ["https://example.org/teapots"]"""
FAULTY = [
    ("id-form", "id: mine/tag", "id: mine/tag_2"),
    ("enough-examples", "{tags: [teapots]}, {tags: [a, teapot]}", "{tags: [teapots]}"),
    ("examples-behave", "{tags: [cup]}", "{tags: [teapot]}"),
    ("reasons", "why: To test.", "why: ' '"),
    ("since-date", "since: 2026-01-01", "since: last year"),
    ("false-positives", "[Other teapots.]", "[]"),
    ("references", "https://example.org/teapots", "see the teapots"),
    ("policies-exist", "civitai/minors", "civitai/teapots"),
    ("laws-exist", "eu/dsa-art16", "eu/teapots"),
    ("always-true", "match: {words: teapots, in: [tag]}", ALWAYS),
    ("single-child", "{words: teapots, in: [tag]}", "{at_least: 1, of: [{words: teapots, in: [tag]}]}"),
    ("pattern-factor", "match: {words: teapots, in: [tag]}", PATTERN % "(kettle)?[0-9]{5}"),
    ("pattern-factor", "match: {words: teapots, in: [tag]}", PATTERN % "kettle|pot"),
    ("vocabulary-used", "match: {words: teapots, in: [tag]}", "match: {phrase: [teapot, teapots], in: [tag]}"),
]


def faults(root: Path, rule: str) -> list[lint.Fault]:
    for folder in ("mine", "vocabularies"):
        (root / folder).mkdir(parents=True)
    (root / "mine" / "pack.yaml").write_text("id: mine\ntitle: Mine\nversion: 1.0.0\nformat: 1\n")
    (root / "vocabularies" / "teapots.yaml").write_text(WORDS)
    name = rule.splitlines()[0].rpartition("/")[2]
    (root / "mine" / f"{name}.yaml").write_text(rule)
    return list(lint.run(lint.subject(load.load([root]), [root], policies.load())))


@pytest.mark.parametrize(
    "match",
    [
        "{words: teapots, in: [tag]}",
        "{any: [{words: teapots, in: [tag]}, {pattern: '(my)?kettle{1,2}[0-9]', factor: kettl, in: [name]}]}",
        "{any: [{words: teapots, in: [tag]}, {pattern: '(?:kettle){1,3}x', factor: Kettle, in: [name]}]}",
    ],
)
def test_a_rule_that_is_well(tmp_path, match):
    assert faults(tmp_path, WELL.replace("{words: teapots, in: [tag]}", match)) == []


@pytest.mark.parametrize(("check", "good", "bad"), FAULTY)
def test_a_fault_is_found_by_its_check(tmp_path, check, good, bad):
    assert good in WELL
    found = faults(tmp_path, WELL.replace(good, bad))
    assert {fault.check for fault in found} == {check}
    assert all(fault.recommendation and fault.problem.line for fault in found)


def test_a_fault_has_the_line_of_its_clause(tmp_path):
    (fault,) = faults(tmp_path, WELL.replace("match: {words: teapots, in: [tag]}", TWO_LINES))
    assert (fault.check, fault.problem.path, fault.problem.line) == ("pattern-factor", "mine/tag.yaml", 18)


def test_every_check_is_found_and_tried():
    names = [check.name for check in lint.checks()]
    assert names == sorted(set(names))
    assert set(names) == {check for check, _, _ in FAULTY} | {
        "confidential-terms",
        "pack-id",
        "stable-names",
        "stable-rests",
    }
    # The first is tried in tests/cli/test_terms.py, the others below.
    assert all(check.recommendation.endswith(".") for check in lint.checks())


def test_a_pack_is_called_as_its_folder(tmp_path):
    assert faults(tmp_path, WELL) == []
    (tmp_path / "mine" / "pack.yaml").write_text("id: other\ntitle: Mine\nversion: 1.0.0\nformat: 1\n")
    (fault,) = lint.run(lint.subject(load.load([tmp_path]), [tmp_path], policies.load()))
    assert (fault.check, fault.problem.path) == ("pack-id", "mine/pack.yaml")


def test_a_stable_rule_names_stable_rules(tmp_path):
    naming = WELL.replace("{words: teapots, in: [tag]}", "{any: [{words: teapots, in: [tag]}, {rule: mine/cup}]}")
    assert faults(tmp_path, WELL) == []
    (tmp_path / "mine" / "tag.yaml").write_text(naming)
    for status, named, found in (("stable", "test", 1), ("test", "draft", 0), ("test", "deprecated", 1)):
        cup = WELL.replace("mine/tag", "mine/cup").replace("status: stable", f"status: {named}")
        (tmp_path / "mine" / "tag.yaml").write_text(naming.replace("status: stable", f"status: {status}"))
        (tmp_path / "mine" / "cup.yaml").write_text(cup)
        faults_ = lint.run(lint.subject(load.load([tmp_path]), [tmp_path], policies.load()))
        assert [fault.check for fault in faults_] == ["stable-names"] * found


@pytest.mark.parametrize(("status", "found"), [("stable", ["stable-rests"]), ("test", [])])
def test_a_grave_stable_rule_cites_something(tmp_path, status, found):
    grave = WELL.replace(*GRAVE).replace("status: stable", f"status: {status}")
    assert faults(tmp_path / "one", grave) == []
    bare = grave.replace(SOURCES, "policies: []\nlaws: []\nreferences: []")
    assert [fault.check for fault in faults(tmp_path / "two", bare)] == found
