"""From a record to findings: exact spans through every disguise, stable fingerprints, no memory."""

import random
import re
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from hubscan.context import Contexts
from hubscan.engine.load import Rulebook, load
from hubscan.engine.match import Matcher
from hubscan.engine.view import Words, quiet
from hubscan.findings import Evidence, Severity
from hubscan.lexicon import Lexicon
from hubscan.records import BaseModel, RepoRef, TextField
from hubscan.rulebook import STATUSES
from hubscan.text import fold
from hubscan.wordforms import forms
from tests.engine.made import A, B, C, cut, matcher, record, rule

LIGHTS = matcher(rule({**A, "context": "any"}))
BEFORE, AFTER = "Ünïcode 日本 ﬁrst – it is said, ", ", and ﬃnally 한글 more."


def marked(found) -> list[str]:
    return [
        cut(found, item.span.field, item.span.start, item.span.end)
        for finding in LIGHTS.match(found)
        for item in finding.evidence
    ]


DISGUISES = [
    ("lantern", "plainly"), ("LaNtErNs", "case"), ("l4ntern", "a figure"), ("1@nt3rn", "figures and signs"),
    ("lаntеrn", "Cyrillic"), ("lαntεrn", "Greek"), ("lᎪntern", "Cherokee"), ("l\u200ban\u200btern", "zero-width"),
    ("lan\u00adtern", "soft hyphen"), ("l a n t e r n", "spaces"), ("l.a.n.t.e.r.n", "dots"),
    ("l-a-n-t-e-r-n", "dashes"), ("lan-te_rn", "pieces"),
    ("l_a_n_t_e_r_n", "underscores"), ("l·a·n·t·e·r·n", "raised dots"), ("l а n t е r n", "spaces and Cyrillic"),
    ("ｌａｎｔｅｒｎ", "full width"), ("l\u0301a\u0308ntern", "accents"), ("l\u0336a\u0336ntern", "strike-through"),
    ("𝓵𝓪𝓷𝓽𝓮𝓻𝓷", "mathematical letters"), ("ʟᴀɴᴛᴇʀɴ", "small capitals"), ("🅛🅐🅝🅣🅔🅡🅝", "circled letters"),
    ("street-lamp", "a phrase with a dash"), ("street_lamps", "an underscore"), ("street lamp", "a space"),
    ("StreetLamp", "capitals inside"), ("streetlamp", "joined"), ("соаѕт", "Cyrillic alone"),
    ("5treet l4mp", "a phrase with figures"),
    ("STREET\u200b LAMP", "a phrase with a zero-width space"),
]  # fmt: skip
IN_MARKUP = [
    ("lan&#116;ern", "a number entity"), ("l&#x61;ntern", "a hexadecimal entity"), ("lan&shy;tern", "a named entity"),
    ("lan<b>te</b>rn", "tags"), ("lan<!-- x -->tern", "a comment"), ("lan<x>tern", "an unknown tag"),
    ("\u202enretnal\u202c", "right to left"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("word", "why"), DISGUISES + IN_MARKUP + [("lan**ter**n", "emphasis"), ("lan\\tern", "escape")]
)
def test_in_a_card(word, why):
    assert marked(record(card=f"{BEFORE}{word}{AFTER}")) == [word], why


@pytest.mark.parametrize(("word", "why"), DISGUISES + IN_MARKUP)
def test_in_html(word, why):
    text = f"<p>{BEFORE}</p><p>{word}{AFTER}</p>"
    for kind in ("description", "version"):
        assert marked(record(texts=[TextField("versions[0].d", kind, text, "html")])) == [word], why


@pytest.mark.parametrize(("word", "why"), DISGUISES)
def test_in_tags_and_a_name(word, why):
    assert marked(record(tags=(BEFORE, word, AFTER))) == [word], why
    assert marked(record(title=f"{BEFORE}{word}{AFTER}")) == [word], why


JOINED = [
    ("MyLanternStyle", ["Lantern"], "capitals"),
    ("my_lantern_v2", ["lantern"], "underscores"),
    ("lantern2x", ["lantern"], "a figure"),
    ("mylanternstyle", [], "seven letters inside a run are not enough"),
    ("oldstreetlampglow", ["streetlamp"], "ten are"),
    ("lanternglow", ["lantern"], "seven at an end"),
    ("lanternX", ["lantern"], "a capital"),
    ("lanternized", ["lantern"], "another word, not an ending"),
    ("lanternly", [], "an ending the vocabulary does not spell"),
    ("candlelantern", ["candle", "lantern"], "known words side by side"),
]


@pytest.mark.parametrize(("name", "expected", "why"), JOINED)
def test_words_joined_in_names(name, expected, why):
    assert marked(record(title=name)) == expected, why


def test_words_joined_in_text_do_not_count():
    assert marked(record(card="a streetlanternly thing, mystreetlampstyle")) == []


FALSE_FRIENDS = [
    "l.a.n.t.e.r and n.",
    "| l | a | n | t | e | r | n |",
    "lan tern",
    "lan--tern",
    "lan\n\ntern",
    "lan</p><p>tern",
    "a lantern fish",
]


@pytest.mark.parametrize("text", FALSE_FRIENDS)
def test_what_only_looks_like_a_word(text):
    assert marked(record(card=text)) == []


def test_pieces_do_not_reach_into_one_another():
    pattern = matcher(rule({"pattern": r"lantern\s{0,9}[a-z]{0,9}", "factor": "lantern"}))
    (finding,) = pattern.match(record(tags=("a lantern", "oil")))
    assert [(item.span.field, item.span.start, item.span.end) for item in finding.evidence] == [("tags[0]", 2, 9)]


def test_a_pattern_points_at_what_it_matches():
    pattern = matcher(rule({"pattern": "[0-9]{2,4} ?lantern", "factor": "Lantern"}))
    (finding,) = pattern.match(record(tags=("x", "ﬁne 123 LANTERN")))
    assert [(item.span.field, item.span.start, item.span.end) for item in finding.evidence] == [("tags[1]", 4, 15)]


def test_labels_of_one_place_govern_nothing_else():
    for tag in ("# Prohibited uses", "**Prohibited uses**", "```", "> ", "Do not use for:", "Prohibited uses\n---"):
        assert len(LIGHTS_DISCOUNTED.match(record(tags=(tag, "- lantern", "lantern")))) == 1, tag


LIGHTS_DISCOUNTED = matcher(rule(A))

PURPOSES = [
    ({"title": "lantern-detector", "card": "A detector of lanterns."}, False, "a title and a card"),
    ({"title": "lantern-detector", "tags": ("classifier",)}, False, "a title and a tag"),
    ({"title": "lantern-detector", "pipeline": "image-classification"}, False, "a title and the pipeline"),
    ({"title": "lantern-detector"}, False, "a title that ends in what the thing is"),
    ({"title": "detector-lantern"}, True, "one place alone"),
    ({"title": "lantern", "tags": ("detector", "classifier")}, True, "tags are one place"),
    ({"title": "lantern-detector", "card": "A detector.", "pipeline": "text-to-image"}, True, "a generator"),
    ({"title": "lantern", "license": "\u200b" * 60, "tags": ("classifier",), "card": "A detector."}, False, "folding"),
    ({"title": "lantern", "texts": [TextField("t", "trigger_word", "y")], "tags": ("detector",), "card": "detector"},
     True, "a trigger word"),
    ({"title": "lantern", "card": "word " * 200 + "detector", "tags": ("detector",)}, True, "far down the card"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "expected", "why"), PURPOSES)
def test_the_purpose_of_a_document(given, expected, why):
    assert bool(LIGHTS_DISCOUNTED.match(record(**given))) is expected, why


# --- findings ---------------------------------------------------------------------------------------------------------


def test_findings_come_gravest_first_and_hold_all_that_is_promised():
    rules = rule(A, id="demo/b"), rule(A, id="demo/a"), rule(B, id="demo/c", severity=Severity.HIGH, category="evasion")
    found = matcher(*rules).match(record(card="lantern harbour", tags=("lantern",)))
    assert [finding.rule.id for finding in found] == ["demo/c", "demo/a", "demo/b"]
    assert found[1].facets == ("tags", "card")
    assert found[1].evidence == tuple(sorted(found[1].evidence, key=lambda item: item.span))
    assert all(finding.evidence and finding.fingerprint for finding in found)
    assert isinstance(found[0].evidence[0], Evidence)


def test_unless_takes_a_finding_away_only_where_it_is_true():
    engine = matcher(rule(A, B))
    assert len(engine.match(record(card="lantern"))) == 1
    assert engine.match(record(card="lantern harbour")) == []
    assert len(engine.match(record(tags=("lantern",), card=None))) == 1, "unknown is not true"
    assert len(engine.match(record(card="lantern. Do not use a harbour."))) == 1, "discounted is not true"


def test_only_the_statuses_asked_for_run():
    rules = [rule(A, id=f"demo/{status}", status=status) for status in STATUSES]
    book = matcher(*rules).rulebook
    given = record(card="lantern")
    assert [finding.rule.status for finding in Matcher(book).match(given)] == ["stable", "test"]
    assert [finding.rule.status for finding in Matcher(book, ["draft"]).match(given)] == ["draft"]
    with pytest.raises(KeyError, match="demo/draft"):
        Matcher(book).explain("demo/draft", given)


def fingerprint(given) -> str:
    (finding,) = LIGHTS.match(given)
    return finding.fingerprint


BASE = record(card="A lantern here.", tags=("x", "y"))
SAME = [
    (replace(BASE, ref=RepoRef("huggingface", "model", "org/plain", "abc")), "revision"),
    (replace(BASE, downloads=7, likes=9, fetched_at="2026-01-01T00:00:00Z"), "counts"),
    (replace(BASE, tags=("z",)), "what was not matched"),
    (record(card="\n\nA   LANTERN\nhere. "), "place, case and spacing"),
]
OTHER = [
    (record(card="A lantern there."), "the matched text"),
    (record("org/other", title="plain", card="A lantern here."), "the repo"),
    (record(card="A lantern here.", tags=("lantern",)), "another matched field"),
]


@pytest.mark.parametrize(("given", "why"), SAME)
def test_a_fingerprint_stays(given, why):
    assert fingerprint(given) == fingerprint(BASE), why


@pytest.mark.parametrize(("given", "why"), OTHER)
def test_a_fingerprint_changes(given, why):
    assert fingerprint(given) != fingerprint(BASE), why


def test_tags_in_another_order_have_one_fingerprint():
    assert fingerprint(record(tags=("lantern", "x"))) == fingerprint(record(tags=("x", "y", "lantern")))


# --- no memory --------------------------------------------------------------------------------------------------------


def test_a_match_depends_on_the_record_alone():
    chance = random.Random(5)
    rules = (
        rule({"all": [A, B]}, id="demo/a"), rule({"near": [A, C]}, B, id="demo/b"), rule({"any": [B, C]}, id="demo/c"),
        rule({"all": [C, {"not": A}]}, id="demo/d"), rule({"facets": 2, "of": C}, id="demo/e"),
    )  # fmt: skip
    bits = ["lantern", "l4ntern", "harbour", "seagull", "do not use", ". ", "\n", "h4rbour", "с", "detector"]
    records = [
        record(f"org/r{n}", card=" ".join(chance.choices(bits, k=6)), tags=tuple(chance.choices(bits, k=2)))
        for n in range(60)
    ]
    engine = matcher(*rules)
    first = [engine.match(given) for given in records]
    assert [engine.match(given) for given in records] == first
    assert [engine.match(given) for given in reversed(records)] == first[::-1]
    assert [matcher(*rules).match(given) for given in records[:10]] == first[:10]
    assert any(first)
    assert all(finding.evidence for found in first for finding in found)


HOSTILE = [
    "a lantern harbour\n",
    "- lantern harbour\n",
    "lantern harbour ",
    "# harbour lantern\n",
    "do not use a lantern harbour ",
    "| lantern | harbour |\n",
    "  - lantern harbour:\n",
]


@pytest.mark.parametrize("line", HOSTILE)
def test_a_hostile_card_takes_bounded_time(line):
    engine = matcher(rule({"near": [A, B]}))
    start = time.process_time()
    engine.match(record(card=line * (50_000 // len(line))))
    assert time.process_time() - start < 2


def test_odd_records_pass():
    odd = record(
        "org/\ud800", title="", author="", tags=("", "\0\0", "\ud800"), card="---\n---\n", license="",
        base_models=(BaseModel(""),), datasets=("",), files=("",), headers=({"": ""},),
        texts=[TextField("d", "description", "", "html")],
    )  # fmt: skip
    assert LIGHTS.match(odd) == []
    assert Matcher(Rulebook((), ())).match(odd) == []


# --- the shipped rules ------------------------------------------------------------------------------------------------

SHIPPED = load()


NESTED = re.compile(r"(.*?)\{((?:[^{}]|\{[^{}]*\})*)\}(.*)", re.DOTALL)


def spellings(term: str) -> Iterator[str]:
    """Every spelling of a term, groups inside groups included."""
    group = NESTED.fullmatch(term)
    for choice in re.split(r",(?![^{]*\})", group[2]) if group else ():
        yield from spellings(group[1] + choice + group[3])
    if not group:
        yield term


def sentence(language: str, word: str) -> str:
    before, after = ("这是", "的") if language in ("zh", "ja") else ("Here is – so they say – ", " – for all of us.")
    return f"{before}{word}{after}"


@pytest.mark.parametrize("vocabulary", list(SHIPPED.vocabularies.values()), ids=lambda vocabulary: vocabulary.id)
def test_every_shipped_term_is_found_with_an_exact_span(vocabulary):
    lexicon, missed = Lexicon(forms(vocabulary.id, vocabulary.terms, vocabulary.excepts)), []
    for language, terms in vocabulary.terms.items():
        for term in terms:
            for word in {" ".join(spelling.split()) for spelling in spellings(term.rstrip("*"))}:
                folded = fold(sentence(language, word))
                spans = {folded.original(hit.start, hit.end) for hit in lexicon.scan(folded) if not hit.joined}
                start = folded.source.index(word)
                if (start, start + len(word)) not in spans:
                    missed.append((language, term, word))
    assert missed == []


@pytest.mark.parametrize("context", SHIPPED.contexts, ids=lambda context: context.id)
def test_no_phrase_of_a_shipped_context_is_one_of_its_own_exceptions(context):
    places = {place: terms for place, terms in context.places.items() if place != "heading"}  # has no exceptions
    lexicons = {place: Lexicon(forms("g", terms, context.excepts)) for place, terms in places.items()}
    said = [(place, language, term) for place in places for language, terms in places[place].items() for term in terms]
    missed = [
        (place, term)
        for place, language, term in said
        for word in spellings(term.rstrip("*"))
        if not lexicons[place].scan(fold(sentence(language, " ".join(word.split()))))
    ]
    assert missed == []


def test_rules_that_begin_with_one_fact_are_told_apart():
    """`missing: true` and `missing: false` are two tests, whatever they share."""
    without, known = {"field": "license", "missing": True}, {"field": "license", "missing": False}
    also = {"all": [known, {"field": "hub", "is": "huggingface"}]}
    rules = [rule(match, id=f"demo/{name}") for name, match in (("without", without), ("known", known), ("also", also))]
    found = [{finding.rule.id for finding in matcher(*rules).match(record(license=text))} for text in ("", "mit")]
    assert found == [{"demo/without"}, {"demo/known", "demo/also"}]


def test_what_was_read_before_changes_nothing():
    """In a data set's name a word run together with others does not count, in a tag it does: whichever came first."""
    apart, joined = record(datasets=("lanternfield",)), record(tags=("lanternfield",))
    one = matcher(rule(A))
    assert not one.match(apart)
    assert [finding.rule.id for finding in one.match(joined)] == ["demo/one"]
    assert not one.match(apart)


BUNDLES = [
    ("org/plain", ("oil",), "no word at all"),
    ("org/lantern", (), "in the name"),
    ("org/b", ("oil", "lantern"), "in a tag"),
    ("org/c", ("фонарь", "candle"), "beside a text beyond ASCII"),
    ("org/d", ("l4ntern",), "disguised"),
    ("org/oillanterns", (), "joined"),
    ("org/e", ("lan", "tern"), "cut in two by texts"),
    ("org/f", ("<b", "lantern>"), "half a tag of HTML"),
]


def test_records_matched_together_are_matched_as_one_by_one():
    records = [record(name, tags=tags, card="") for name, tags, _ in BUNDLES]
    records += [replace(found, texts=(TextField("card", "card", "A lantern.", "markdown"),)) for found in records[:3]]
    alone = [matcher(rule(A)).match(found) for found in records]
    assert [len(findings) for findings in alone] == [0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1]
    for size in (2, 3, len(records)):
        together = matcher(rule(A))
        bundles = [records[at : at + size] for at in range(0, len(records), size)]
        assert [findings for bundle in bundles for findings in together.match_all(bundle)] == alone, size
    assert list(matcher(rule(A)).match_all([])) == []


def test_only_records_without_words_are_quiet():
    records = [record(name, tags=tags) for name, tags, _ in BUNDLES]
    words = Words(forms("lights", {"en": ["lantern{,s}", "candle"]}, {}), (), frozenset({"lights"}), {}, {})
    assert quiet(records, words, Contexts(())) == {0, 6}
    assert "oil" in words.idle
    assert "lantern" not in words.idle
