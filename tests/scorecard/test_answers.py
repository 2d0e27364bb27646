"""What is documented of a hub: read at its source, or it is unknown; none only where a source says so."""

import dataclasses
from datetime import date

import pytest

from hubscan.policies import Asked, Hub, Policies, Practice, Stance
from hubscan.scorecard import answers
from hubscan.scorecard.sheet import Standing
from tests.scorecard.made import POLICIES

DAY = date(2026, 11, 22)
BY_ID = {one.id: one for one in POLICIES.recommendations}

SHIPPED = [
    ("huggingface", "documented", {"H3", "H11"}),
    ("civitai", "documented", {"H2", "H3", "H5", "H7", "H8"}),
    ("github", "documented", {"H2", "H3"}),
    ("ollama", "documented", set()),
    ("nowhere", "documented", set()),
    *((hub, "none", set()) for hub in ("huggingface", "civitai", "github", "ollama")),
    *((hub, "not-asked", {"H6", "H13", "H14", "H15"}) for hub in ("huggingface", "ollama", "nowhere")),
]


@pytest.mark.parametrize(("hub", "standing", "expected"), SHIPPED)
def test_what_ships(hub, standing, expected):
    found = answers.answered(POLICIES, [hub])
    assert {one.recommendation.id for one in found if one.answers[0].standing == standing} == expected


def test_all_fifteen_are_there_in_order_and_name_their_sources():
    assert [one.id for one in POLICIES.recommendations] == [f"H{number}" for number in range(1, 16)]
    for one in POLICIES.recommendations:
        assert one.sources
        assert bool(one.ask) == (one.asked is Asked.HUB)
        assert one.ask or one.kept


@pytest.mark.parametrize("hub", sorted(POLICIES.hubs))
def test_what_is_documented_says_where_and_when(hub):
    told = [one.answers[0] for one in (*answers.answered(POLICIES, [hub]), *answers.covered(POLICIES, [hub]))]
    for one in (*told, *answers.rules(POLICIES.hubs[hub])):
        if one.standing is Standing.DOCUMENTED:
            assert one.read
            assert one.url.startswith("https://")
            assert one.source
            assert "secondary" not in one.source
        else:
            assert one.read is None


def test_a_secondary_source_documents_nothing_and_is_told():
    rule = answers.answer(BY_ID["H2"], POLICIES.hubs["huggingface"])
    assert (rule.standing, rule.says[:40]) == ("unknown", "No rule was read at its source for sexua")
    practice = answers.answer(BY_ID["H4"], POLICIES.hubs["huggingface"])
    assert (practice.standing, practice.says[:13]) == ("unknown", "Not verified:")


def test_a_report_route_tells_who_sees_it_and_what_can_be_chosen():
    public = answers.answer(BY_ID["H3"], POLICIES.hubs["huggingface"]).parts
    assert len(public) == 1
    assert "public: the uploader and everyone else" in public[0]
    assert (
        "account needed; child safety: under a reason for several harms, 'Illegal or restricted content'" in public[0]
    )
    menu, likeness, support = answers.answer(BY_ID["H3"], POLICIES.hubs["civitai"]).parts
    assert "private; account needed; child safety: a reason of its own, 'TOS Violation: Child abuse" in menu
    assert "not for child safety" in likeness
    assert "no account needed; offers no list of reasons" in support


def hub(**changes) -> Hub:
    return dataclasses.replace(Hub(name="h", title="H", home="", verified=None, source="x"), **changes)


def practice(stance: Stance, verified: date | None) -> Practice:
    return Practice(recommendation="H1", stance=stance, says="So.", url="https://h", verified=verified, source="doc")


STANCES = [
    (Stance.DOCUMENTED, DAY, Standing.DOCUMENTED),
    (Stance.NONE, DAY, Standing.NONE),
    (Stance.DOCUMENTED, None, Standing.UNKNOWN),
    (Stance.NONE, None, Standing.UNKNOWN),
]


@pytest.mark.parametrize(("stance", "verified", "expected"), STANCES)
def test_a_practice_stands_as_its_source_has_it_if_it_was_read(stance, verified, expected):
    assert answers.answer(BY_ID["H1"], hub(practices=(practice(stance, verified),))).standing is expected


def test_one_harm_without_a_rule_leaves_the_rules_unknown():
    clauses = POLICIES.hubs["github"].clauses
    both = answers.answer(BY_ID["H2"], hub(clauses=clauses))
    assert (both.standing, both.read) == ("documented", DAY)
    half = tuple(clause for clause in clauses if "ncii" not in clause.categories)
    assert answers.answer(BY_ID["H2"], hub(clauses=half)).standing == "unknown"


def test_the_table_of_rules_lists_every_clause_that_covers_a_harm():
    found = {one.category: one.answers[0] for one in answers.covered(POLICIES, ["civitai"])}
    assert found["ncii"].says.count("Terms of Service") == 2
    assert found["historical"].standing == "unknown"
    assert all(one.answers == (answers.answer(BY_ID["H1"], None),) for one in answers.covered(Policies({}, {}), ["x"]))
