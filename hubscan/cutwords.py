"""Words cut in pieces (`lan-te_rn`): found by leaving the cuts out of the whole text and searching what is left.

Letters that stand one by one are joined while folding, whatever they say (`text`). Pieces of several letters are what
any compound is made of, so they are joined only where they make a word that is looked for.
"""

from collections.abc import Iterable, Iterator

import numpy

from hubscan import kept
from hubscan.leet import SKELETON_BYTES, skeleton, spells
from hubscan.text import Edit, Folded, one_by_one

_CUTS = b"-_.~*"
_AS_GAPS = str.maketrans(_CUTS.decode(), " " * len(_CUTS))
_SHORTEST = 6
"""Letters of a word that is looked for in pieces; shorter ones are made by chance."""
_SHORTEST_PART, _LONG = 3, 8
"""Letters of what is a word of a compound, and of a word that may go on: `abliterat` in `ab-liter-ated`."""


class CutWords:
    """Single words of Latin letters, known also in pieces, with or without signs for letters.

    Not where each of the pieces is one of `parts`: `safety_checker` is two words, and is looked for as such.
    """

    def __init__(self, words: Iterable[str], parts: Iterable[str] = ()) -> None:
        self._parts = frozenset(part for part in parts if len(part) >= _SHORTEST_PART)
        some = {word for word in words if len(word) >= _SHORTEST and word.isascii() and word.isalpha()}
        self._words = sorted(some)
        self._database = kept.database([skeleton(word) for word in self._words]) if some else None

    def made_whole(self, folded: Folded) -> Folded:
        """Return a text with every known word that was cut in one piece."""
        if self._database is None:
            return folded
        data = one_by_one(folded.text)
        ends: list[tuple[int, int, int]] = []
        self._database.scan(
            data.translate(SKELETON_BYTES, _CUTS),
            match_event_handler=lambda number, _, end, __, ___: ends.append((end, -len(self._words[number]), number)),
        )
        edits = list(self._edits(folded.text, data, sorted(ends))) if ends else []
        return folded.rewritten(edits) if edits else folded

    def _edits(self, text: str, data: bytes, ends: Iterable[tuple[int, int, int]]) -> Iterator[Edit]:
        places = numpy.flatnonzero(~numpy.isin(numpy.frombuffer(data, "u1"), list(_CUTS)))
        done = 0
        for end, size, number in ends:
            start, stop = int(places[end + size]), int(places[end - 1]) + 1
            if start >= done and stop - start > -size and self._is_cut(text, start, stop, self._words[number]):
                done = stop
                yield start, stop, self._words[number]

    def _is_cut(self, text: str, start: int, stop: int, word: str) -> bool:
        """Whether the stretch is a word of its own, cut by single signs into what are not all words themselves."""
        pieces = text[start:stop].translate(_AS_GAPS).split(" ")
        goes_on = stop < len(text) and text[stop].isalnum()
        if (start and text[start - 1].isalnum()) or (goes_on and len(word) < _LONG):
            return False
        return all(pieces) and not self._parts.issuperset(pieces) and spells("".join(pieces), word)
