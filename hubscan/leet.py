"""Leetspeak: digits and signs that stand for letters, resolved word by word, since `1` may be an i or an l.

Words and texts are compared by a skeleton in which every sign and every letter it may stand for are one; what a text
really says is then decided against the words that are known.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from hubscan.text import CodePointTable

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
_SKELETON_BYTES = bytes(ord(_SKELETON.get(byte, chr(byte))) if byte < 128 else byte for byte in range(256))


def skeleton(text: str) -> bytes:
    """Folded text with each sign and the letters it may stand for made one: what words and texts are compared by."""
    if text.isascii():
        return text.encode().translate(_SKELETON_BYTES)
    return _SKELETON_TABLE(text)[0].encode(errors="replace")


def spells(written: str, word: str) -> bool:
    """Whether `written` is `word` with signs for some letters; two characters, one a letter, must be the same."""
    same = [mark for mark, letter in zip(written, word, strict=True) if mark == letter]
    signs = all(mark == letter or letter in _LEET.get(mark, "") for mark, letter in zip(written, word, strict=True))
    return signs and len(same) >= 2 and any(map(str.isalpha, same))


class KnownWords:
    """Words by their skeleton: what a disguised token may be read as."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words: dict[bytes, list[str]] = defaultdict(list)
        for word in sorted(set(words)):
            self._words[skeleton(word)].append(word)

    def disguised(self, text: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
        """Yield where a known word stands in disguise between `start` and `end`, and the word, of the same length."""
        if not _MIXED.search(text, start, end):
            return
        for token in _DISGUISED.finditer(text, start, end):
            for word in self._words.get(skeleton(token[0]), ()):
                if spells(token[0], word):
                    yield token.start(), token.end(), word


_SIGNS = re.escape("".join(_LEET))
_MIXED = re.compile(rf"[{_SIGNS}][^\W\d_]|[^\W\d_][{_SIGNS}]")
_DISGUISED = re.compile(rf"(?<![^\W_])[^\W\d_]*+[{_SIGNS}](?:[^\W_]|[{_SIGNS}])*")
