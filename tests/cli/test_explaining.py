"""What `rules explain` says kept a rule from matching."""

import pytest

from hubscan.cli._explaining import failing
from tests.engine.made import A, B, C, matcher, record, rule

TREES = [
    ({"all": [A, B]}, "a lantern", ["words seas"], "the part that failed"),
    ({"all": [A, B, C]}, "a lantern", ["words seas", "words birds"], "each of them"),
    ({"all": [A, {"any": [B, C]}]}, "a lantern", ["any of"], "none of several would do"),
    ({"all": [A, {"all": [B, C]}]}, "a lantern and a harbour", ["words birds"], "the innermost"),
    ({"all": [A, {"not": B}]}, "a lantern, a harbour", ["not"], "what ought not to be there"),
    ({"facets": 2, "of": A}, "a lantern", ["in 2 facets"], "too few places"),
    ({"all": [A, B]}, "a lantern, a harbour", [], "nothing, it is true"),
]


@pytest.mark.parametrize(("tree", "card", "expected", "why"), TREES)
def test_the_clauses_that_failed(tree, card, expected, why):
    outcome = matcher(rule(tree)).explain("demo/one", record(card=card)).match
    assert [node.label for node in failing(outcome)] == expected, why
