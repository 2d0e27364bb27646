"""The pages of rules: they say what the rules say, nothing is left out, and those in docs/ are not stale."""

from pathlib import Path

import pytest

from hubscan import policies
from hubscan.engine import grammar, load, pages, wording
from hubscan.features import KINDS

DOCS = Path(__file__).parents[2] / "docs" / "rules"
RULE = """id: mine/tag
title: A teapot | in a tag
status: draft
category: documentation
severity: info
confidence: low
since: 2026-01-01
why: To *test*.
action: Pour.
false_positives: [Kettles.]
policies: [civitai/minors, nobody/nothing]
laws: [eu/dsa-art16]
references: ["https://example.org/teapots"]
match: {all: [{words: teapots, in: [tag]}, {not: {rule: mine/other}}]}
unless: {words: minors}
examples:
  match: [{tags: [teapot], card: "Tea: here.\\n\\n- more"}]
  no_match: [{tags: [cup]}]
"""
OTHER = "id: mine/tag", "id: mine/other"
SIMPLE = "match: {all: [{words: teapots, in: [tag]}, {not: {rule: mine/other}}]}", "match: {phrase: [cup]}"


@pytest.fixture
def root(tmp_path):
    for folder in ("mine", "vocabularies"):
        (tmp_path / folder).mkdir()
    (tmp_path / "mine" / "pack.yaml").write_text("id: mine\ntitle: My own\nversion: 1.2.0\nformat: 1\n")
    words = "id: teapots\ntitle: Teapots\nsource: A test.\nterms:\n  en: ['teapot{,s}']\n"
    (tmp_path / "vocabularies" / "teapots.yaml").write_text(words)
    (tmp_path / "mine" / "tag.yaml").write_text(RULE)
    (tmp_path / "mine" / "other.yaml").write_text(RULE.replace(*OTHER).replace(*SIMPLE))
    return tmp_path


def made(root: Path) -> dict[str, str]:
    return pages.pages(load.load([root]), policies.load(), root / "docs")


def test_the_pages_in_docs_are_those_of_the_rules():
    want = pages.pages(load.load(), policies.load(), DOCS)
    have = {path.relative_to(DOCS).as_posix(): path.read_text(encoding="utf-8") for path in DOCS.rglob("*.md")}
    stale = sorted(name for name in want.keys() | have.keys() if want.get(name) != have.get(name))
    assert stale == [], "run: hubscan rules docs"


def test_a_page_says_what_its_rule_says(root):
    page = made(root)["mine/tag.md"]
    for line in (
        "A teapot \\| in a tag.",
        "Category `documentation`, info severity, low confidence, status draft, since 2026-01-01. "
        "Pack [mine](README.md), [source](../../mine/tag.yaml).",
        "To \\*test\\*.",
        "- all of:",
        "  - a word of [Teapots](../../vocabularies/teapots.yaml) in a tag",
        "  - known not to hold:",
        "    - the rule [`mine/other`](../mine/other.md) matches",
        "- a word of People under 18",
        "- Kettles.",
        "Pour.",
        "- `nobody/nothing`",
        "- Law: Digital Services Act, Article 16: notice and action (`eu/dsa-art16`)",
        "- <https://example.org/teapots>",
        '- {"tags": ["teapot"], "card": "Tea: here.\\n\\n- more"}',
        '- {"tags": ["cup"]}',
    ):
        assert line in page.splitlines()
    assert page.splitlines()[0].startswith(f"<!-- {pages.MARK} from ../../mine/tag.yaml")


def test_packs_and_index_lead_to_the_rules(root):
    found = made(root)
    assert found.keys() == {"README.md", "mine/README.md", "mine/tag.md", "mine/other.md"}
    assert "[`mine/tag`](mine/tag.md) | A teapot" in found["README.md"]
    assert "[`mine/tag`](tag.md) | A teapot" in found["mine/README.md"]
    assert "My own. Version 1.2.0." in found["mine/README.md"]
    assert "- [Teapots](../../vocabularies/teapots.yaml) (`teapots`)" in found["mine/README.md"]


CLAUSES = [
    ({"words": ["a", "b"], "in": "card", "context": "any"}, "- a word of `a` or `b` in the card, whatever the text"),
    ({"words": "a", "context": ["forbids", "cites"]}, "- a word of `a`, outside forbids and cites contexts"),
    ({"phrase": ["tea", "cup"], "in": ["name", "tag"]}, "- `tea` or `cup` in the name or a tag"),
    ({"pattern": "[0-9]teapot", "factor": "teapot"}, "- what the expression `[0-9]teapot` matches"),
    ({"term_list": "partner-a", "in": "tag"}, "- a term of the confidential list `partner-a` in a tag"),
    ({"field": "gated", "is": True}, "- `gated` is `true`"),
    ({"field": "license", "one_of": ["mit", "bsd"]}, "- `license` is `mit` or `bsd`"),
    ({"field": "likes", "at_least": 3}, "- `likes` is at least `3`"),
    ({"field": "created_at", "after": "2026-01-01"}, "- `created_at` is not before `2026-01-01`"),
    ({"field": "card", "missing": True}, "- the hub says that there is no `card`"),
    ({"at_least": 2, "of": [{"words": "a"}, {"words": "b"}]}, "- at least 2 of:\n  - a word of `a`"),
    ({"facets": 2, "of": {"words": "a"}}, "- in 2 or more independent places of the record, any of:\n  - a word"),
    ({"near": [{"words": "a"}, {"words": "b"}], "within": 5}, "- within 5 words of one sentence, all of:\n  - a word"),
    ({"near": [{"words": "a"}, {"words": "b"}]}, "- within one sentence, all of:"),
    ({"any": [{"words": "a"}, {"words": "b"}]}, "- any of:\n  - a word of `a`\n  - a word of `b`"),
]


@pytest.mark.parametrize(("clause", "begins"), CLAUSES)
def test_a_clause_in_words(clause, begins):
    assert "\n".join(wording.said(clause, {})).startswith(begins)


def test_every_clause_and_kind_has_words():
    assert wording._SAID.keys() == grammar.COMPANIONS.keys()
    assert wording.PLACES.keys() == KINDS.keys()
