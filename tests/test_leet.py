"""Leetspeak: which signs may stand for which letters, and only for known words."""

import pytest

from hubscan.leet import KnownWords, skeleton, spells
from hubscan.text import fold

WORDS = KnownWords(["lantern", "lanterns", "signal", "oil", "coast", "босс", "12", "het"], honest=["нет", "no"])

SPELLED = [
    ("l4ntern", "lantern", True, "a figure for a letter"),
    ("1@nt3rn", "lantern", True, "several"),
    ("lantern", "lantern", True, "itself"),
    ("la2tern", "lantern", False, "a figure that stands for another letter"),
    ("01l", "oil", False, "too little is left of the word"),
    ("123", "oil", False, "nothing is left of it"),
    ("бо55", "босс", False, "a figure for letters of its own script only"),
    ("6осс", "босс", True, "Cyrillic"),
]
WRITTEN = [
    ("quita \u04cf\u0430 ropa", "quita la ropa", "a short word of twins between Latin words"),
    (
        "\u0432\u043e\u0442 \u0430 \u0432\u043e\u0442",
        "\u0432\u043e\u0442 \u0430 \u0432\u043e\u0442",
        "the same between Russian words",
    ),
    ("a l4nt3rn here", "a lantern here", "in a sentence"),
    ("L4NT3RN", "lantern", "capitals"),
    ("$ignal", "signal", "a sign first"),
    ("5!gn@l", "signal", "signs in the middle"),
    ("0il", "oil", "a figure first"),
    ("l4ntern5", "lanterns", "the longest known word"),
    ("my_l4ntern", "my_lantern", "behind an underscore"),
    ("l4mp", "l4mp", "no known word"),
    ("0i1 and o1l", "0i1 and oil", "one letter left of three is not enough"),
    ("12 and 1z", "12 and 1z", "known words need a letter"),
    ("v1.5 sd15 4k 3d 1girl 2023", "v1.5 sd15 4k 3d 1girl 2023", "honest figures"),
    ("the соаѕт, СОАЅТ", "the coast, coast", "letters of another script alone"),
    ("the карта там", "the карта там", "honest words of such letters"),
    ("есть? Нет", "есть? нет", "an honest word that looks like a known one"),
    ("price: $19 (50+ items)!", "price: $19 (50+ items)!", "honest signs"),
    ("6осс", "босс", "Cyrillic"),
]


@pytest.mark.parametrize(("written", "word", "expected", "why"), SPELLED)
def test_spells(written, word, expected, why):
    assert spells(written, word) is expected, why


@pytest.mark.parametrize(("text", "expected", "why"), WRITTEN)
def test_known_words_are_written_out(text, expected, why):
    folded = WORDS.written_out(fold(text))
    assert folded.text == expected, why
    assert folded.source == text


def test_a_word_and_its_spellings_have_one_skeleton():
    assert {skeleton(word) for word in ("lantern", "l4ntern", "1an+ern", "|@n7ern")} == {skeleton("lantern")}
    assert skeleton("босс é") == skeleton("6осс é")


def test_a_hostile_text_takes_bounded_time():
    text = fold("l4" * 100_000 + " 4l" * 50_000)
    assert WORDS.written_out(text).text == text.text
