"""Leetspeak: digits and signs that stand for letters, resolved word by word, since `1` may be an i or an l.

Words and texts are compared by a skeleton in which every sign and every letter it may stand for are one; what a text
really says is then decided against the words that are known. So are words made of letters that look like Latin ones.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache

from hubscan.text import (
    BEYOND,
    FOREIGN,
    MONEY,
    TWIN,
    TWINS,
    CodePointTable,
    Folded,
    hint_database,
    hints,
    read_as_latin,
)

_LEET = {
    "0": "oо", "1": "ilі", "2": "z", "3": "eз", "4": "aч", "5": "s", "6": "gб", "7": "t", "8": "bв", "9": "g",
    "@": "aа", "$": "s", "!": "il", "|": "il", "+": "t", "€": "e", "£": "l",
}  # fmt: skip
"""Signs and the letters they stand for, Latin and Cyrillic."""
_SKELETON = {ord(letter): sign for sign, letters in reversed(_LEET.items()) for letter in letters}
_SKELETON |= {ord("!"): "1", ord("|"): "1", ord("@"): "4", ord("$"): "5", ord("+"): "7", ord("€"): "3", ord("£"): "1"}
_SKELETON |= {ord("l"): "1", ord("i"): "1", ord("a"): "4", ord("s"): "5", ord("t"): "7", ord("e"): "3", ord("g"): "9"}
_SKELETON |= {ord("6"): "9", ord("б"): "9", ord("а"): "4", ord("і"): "1"}
_SKELETON_TABLE = CodePointTable(lambda char: _SKELETON.get(ord(char), char))
SKELETON_BYTES = bytes(ord(_SKELETON.get(byte, chr(byte))) if byte < 128 else byte for byte in range(256))


def skeleton(text: str) -> str:
    """Folded text with each sign and the letters it may stand for made one: what words and texts are compared by."""
    if text.isascii():
        return text.encode().translate(SKELETON_BYTES).decode()
    return _SKELETON_TABLE(text)[0]


def spells(written: str, word: str) -> bool:
    """Whether `written` is `word` with signs for some letters; two characters, one a letter, must be the same."""
    same = [mark for mark, letter in zip(written, word, strict=True) if mark == letter]
    signs = all(mark == letter or letter in _LEET.get(mark, "") for mark, letter in zip(written, word, strict=True))
    return signs and len(same) >= 2 and any(map(str.isalpha, same))


class KnownWords:
    """Words by their skeleton: what a disguised token may be read as. `honest` ones are what they look like."""

    def __init__(self, words: Iterable[str], honest: Iterable[str] = ()) -> None:
        self._honest = frozenset(word for word in honest if not word.isascii())
        self._words: dict[str, list[str]] = defaultdict(list)
        for word in sorted({word for word in words if len(word) >= _SHORTEST and any(map(str.isalpha, word))}):
            self._words[skeleton(word)].append(word)
        self._beginnings = {written[:_SHORTEST] for written in self._words}
        self._meant = lru_cache(_MOST_REMEMBERED)(self._read)  # uploads share their figures: 7b, q4, v1

    def written_out(self, folded: Folded) -> Folded:
        """Return a text with every disguised known word in letters. Lengths stay, so spans do."""
        text, done = folded.text, 0
        edits: list[tuple[int, str]] = []
        for hint in hints(_HINT, text):
            token = _TOKEN.match(text, hint - 1) if hint > done else None
            if token:
                start, done = _token_start(text, hint - 1), token.end()
                word = self._meant(text[start:done])
                edits += [(start, word)] if word else []
        edits += [] if text.isascii() else self._borrowed(text)
        return _edited(folded, edits) if edits else folded

    def _read(self, token: str) -> str | None:
        """The longest known word that a token starts with, if it is written otherwise."""
        bare = skeleton(token)
        if bare[:_SHORTEST] not in self._beginnings:
            return None
        for end in range(len(token.rstrip(_PUNCTUATION)), _SHORTEST - 1, -1):
            for word in self._words.get(bare[:end], ()):
                if spells(token[:end], word):
                    return word if word != token[:end] else None
        return None

    def _borrowed(self, text: str) -> Iterator[tuple[int, str]]:
        """Known words written in letters of another script alone; an honest word of that script is none of them."""
        for hint in hints(_TWIN_WORD, text):
            start = hint - 1
            while start and text[start - 1] in TWINS:
                start -= 1
            written = text[start : hint - 1]
            word = read_as_latin(written)
            if written in self._honest or _joins(text, start - 1) or _joins(text, hint - 1):
                continue
            if word in self._words.get(skeleton(word), ()):
                yield start, word
        for hint in hints(_SHORT_TWIN, text):
            start = max(text.rfind(gap, 0, hint - 2) for gap in _GAPS) + 1
            yield start, read_as_latin(text[start : hint - 2])


_SHORTEST = 3
_PUNCTUATION = "!|+"
"""Signs that end a word far more often than they stand for its last letter."""
_LONGEST = 40
_SIGNS = re.escape("".join(_LEET))
_TOKEN = re.compile(rf"(?:[^\W_]|[{_SIGNS}]){{1,{_LONGEST}}}")
_MOST_REMEMBERED = 1 << 16
_MARKS = re.escape("".join(filter(str.isascii, _LEET))) + MONEY
_INSIDE = re.escape("".join(sign for sign in _LEET if sign.isascii() and sign not in _PUNCTUATION)) + MONEY
_HINT = hint_database(
    rf"[a-z{BEYOND}][{_MARKS}][a-z{BEYOND}{_MARKS}]",
    rf"[^a-z0-9{TWIN}{FOREIGN}][{_MARKS}]{{1,3}}[a-z{BEYOND}]",
    rf"[a-z{BEYOND}]{{2}}[{_INSIDE}]",
)
"""A sign inside a word, at its start, or at its end."""
_TWIN_WORD = hint_database(rf"[^a-z0-9{TWIN}{FOREIGN}]{TWIN}{{{_SHORTEST},{_LONGEST}}}[^a-z0-9{TWIN}{FOREIGN}]")
_GAPS = " _-"
_SHORT_TWIN = hint_database(rf"[a-z][{_GAPS}]{TWIN}{{1,{_SHORTEST - 1}}}[{_GAPS}][a-z]")
"""A word of a letter or two, too short to be known, between words in Latin letters."""


def _joins(text: str, position: int) -> bool:
    """Whether a letter or figure at `position` makes a word longer; a hint takes any rare sign for none."""
    return 0 <= position < len(text) and text[position].isalnum()


def _token_start(text: str, position: int) -> int:
    """Where the token starts that goes on at `position`."""
    least = max(0, position - _LONGEST)
    while position > least and (text[position - 1].isalnum() or text[position - 1] in _LEET):
        position -= 1
    return position


def _edited(folded: Folded, edits: Iterable[tuple[int, str]]) -> Folded:
    characters = list(folded.text)
    for start, word in edits:
        characters[start : start + len(word)] = word
    return Folded(folded.source, "".join(characters), folded.maps)
