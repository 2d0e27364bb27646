"""The little language of terms: what each finds, what it leaves, and what is refused."""

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubscan.lexicon import Lexicon
from hubscan.text import fold
from hubscan.wordforms import compiled, forms


def found(terms: list[str], text: str, excepts: list[str] | None = None) -> list[str]:
    """What stands in `text`, longest first at each place, in the original's letters."""
    folded = fold(text)
    hits = Lexicon(forms("g", {"en": terms}, {"en": excepts or []})).scan(folded)
    return [text[slice(*folded.original(hit.start, hit.end))] for hit in hits if not hit.joined]


FORMS = [
    ("lantern{,s}", "Lantern, lanterns!", ["Lantern", "lanterns"], "an ending or none"),
    ("{old,new} lamp", "old lamp new-lamp", ["old lamp", "new-lamp"], "alternatives"),
    ("lamp{ shade,post}", "lamp shade lamppost", ["lamp shade", "lamppost"], "alternatives with a space"),
    ("{old,brand {new,fresh}} lamp", "brand fresh lamp", ["brand fresh lamp"], "alternatives in alternatives"),
    ("{1.5,an}", "an old 1-5", ["an", "1-5"], "alternatives alone, as rare as each other"),
    ("lanter*", "lanterns lant", ["lanterns"], "any ending"),
    ("street lantern", "street_lantern streetlantern street - lantern", ["street_lantern", "streetlantern",
                                                                        "street - lantern"], "separators"),
    ("street lantern", "street of lantern", [], "a word between"),
    ("on it", "on it on-it on\nit onit", ["on it", "on-it", "on\nit"], "short words are not joined"),
    ("do not", "do not, do\nnot, do\r\nnot, do  not", ["do not", "do\nnot", "do\r\nnot", "do  not"],
     "over a line break"),
    ("no oil", "no.oil no/oil No: oil. It is no. Oil", ["no.oil", "no/oil", "No: oil"], "not over a sentence's end"),
    ("R-18", "r-18 R18 r 18", ["r-18", "R18", "r 18"], "letters and figures"),
    ("18+", "rated 18+ not 187", ["18+"], "a sign at the end"),
    *(("sd 1.5", f"the {text} base", [text], "figures") for text in ("SD1.5", "sd 1.5", "sd15", "sd-1-5", "SD_1_5")),
    ("sd 1.5", "sd 1.4 and sd 25", [], "other figures"),
    ("sd {1.4,1.5}", "SD1.5 sd14", ["SD1.5", "sd14"], "figures in a group"),
    ("كتاب", "كتاب والكتاب بكتاب مكتاب", ["كتاب", "والكتاب", "بكتاب"], "Arabic article and prepositions"),
    ("램프", "램프가 새램프 lamp램프", ["램프", "램프"], "Hangul: endings, but no beginnings"),
    ("灯", "红灯笼", ["灯"], "ideographs have no boundaries"),
    ("ランプ", "古いランプを", ["ランプ"], "nor have kana"),
    ("โคมไฟ", "ซื้อโคมไฟใหม่", ["โคมไฟ"], "nor has Thai"),
    ("lamp", "lamps clamp lamp1 Lamp2x myLamp", ["lamp", "Lamp", "Lamp"], "boundaries"),
    ("Straße", "STRASSE strasse straße", ["STRASSE", "strasse", "straße"], "folded as texts are"),
]  # fmt: skip


@pytest.mark.parametrize(("term", "text", "expected", "why"), FORMS)
def test_forms(term, text, expected, why):
    assert found([term], text) == expected, why


EXCEPTIONS = [
    ("oil lamp oil", ["oil"], "an exception takes a word out"),
    ("oily lamp", [], "one word is another"),
    ("oil-lamps", [], "an exception with an ending"),
    ("the oil of lamp oil", ["oil", "oil"], "in its own order only"),
]


@pytest.mark.parametrize(("text", "expected", "why"), EXCEPTIONS)
def test_exceptions(text, expected, why):
    assert found(["oil"], text, ["oil lamp{,s}"]) == expected, why


def test_of_a_phrase_and_an_exception_that_stand_together_the_longer_counts():
    assert found(["oil", "oil lamp shade"], "oil lamp shade", ["oil lamp"]) == ["oil lamp shade"]
    assert found(["oil lamp"], "oil lamp", ["oil lamp"]) == []


@pytest.mark.parametrize("term", ["", "***", "{,s}", "---", "\u200b", "{old,new lamp", "old} lamp", "la*mp", "{a}*}"])
def test_a_term_without_words_or_with_odd_braces_is_refused(term):
    with pytest.raises(ValueError, match=r"no word left|without its pair"):
        compiled(term)


WORDS = st.sampled_from(["an", "lamp", "on", "of", "lantern", "model", "image", "xl", "1", "1.5", "für", "日本", "ка"])
GROUPS = st.lists(WORDS | st.just(""), min_size=2, max_size=3).map(lambda words: "{" + ",".join(words) + "}")
TERMS = st.lists(WORDS | GROUPS, min_size=1, max_size=4).map(" ".join)


@given(TERMS, st.sampled_from([" ", "-", "_", "\n", "/"]))
@settings(max_examples=200, deadline=None)
def test_every_spelling_is_found_whatever_the_anchor(term, separator):
    try:
        compiled(term)
    except ValueError:
        return
    lexicon = Lexicon(forms("g", {"en": [term]}, {}))
    groups = [piece.strip("{}").split(",") for piece in re.findall(r"\{[^}]*\}|\S+", term)]
    for choice in itertools.product(*groups):
        words = [word for word in choice if word]
        if len(words) < len(choice):
            continue  # where a word may be missing, so may the space beside it, and short phrases want theirs
        text = fold(f"see {separator.join(words)} here")
        spans = {(hit.start, hit.end) for hit in lexicon.scan(text)}
        assert any(start <= 4 and end >= len(text.text) - 5 for start, end in spans), (term, text.source, spans)


CANDIDATES = [
    ("{bit,part} {that,which} {once,} {blank,reject}*", "the bit that blanks it", "blanks and rejects", "left out"),
    ("{people,models} under 18", "people under 18", "models under test", "short words, side by side"),
    ("{lantern,streetlamp} fals{a,o}", "lantern falso", "quasi falso", "the longer side of a word"),
]


@pytest.mark.parametrize(("term", "text", "other", "why"), CANDIDATES)
def test_no_place_is_tried_for_a_common_word_alone(term, text, other, why):
    lexicon = Lexicon(forms("g", {"en": [term]}, {}))
    assert lexicon.scan(fold(text)), why
    assert lexicon.find(other) == [], why


def test_forms_carry_group_language_and_sign():
    made = list(forms("g", {"en": ["lamp"], "de": ["lampe"]}, {"en": ["lamp oil"]}))
    assert [(form.ref, form.anchor, form.negative) for form in made] == [
        ("g/en", "lamp", False), ("g/de", "lampe", False), ("g/en", "lamp", True),
    ]  # fmt: skip
