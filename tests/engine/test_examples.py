"""Examples: the records they make, what runs tell, and that every shipped rule's examples behave."""

import pytest

from hubscan.engine import examples
from hubscan.engine.load import load
from hubscan.engine.match import Matcher
from hubscan.records import BaseModel, TextField
from hubscan.rulebook import STATUSES, Example
from tests.engine.made import A, matcher, rule

SHIPPED = load()
MATCHER = Matcher(SHIPPED, STATUSES, examples.known())


@pytest.mark.parametrize("shipped", SHIPPED.rules, ids=lambda shipped: shipped.id)
def test_the_examples_of_every_shipped_rule_behave(shipped):
    assert list(examples.run(shipped, MATCHER)) == []
    found = [MATCHER.match(examples.record(example.fields)) for example in shipped.matches]
    assert all(shipped.id in {finding.rule.id for finding in one} for one in found)


def test_an_example_that_misbehaves_is_named_by_its_line():
    tried = rule(A, matches=(Example({"tags": ["oil"]}, 5),), no_matches=(Example({"tags": ["lantern"]}, 9),), path="p")
    found = list(examples.run(tried, matcher(tried)))
    assert [(item.path, item.line, item.expected) for item in found] == [("p", 5, "match"), ("p", 9, "no_match")]


def test_what_an_example_leaves_out_is_unknown():
    empty = examples.record({})
    assert (empty.tags, empty.files, empty.base_models, empty.datasets, empty.license) == (None,) * 5
    assert (empty.card, empty.flags, empty.headers, empty.texts) == (None, {}, (), ())
    assert (examples.record({"card": ""}).card, examples.record({"card": "x"}).card) == ("none", "read")


def test_an_example_makes_the_record_it_describes():
    made = examples.record({
        "name": "N", "tags": ["a"], "card": "c", "description": "d", "versions": ["v"], "trigger_words": ["t"],
        "files": ["f"], "headers": {"f": {"k": "v"}}, "base_models": ["b"], "relation": "merge",
        "flags": {"nsfw": True},
    })  # fmt: skip
    assert (made.title, made.tags, made.ref.repo_id) == ("N", ("a",), "example/N")
    assert made.texts == (
        TextField("versions[0].trained_words[0]", "trigger_word", "t"), TextField("versions[0].name", "version", "v"),
        TextField("description", "description", "d", "html"), TextField("card", "card", "c", "markdown"),
    )  # fmt: skip
    assert (made.base_models, made.files[0].name, made.flags) == ((BaseModel("b", "merge"),), "f", {"nsfw": True})
