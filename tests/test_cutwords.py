"""Words cut in pieces: joined where they make a word that is looked for, and nowhere else."""

import pytest

from hubscan.cutwords import CutWords
from hubscan.text import fold

WORDS = CutWords(["lantern", "harbour", "glossaries", "lamp"], parts=["harb", "our", "lan"])


@pytest.mark.parametrize(
    ("text", "expected", "why"),
    [
        ("a lan-te_rn here", "a lantern here", "two cuts of two kinds"),
        ("LAN.tern", "lantern", "capitals are folded before"),
        ("l4n-t3rn", "lantern", "signs for letters in the pieces"),
        ("glos-sar-iesque", "glossariesque", "a long word may go on"),
        ("lan-ternish", "lan-ternish", "a short one may not"),
        ("harb-our", "harb-our", "all pieces are words: a compound"),
        ("a-lan-tern", "a-lantern", "after another word"),
        ("xlan-tern", "xlan-tern", "not inside a longer piece"),
        ("lan--tern", "lan--tern", "two signs are a gap"),
        ("la-mp", "la-mp", "too short to be told from chance"),
        ("lan tern", "lan tern", "a space parts words"),
        ("lantern", "lantern", "whole as it is"),
        ("фонарь-lan-tern", "фонарь-lantern", "letters beyond ASCII count as one each"),
    ],
)
def test_cut_words_are_made_whole(text, expected, why):
    assert WORDS.made_whole(fold(text)).text == expected, why


def test_spans_of_joined_words_cover_their_pieces():
    folded = WORDS.made_whole(fold("The Lan-te-rn."))
    start = folded.text.index("lantern")
    assert folded.original(start, start + 7) == (4, 13)


def test_no_words_no_change():
    assert CutWords([]).made_whole(fold("not-hing no-thing")).text == "not-hing no-thing"
