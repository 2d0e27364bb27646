"""The literals by which the spellings of a term are looked for: few, rare, and one of them in every spelling.

Each place where a literal stands is then checked in Python, which costs as much as searching some thousand letters. So
a word that is short or common takes the beginning of the word beside it along, or the end of the word before it, in all
spellings of the two. Separators, one or several, are searched as one space (`searchable`): any may hold words apart.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, wraps
from itertools import product
from typing import TypeVar

import numpy
import numpy.typing

_Text = TypeVar("_Text", str, bytes)
_Layout = TypeVar("_Layout")
Node = tuple[str, ...]
"""A stretch of a term: one text, or the alternatives of a brace group."""
SEPARATOR = re.compile(r"[\s\-_/]+|(?<=[0-9])\.(?=[0-9])")
"""What may stand between two words of a term, and between two figures."""
LONGEST_GAP = 3
"""Separators that may stand between two words of a text."""

_GAP = "\0"
_SPACES = bytes.maketrans(b"\t\r\n-_./:|", b" " * 9)
_RUN = re.compile(rb" {2,}")
_MOST_REMEMBERED, _SHORT = 16, 2000
"""Texts whose layout is remembered, for one is searched for several groups of words, one after the other; and letters
below which it is made again, lest the sentences of a long text push it out."""
_RARE = 8
_MOST = 64
_REACHES = (8, 6, 4, 3, 2)
_DOUBLED = re.compile(f"{_GAP}+")
"""What a word that may be left out leaves between its neighbours."""
_ONE_GAP = re.compile(rf"[^{_GAP}]*(?:{_GAP}[^{_GAP}]+)?")


def _remembered(made: Callable[[_Text], _Layout]) -> Callable[[_Text], _Layout]:
    kept = lru_cache(_MOST_REMEMBERED)(made)
    return wraps(made)(lambda text: made(text) if len(text) < _SHORT else kept(text))


@_remembered
def searchable(text: str) -> bytes:
    """Return folded text as literals are searched in it: every run of separators a single space."""
    return _RUN.sub(b" ", spaced(text))


@_remembered
def spaced(text: str) -> bytes:
    """Return folded text with every separator a space, and nothing moved."""
    return text.encode(errors="replace").translate(_SPACES)


@_remembered
def kept_bytes(data: bytes) -> "numpy.typing.NDArray[numpy.intp]":
    """Where each byte of a searchable text stands in what `spaced` returns of it."""
    blank = numpy.frombuffer(data, "u1") == ord(" ")
    again = numpy.zeros(len(data), bool)
    again[1:] = blank[1:] & blank[:-1]
    return numpy.flatnonzero(~again)


def literals(nodes: Sequence[Node], anchor: str, rarity: float, least_gap: int) -> tuple[str, ...]:
    """Return literals of which each spelling holds one; `anchor` is a text of one word or two that all spellings hold.

    `rarity` is that of the anchor, about its letters; `least_gap`, 0 or 1, how many separators hold two words apart.
    """
    word = anchor.replace(" ", _GAP)
    if rarity >= _RARE:
        return _spelled({word}, least_gap)
    at, left, right = _split(nodes, word)
    after = [(right,), *map(_flat, nodes[at + 1 :])]
    before = [(left[::-1],), *map(_mirrored, map(_flat, nodes[:at][::-1]))]
    forward = _extended(word, after, least_gap)
    if _shortest(forward) >= _RARE:
        return forward
    backward = _mirrored(_extended(word[::-1], before, least_gap))
    return max(forward, backward, key=_shortest) or _spelled({word}, least_gap)


def _shortest(texts: Iterable[str]) -> int:
    return min(map(len, texts), default=0)


def _split(nodes: Sequence[Node], word: str) -> tuple[int, str, str]:
    """Where the anchor stands: the number of its node, and the text of that node on either side."""
    at = next(at for at, node in enumerate(nodes) if len(node) == 1 and word in _flat(node)[0])
    left, _, right = _flat(nodes[at])[0].partition(word)
    return at, left, right


def _flat(node: Node) -> Node:
    return tuple(SEPARATOR.sub(_GAP, text) for text in node)


def _mirrored(texts: Iterable[str]) -> Node:
    return tuple(text[::-1] for text in texts)


def _extended(word: str, nodes: Sequence[Node], least_gap: int) -> tuple[str, ...]:
    """The word with what may follow it, as long as there are few ways to write that; nothing where none need follow."""
    for reach in _REACHES:
        following = {_first_word(text) for text in _beginnings(nodes, reach)}
        if "" not in following and len(following) <= _MOST:
            found = _spelled({word + text for text in following}, least_gap)
            if len(found) <= _MOST:
                return found
    return ()


def _first_word(text: str) -> str:
    match = _ONE_GAP.match(text)
    return match[0] if match else ""


def _beginnings(nodes: Iterable[Node], length: int) -> set[str]:
    """The first letters of every way to write out the nodes."""
    found = {""}
    for node in nodes:
        if all(len(text) == length for text in found):
            break
        found = {_DOUBLED.sub(_GAP, text + choice)[:length] for text in found for choice in node}
    return found


def _spelled(texts: Iterable[str], least_gap: int) -> tuple[str, ...]:
    """Write every gap, and where there need be none that too."""
    gaps = ["", " "][least_gap:]
    written: set[str] = set()
    for text in texts:
        first, *rest = text.split(_GAP)
        written |= {
            first + "".join(map("".join, zip(chosen, rest, strict=True))) for chosen in product(gaps, repeat=len(rest))
        }
    found = sorted({searchable(text).decode() for text in written}, key=len)
    kept: list[str] = []
    for text in found:
        if not any(map(text.__contains__, kept)):
            kept.append(text)
    return tuple(kept)
