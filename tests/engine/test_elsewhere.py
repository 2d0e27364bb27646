"""Clauses over hash lists and lineage: what was not handed in is unknown, and its rule is reported as not run."""

from dataclasses import replace

import pytest

from hubscan import bases, scan
from hubscan.engine.elsewhere import Known
from hubscan.engine.load import load
from hubscan.engine.match import Matcher
from hubscan.errors import RuleError
from hubscan.findings import Span
from hubscan.hashlists import HashEvent, Opinion
from hubscan.identity import hashlist
from hubscan.lineage import build
from hubscan.records import BaseModel, FileEntry, RepoRecord, RepoRef
from hubscan.uploads import Counts

SHA = "ab" * 32
RULE = """id: mine/{name}
title: A rule
status: stable
category: documentation
severity: info
confidence: low
since: 2026-01-01
why: To test.
action: None.
match: {match}
examples: {{match: [], no_match: []}}
"""


@pytest.fixture
def rulebook(tmp_path):
    def make(**rules):
        folder = tmp_path / "mine"
        folder.mkdir()
        (folder / "pack.yaml").write_text("id: mine\ntitle: Mine\nversion: 1.0.0\nformat: 1\n")
        for name, match in rules.items():
            (folder / f"{name}.yaml").write_text(RULE.format(name=name, match=match))
        return load([folder])

    return make


def record(*parents, files=(), name="a/a", unknown=False):
    return RepoRecord(
        ref=RepoRef("huggingface", "model", name),
        url="u",
        title="a",
        base_models=None if unknown else tuple(map(BaseModel, parents)),
        files=None if files is None else tuple(FileEntry(name, 9999, digest) for name, digest in files),
    )


def lists(opinion="positive"):
    told = {
        "list": "feed",
        "algorithm": "sha256",
        "value": SHA,
        "source": "x",
        "reason": "",
        "at": "2026-01-01T00:00:00Z",
    }
    event = HashEvent(opinion=Opinion(opinion), **told)
    return hashlist.Opinions(hashlist.entries([event], "2026-02-01T00:00:00Z"))


HASH = "{file_hash: {list: feed, opinion: positive}}"
LISTED = record(files=[("README.md", None), ("w.ckpt", SHA)])


@pytest.mark.parametrize(
    ("made", "known", "expected"),
    [
        (LISTED, Known(hashes=lists()), True),
        (LISTED, Known(hashes=lists("negative")), False),
        (record(files=[("w.ckpt", "cd" * 32)]), Known(hashes=lists()), False),
        (record(files=[("README.md", None)]), Known(hashes=lists()), False),
        (record(files=[("w.ckpt", None)]), Known(hashes=lists()), None),
        (record(files=None), Known(hashes=lists()), None),
        (LISTED, Known(), None),
    ],
    ids=["listed", "another opinion", "not listed", "no weights", "hash not published", "files not shown", "no lists"],
)
def test_file_hash(rulebook, made, known, expected):
    outcome = Matcher(rulebook(h=HASH), known=known).explain("mine/h", made).match
    assert outcome.truth is expected
    assert [item.span.field for item in outcome.evidence] == (["files[1].name"] if expected else [])


GRAPH = build([record("SD 1.5", name="a/child"), record("a/child", name="a/grandchild")], bases.shipped())


@pytest.mark.parametrize(
    ("steps", "made", "known", "expected"),
    [
        (1, record("SD 1.5"), bases.shipped(), True),
        (0, record("SD 1.5"), bases.shipped(), None),
        (0, record(name="runwayml/stable-diffusion-v1-5"), bases.shipped(), True),
        (3, record("a/grandchild"), bases.shipped(), None),
        (3, record("a/grandchild"), GRAPH, True),
        (2, record("a/grandchild"), GRAPH, False),
        (3, record(), GRAPH, False),
        (3, record(unknown=True), GRAPH, None),
        (3, record("SD 1.5"), None, None),
    ],
)
def test_base_model(rulebook, steps, made, known, expected):
    rules = rulebook(b=f"{{base_model: {{set: historical, steps: {steps}}}}}")
    outcome = Matcher(rules, known=Known(lineage=known)).explain("mine/b", made).match
    if steps == 0 and expected is None:
        expected = False  # it is below the set, and known to be
    assert outcome.truth is expected


BULK = {("huggingface", "moth"): Counts(repos=40, adapters=30, throwaway_names=20, busiest_day=10)}


@pytest.mark.parametrize(
    ("asked", "author", "uploaders", "expected"),
    [
        ("{count: adapters, at_least: 30}", "moth", BULK, True),
        ("{count: adapters, at_least: 31}", "moth", BULK, False),
        ("{count: throwaway_names, at_least: 2, share: 0.5}", "moth", BULK, True),
        ("{count: throwaway_names, at_least: 2, share: 0.51}", "moth", BULK, False),
        ("{count: busiest_day, at_least: 10}", "moth", BULK, True),
        ("{count: repos, at_least: 41}", "moth", BULK, False),
        ("{count: adapters, at_least: 2}", "wren", BULK, None),
        ("{count: adapters, at_least: 2}", None, BULK, None),
        ("{count: adapters, at_least: 2}", "moth", None, None),
    ],
)
def test_author(rulebook, asked, author, uploaders, expected):
    made = replace(record(), author=author)
    outcome = Matcher(rulebook(a=f"{{author: {asked}}}"), known=Known(uploaders=uploaders)).explain("mine/a", made)
    assert outcome.match.truth is expected
    assert outcome.match.facets == ({"uploader"} if expected else set())
    assert [item.span for item in outcome.match.evidence] == ([Span("author", 0, 4)] if expected else [])


def test_a_rule_that_lacks_its_list_does_not_run_and_is_reported(rulebook):
    rules = rulebook(h=HASH, refers="{any: [{rule: mine/h}, {words: minors}]}", plain="{words: minors}")
    found = Matcher(rules, known=scan.known_without_store()).match(record(files=[("minors.ckpt", SHA)]))
    assert [finding.rule.id for finding in found] == ["mine/plain"]
    idle = scan.not_run(rules, ("stable",))
    assert {gap.rule: gap.reason for gap in idle} == dict.fromkeys(
        ("mine/h", "mine/refers"), "the hash list feed is not loaded"
    )
    assert scan.not_run(rules, ("stable",), Known(lists(), bases.shipped())) == ()


@pytest.mark.parametrize(
    ("match", "what"),
    [
        ("{file_hash: feed}", "must be a mapping"),
        ("{file_hash: {opinion: positive}}", "must be a mapping"),
        ("{file_hash: {list: feed, opinion: withdrawn}}", "no opinion 'withdrawn'"),
        ("{file_hash: {list: feed, because: x}}", "must be a mapping"),
        ("{base_model: {set: historcal}}", "no set 'historcal' (did you mean 'historical'?)"),
        ("{base_model: {set: historical, steps: -1}}", "must be a whole number from 0"),
        ("{base_model: {set: historical, steps: true}}", "must be a whole number from 0"),
        ("{base_model: historical}", "must be a mapping"),
        ("{author: adapters}", "must be a mapping"),
        ("{author: {count: adapters}}", "must be a mapping"),
        ("{author: {count: adapters, at_least: 2, at_most: 3}}", "must be a mapping"),
        ("{author: {count: likes, at_least: 2}}", "no count 'likes'"),
        ("{author: {count: adapters, at_least: 1}}", "must be a whole number from 2"),
        ("{author: {count: adapters, at_least: true}}", "must be a whole number from 2"),
        ("{author: {count: adapters, at_least: 2, share: 2}}", "must be from 0 to 1"),
        ("{author: {count: adapters, at_least: 2, share: true}}", "must be from 0 to 1"),
        ("{all: [{words: minors}, {not: {author: {count: repos, at_least: 2}}}]}", "turn the rule round"),
    ],
)
def test_clauses_that_say_nothing_are_refused(rulebook, match, what):
    with pytest.raises(RuleError) as caught:
        rulebook(r=match)
    assert what in str(caught.value)
