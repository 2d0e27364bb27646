"""Where words stand: boundaries, joined words, patterns, order, and texts that try a scan's patience."""

import random
import re

import pytest

from hubscan.lexicon import Lexicon, Pattern, ends_word, starts_word
from hubscan.text import fold
from hubscan.wordforms import forms


def lexicon(**groups: list[str]) -> Lexicon:
    return Lexicon([form for group, terms in groups.items() for form in forms(group, {"en": terms}, {})])


BOUNDARIES = [
    ("my lamp", 3, 7, True, True, "spaces"),
    ("mylamps", 2, 6, False, False, "letters"),
    ("lamp", 0, 4, True, True, "the ends of the text"),
    ("lamp2", 0, 4, True, True, "a figure after"),
    ("3lamp", 1, 5, True, True, "a figure before"),
    ("myLamp", 2, 6, True, True, "a capital"),
    ("LampOil", 0, 4, True, True, "a capital after"),
    ("MYLamp", 2, 6, True, True, "the last of several capitals"),
    ("MYLAMP", 2, 6, False, True, "capitals alone"),
    ("my_lamp", 3, 7, True, True, "an underscore"),
    ("灯lamp灯", 1, 5, True, True, "ideographs beside Latin letters"),
    ("램프lamp를", 2, 6, True, True, "Hangul beside Latin letters"),
    ("새램프를", 1, 3, False, True, "a Korean ending is no part of the word"),
    ("ламп", 0, 3, True, False, "Cyrillic"),
]


@pytest.mark.parametrize(("text", "start", "end", "starts", "ends", "why"), BOUNDARIES)
def test_boundaries(text, start, end, starts, ends, why):
    folded = fold(text)
    assert (starts_word(folded, start), ends_word(folded, end)) == (starts, ends), why


def test_short_words_inside_others_are_no_hits_and_longer_ones_are_told():
    hits = lexicon(short=["lamp"], long=["lantern"]).scan(fold("mylampoil mylanternoil lantern"))
    assert [(hit.group, hit.start, hit.joined) for hit in hits] == [("long", 12, True), ("long", 23, False)]


def test_hits_come_in_order_and_once():
    words = lexicon(b=["lamp", "oil lamp"], a=["lamp"])
    assert [(hit.start, hit.end, hit.group) for hit in words.scan(fold("oil lamp lamp"))] == [
        (0, 8, "b"), (4, 8, "a"), (4, 8, "b"), (9, 13, "a"), (9, 13, "b"),
    ]  # fmt: skip


def test_one_word_in_two_languages_comes_in_their_order():
    terms = {language: ["lamp"] for language in ("pl", "en", "de", "fr", "nl", "sv")}
    hits = Lexicon(forms("g", terms, {})).scan(fold("lamp"))
    assert [hit.ref for hit in hits] == sorted(hit.ref for hit in hits)
    assert len(hits) == 6


def test_a_pattern_is_looked_at_beside_its_factor_only():
    pattern = Pattern("p", "lantern", re.compile(r"[0-9]{3}-lantern|[a-z]{9}"), 20)
    hits = Lexicon([], [pattern]).scan(fold("abcdefghi 123-Lantern; " + "x" * 100 + " 45-lantern"))
    assert [(hit.start, hit.end, hit.ref) for hit in hits] == [(10, 21, "p")]


@pytest.mark.parametrize("text", ["", "a\0\0b", "nothing", "\ud800"])
def test_an_empty_lexicon_finds_nothing(text):
    assert Lexicon([]).scan(fold(text)) == []


@pytest.mark.parametrize("around", ["é" * 50, "日本 " * 20, "\ud800" * 9, "𝐱 " * 30, "\0" * 5])
def test_spans_are_exact_beside_characters_of_any_width(around):
    folded = fold(f"{around} lantern {around} lantern")
    hits = lexicon(g=["lantern"]).scan(folded)
    assert [folded.text[hit.start : hit.end] for hit in hits] == ["lantern", "lantern"]
    assert [folded.source[slice(*folded.original(hit.start, hit.end))] for hit in hits] == ["lantern", "lantern"]


def test_a_lexicon_of_many_finds_what_one_of_each_finds():
    chance = random.Random(3)
    terms = ["lamp", "lamps", "oil lamp", "on it", "lan*", "{red,blue} light", "r-18", "灯", "램프", "1.5 x"]
    words = [
        "lamp",
        "lamps",
        "oil",
        "on",
        "it",
        "lantern",
        "red",
        "light",
        "r",
        "18",
        "灯",
        "램프",
        "1.5",
        "x",
        ",",
        ".",
    ]
    together = lexicon(**{f"g{number}": [term] for number, term in enumerate(terms)})
    alone = [lexicon(**{f"g{number}": [term]}) for number, term in enumerate(terms)]
    for _ in range(100):
        folded = fold("".join(word + chance.choice(["", " ", "-"]) for word in chance.choices(words, k=12)))
        assert set(together.scan(folded)) == {hit for one in alone for hit in one.scan(folded)}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a --  b oil - lamp", "oil - lamp"),
        ("灯\n\n- é oil_\nlamp.", "oil_\nlamp"),
        ("oil\n\n\n\nlamp", None),
        ("oillamp -- x", "oillamp"),
    ],
)
def test_runs_of_separators_are_searched_as_one_and_spans_stay_exact(text, found):
    folded = fold(text)
    assert [folded.text[hit.start : hit.end] for hit in lexicon(a=["oil lamp"]).scan(folded)] == (
        [found] if found else []
    )


def test_a_dot_that_stands_alone_ends_no_sentence():
    words = lexicon(a=["oil lamp 1.5"])
    assert words.scan(fold("oil lamp 1 . 5 here"))
    assert not words.scan(fold("oil lamp. 1.5 here"))
