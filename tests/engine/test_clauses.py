"""Clauses: three truths, nearness, facets, facts; and that the quick answer is the full one."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubscan.engine.clauses import conjunction
from tests.engine.made import A, B, C, matcher, record, rule

TRUE, FALSE, UNKNOWN = (
    {"field": "likes", "at_least": 1},
    {"field": "likes", "at_least": 9},
    {"field": "flag.x", "is": 1},
)
TRUTHS = {True: TRUE, False: FALSE, None: UNKNOWN}
KNOWN = record(likes=5)


def truth(match, given=KNOWN):
    return matcher(rule(match)).explain("demo/one", given).match.truth


@pytest.mark.parametrize(("first", "second"), list(itertools.product(TRUTHS, repeat=2)))
def test_three_truths(first, second):
    both, pair = {first, second}, [TRUTHS[first], TRUTHS[second]]
    every = False if False in both else None if None in both else True
    some = True if True in both else None if None in both else False
    assert truth({"all": pair}) is conjunction([first, second]) is every
    assert truth({"any": pair}) is some
    assert truth({"not": pair[0]}) is (None if first is None else not first)
    assert truth({"at_least": 1, "of": pair}) is some
    assert truth({"at_least": 2, "of": pair}) is every
    assert truth({"facets": 2, "of": pair}) is (some if some is not True else False), "all in one facet"


def test_two_of_three_with_one_unknown():
    expected = {(True, True): True, (True, False): None, (False, False): False, (False, None): None, (True, None): None}
    for (first, second), answer in expected.items():
        parts = [TRUTHS[first], TRUTHS[second], UNKNOWN]
        assert truth({"at_least": 2, "of": parts}) is answer, (first, second)


CAPTIONS = '{"1_a": {"lantern": 40, "harbour": 10, "sky": 50}}'
FOLDERS = '{"3_lantern": {"img_count": 30}, "1_harbour": {"img_count": 10}}'
SHARES = [
    # (the words, the share asked for, what the header or the listing holds, the answer)
    ("lights", None, {"ss_tag_frequency": CAPTIONS}, True),
    ("lights", 0.8, {"ss_tag_frequency": CAPTIONS}, True),
    ("lights", 0.81, {"ss_tag_frequency": CAPTIONS}, False),
    ("seas", 0.2, {"ss_tag_frequency": CAPTIONS}, True),
    ("seas", 0.21, {"ss_tag_frequency": CAPTIONS}, False),
    ("lights", 0.75, {"ss_dataset_dirs": FOLDERS}, True),
    ("seas", 0.3, {"ss_dataset_dirs": FOLDERS}, False),
    ("lights", 1, {"modelspec.trigger_phrase": "lantern"}, True),
]


@pytest.mark.parametrize(("words", "share", "header", "answer"), SHARES)
def test_training_tags_count_by_their_share_of_images(words, share, header, answer):
    given_record = record(headers=(header,), likes=5)
    clause = {"words": words} | ({} if share is None else {"share": share})
    for match in (clause, {"all": [clause, TRUE]}, {"near": [clause, clause]}):
        judged = matcher(rule(match))
        assert judged.explain("demo/one", given_record).match.truth is answer
        assert bool(judged.match(given_record)) is answer
    assert matcher(rule({"words": words, "share": 0.9})).match(record(title="lantern harbour")), "a name has no share"


HIDDEN = [
    ("tag", {"tags": None}),
    ("card", {"card": None}),
    ("front_matter", {"card": None}),
    ("author", {"author": None}),
    ("license", {"license": None}),
    ("dataset", {"datasets": None}),
    ("file_name", {"files": None}),
    ("base_model", {"base_models": None}),
    ("header", {"headers": ()}),
    ("training_tag", {"headers": ()}),
]


@pytest.mark.parametrize(("kind", "hidden"), HIDDEN)
def test_what_the_hub_did_not_say_is_unknown(kind, hidden):
    words = {"words": "lights", "in": [kind]}
    given = record(**hidden)
    assert truth(words, record()) is False
    assert truth(words, given) is None
    assert truth({"near": [words, words]}, given) is None
    assert truth({"not": words}, given) is None


NEAR = [
    ({}, "A lantern in the harbour.", True, "one sentence"),
    ({}, "A lantern. The harbour.", False, "two sentences"),
    ({"within": "paragraph"}, "A lantern. The harbour.", True, "one paragraph"),
    ({"within": "paragraph"}, "A lantern.\n\nThe harbour.", False, "two paragraphs"),
    ({"within": 2}, "a lantern at the harbour", True, "two words between"),
    ({"within": 2}, "a lantern at the old harbour", False, "three words between"),
    ({"within": 2}, "the harbour has a lantern", True, "the other way round"),
    ({"within": 3}, "a lantern. a harbour", False, "two sentences, though few words"),
    ({}, "- a lantern\n- a harbour", False, "two items of a list"),
    ({}, "| a lantern | a harbour |", True, "one row of a table"),
    ({}, "word " * 300 + "a lantern in the harbour" + " word" * 300, True, "a sentence without end"),
    ({}, "---\nx: lantern\n---\nharbour", False, "front matter and body"),
    ({}, "A lantern fish in the harbour.", False, "an exception"),
    ({}, "Do not use a lantern in the harbour.", False, "a context"),
]


@pytest.mark.parametrize(("within", "card", "expected", "why"), NEAR)
def test_near(within, card, expected, why):
    assert truth({"near": [A, B], **within}, record(card=card)) is expected, why


def test_near_is_never_over_fields():
    assert truth({"near": [A, B], "within": 9}, record(tags=("lantern", "harbour"))) is False
    assert truth({"near": [A, B], "within": "paragraph"}, record("org/lantern", tags=("harbour",))) is False


def test_front_matter_and_body_stay_apart_wherever_they_start():
    for gap in range(8):
        card = "---\nx: lantern\n---\n" + "\n" * gap + "harbour"
        assert truth({"near": [A, B]}, record(card=card)) is False, gap


FACETS = [
    ({"tags": ("lantern", "candle", "lanterns")}, 1, "one place, however often"),
    ({"tags": ("lantern",), "card": "A candle. A candle."}, 2, "two places"),
    ({"repo_id": "org/lantern", "tags": ("candle",), "card": "lantern", "files": ("lantern.bin",)}, 4, "four"),
    ({"license": "candle", "datasets": ("lantern",), "tags": ("candle",)}, 1, "three kinds of one place"),
    ({"tags": ("candle",), "card": "Do not use a lantern."}, 1, "a discounted word is no place"),
]


@pytest.mark.parametrize(("given", "count", "why"), FACETS)
def test_a_facet_counts_once(given, count, why):
    for wanted in range(1, 6):
        assert truth({"facets": wanted, "of": A}, record(**given)) is (wanted <= count), why


FIELDS = [
    ({"field": "license", "is": "mit"}, {}, True),
    ({"field": "license", "is": "MIT"}, {}, False),
    ({"field": "license", "one_of": ["mit", "x"]}, {}, True),
    ({"field": "license", "one_of": ["x"]}, {}, False),
    ({"field": "license", "missing": True}, {"license": ""}, True),
    ({"field": "license", "missing": True}, {"license": None}, None),
    ({"field": "license", "missing": False}, {}, True),
    ({"field": "card", "missing": True}, {"card": ""}, True),
    ({"field": "card", "missing": True}, {"card": None}, None),
    ({"field": "card", "missing": True}, {"card": "x"}, False),
    ({"field": "files", "missing": True}, {}, True),
    ({"field": "gated", "missing": True}, {"gated": False}, False),
    ({"field": "gated", "is": False}, {"gated": False}, True),
    ({"field": "downloads", "at_least": 10}, {"downloads": 10}, True),
    ({"field": "downloads", "at_least": 10}, {"downloads": 9}, False),
    ({"field": "downloads", "at_most": 10}, {"downloads": 10}, True),
    ({"field": "downloads", "at_most": 10}, {"downloads": None}, None),
    ({"field": "pipeline", "at_least": 1}, {"pipeline": "x"}, False),
    ({"field": "created_at", "before": "2026-01-01"}, {"created_at": "2025-12-31T23:59:59Z"}, True),
    ({"field": "created_at", "before": "2026-01-01"}, {"created_at": "2026-01-01T00:00:00Z"}, False),
    ({"field": "created_at", "after": "2026-01-01"}, {"created_at": "2026-01-01T00:00:00Z"}, True),
    ({"field": "created_at", "after": "2026-01-01"}, {"created_at": None}, None),
    ({"field": "flag.poi", "is": True}, {"flags": {"poi": True}}, True),
    ({"field": "flag.poi", "is": True}, {"flags": {}}, None),
    ({"field": "weights", "at_least": 1}, {"files": ("a.safetensors", "b.txt")}, True),
    ({"field": "name_shape", "is": "number"}, {"repo_id": "org/000418"}, True),
]  # fmt: skip


@pytest.mark.parametrize(("test", "given", "expected"), FIELDS)
def test_facts(test, given, expected):
    assert truth(test, record(**given)) is expected


CONTEXTS = [
    ({}, "Do not use a lantern.", False, "all contexts, where a clause names none"),
    ({"context": ["filters"]}, "Do not use a lantern.", True, "others than the clause names"),
    ({"context": ["forbids"]}, "Do not use a lantern.", False, "one it names"),
    ({"context": "any"}, "Do not use a lantern.", True, "every context will do"),
    ({"context": ["filters"]}, "Must not miss: it detects a lantern.", False, "the second of two"),
]


@pytest.mark.parametrize(("context", "card", "expected", "why"), CONTEXTS)
def test_contexts_discount(context, card, expected, why):
    assert truth({**A, **context}, record(card=card)) is expected, why


def judged(match, **given):
    return matcher(rule(match)).explain("demo/one", record(**given)).match


def test_a_list_of_harms_is_told_by_each_line_for_itself():
    lines = ["lantern", *"bcde", "lantern", *"ghi", "lighthouse and seagull"]
    harms = {"lights": "minors", "seas": "sexual", "birds": "fraud"}
    [finding] = matcher(rule(A), harms=harms).match(record(card="\n".join(lines)))
    counted, taken = ([item.span.start for item in items] for items in (finding.evidence, finding.discounted))
    assert (counted, taken) == ([0], [16])  # the harms stand nine lines after the first, four after the second


def test_a_card_that_repeats_itself_lists_a_hundred_places():
    found = judged(A, card="Lantern.\n\n" * 150 + "Do not use a lantern.\n\n" * 150, tags=("lantern",))
    assert [item.span.field for item in found.evidence] == ["card"] * 100 + ["tags[0]"]
    assert [item.span.start for item in found.evidence[:100]] == [10 * number for number in range(100)]


def test_places_beyond_the_hundred_still_make_a_facet():
    card = "---\nx: lantern harbour\n---\n" + "A lantern in the harbour.\n\n" * 150
    for clause in (A, {"near": [A, B]}):
        assert truth({"facets": 2, "of": clause}, record(card=card)) is True


def test_what_counts_is_found_behind_any_number_of_places_that_do_not():
    card = "Do not use a lantern in the harbour.\n\n" * 150 + "A lantern in the harbour."
    alone, near = judged(A, card=card), judged({"near": [A, B]}, card=card)
    assert [item.span.start for item in alone.evidence] == [card.rindex("lantern")]
    assert [item.span.start for item in near.evidence] == [card.rindex("lantern"), card.rindex("harbour")]
    assert len(alone.discounted) == len(near.discounted) == 100


def test_nearness_tells_what_would_have_counted():
    card = "Do not use a lantern in the harbour.\n\nDo not use a candle."
    found = judged({"near": [A, B]}, card=card)
    assert [card[item.span.start : item.span.end] for item in found.discounted] == ["lantern", "harbour"]


def test_what_a_context_took_away_is_told():
    outcome = matcher(rule(A)).explain("demo/one", record(card="Do not use a lantern. A candle.")).match
    assert [(item.span.start, item.context) for item in outcome.discounted] == [(13, "forbids")]
    assert [(item.span.start, item.context) for item in outcome.evidence] == [(24, None)]


REFERENCED = [("harbour", False), ("harbour lantern", True), ("lantern", False)]


@pytest.mark.parametrize(("card", "expected"), REFERENCED)
def test_a_rule_may_stand_for_a_clause(card, expected):
    rules = rule(A, id="demo/lights"), rule({"all": [B, {"rule": "demo/lights"}]})
    assert matcher(*rules).explain("demo/one", record(card=card)).match.truth is expected


NAMED = [
    ("a lantern in the harbour", True, "its match is true, and its unless false"),
    ("a lantern and a seagull in the harbour", False, "its unless takes the match out"),
    ("a harbour", False, "its match is false"),
]


@pytest.mark.parametrize(("card", "expected", "why"), NAMED)
def test_a_named_rule_keeps_its_unless(card, expected, why):
    rules = rule(A, C, id="demo/lights"), rule({"all": [B, {"rule": "demo/lights"}]})
    one = record(card=card)
    assert matcher(*rules).explain("demo/one", one).matched is expected, why
    assert ("demo/one" in {finding.rule.id for finding in matcher(*rules).match(one)}) is expected, why


def test_an_unknown_unless_of_a_named_rule_takes_nothing_out():
    rules = rule(A, {**C, "in": ["tag"]}, id="demo/lights"), rule({"all": [B, {"rule": "demo/lights"}]})
    one = record(card="a lantern in the harbour", tags=None)
    assert {finding.rule.id for finding in matcher(*rules).match(one)} == {"demo/lights", "demo/one"}


# --- for any tree and record ------------------------------------------------------------------------------------------

LEAVES = st.sampled_from([
    A, B, C, {**A, "in": ["tag"]}, {**B, "in": ["card"], "context": "any"}, {**C, "in": ["name", "file_name"]},
    {"phrase": ["old pier"]}, {"pattern": "[0-9]{3} lantern", "factor": "lantern"},
    {"near": [A, B]}, {"near": [A, C], "within": 3}, {"near": [B, C], "within": "paragraph"}, TRUE, FALSE, UNKNOWN,
    {"field": "license", "missing": True},
])  # fmt: skip
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: {"at_least": 2, "of": parts}),
        inner.map(lambda part: {"facets": 2, "of": part}),
    ),
    max_leaves=6,
)
BITS = st.sampled_from(
    ["lantern", "a harbour", "seagulls", "old pier", "Do not use ", "must not.", "\n\n", "- ", "# Prohibited uses\n",
     "123 lantern", "lantern fish", ". ", ", ", "detector", "w0rds and c4ndle ", "l a n t e r n "]
)  # fmt: skip
WORDS = st.lists(BITS, max_size=6).map(" ".join)
RECORDS = st.builds(
    lambda card, tags, name, hidden, license_: record(
        f"org/{name or 'x'}", card=card, tags=hidden or tuple(tags), license=license_, likes=5
    ),
    WORDS | st.none(), st.lists(WORDS, max_size=3), WORDS, st.sampled_from([(), ("lantern",)]),
    st.sampled_from([None, "", "mit"]),
)  # fmt: skip


@given(TREES, st.none() | TREES, RECORDS)
@settings(max_examples=200, deadline=None)
def test_the_quick_answer_is_the_full_one(match, unless, given):
    engine = matcher(rule(match, unless))
    explained = engine.explain("demo/one", given)
    found = engine.match(given)
    assert bool(found) is explained.matched
    if found:
        assert (found[0].evidence, found[0].discounted) == (explained.match.evidence, explained.match.discounted)


def test_what_is_denied_is_no_way_into_a_rule():
    assert matcher(rule({"all": [C, {"not": B}]}))._rules[0].match.needs == {"birds"}
    assert matcher(rule({"all": [C, TRUE]}))._rules[0].match.needs is None
    assert matcher(rule({"all": [{"not": A}, {"not": B}]}))._rules[0].match.needs is None
