"""Where the terms of one list stand in a folded text."""

import re
from bisect import bisect_left
from collections.abc import Iterator

import numpy

from hubscan.lexicon import Hit
from hubscan.rulebook import TermList
from hubscan.terms.keys import Key
from hubscan.terms.tokens import Flags, Hasher, Hashes, Tokens, char_by_char, pairs, undisguised
from hubscan.text import Folded

GROUP = "terms:"
"""What the group of a list begins with, so that no vocabulary can be taken for one."""
PLAIN, BARE = "", "~"
"""What the words of a term are marked with before they are digested: as they are, or undisguised."""
_GAP = re.compile(r"[\s\-_./]{0,3}")
_MEMO = 100_000


class Finder:
    """One list with its key. One per thread."""

    def __init__(self, terms: TermList, key: Key) -> None:
        self.terms = terms
        self._key = key
        self._hasher = Hasher(key.bits)
        self._alone, self._pairs = _table(terms.alone, terms.size), _table(terms.pairs, terms.size)
        self._refs: dict[str, str] = {}

    def scan(self, folded: Folded) -> list[Hit]:
        """Return where terms stand, in order; a hit's `ref` is the list and the head of a digest, never a word."""
        return sorted({*self._plain(folded.text), *self._disguised(folded.text), *self._camel(folded)})

    def _plain(self, text: str) -> Iterator[Hit]:
        tokens = self._hasher.plain(text)
        return (self._hit(*found) for found in self._among(text, tokens, PLAIN))

    def _disguised(self, text: str) -> Iterator[Hit]:
        """Terms of which a word is written with digits, signs or look-alike letters for some of its own."""
        tokens, disguised = self._hasher.bare(text)
        if disguised.any():
            odd = tokens.starts[disguised]
            for ref, start, end in self._among(undisguised(text), tokens, BARE):
                if ((start <= odd) & (odd < end)).any():
                    yield self._hit(ref, start, end)

    def _camel(self, folded: Folded) -> Iterator[Hit]:
        """Terms in CamelCase, which folding hides: looked for in the source, with its humps held apart."""
        humps = self._hasher.camel(folded.source)
        if humps:
            for ref, start, end in self._among(char_by_char(folded.source), humps, PLAIN):
                yield self._hit(ref, _folded_at(folded, start), _folded_at(folded, end))

    def _among(self, text: str, tokens: Tokens, mark: str) -> Iterator[tuple[str, int, int]]:
        """Yield reference, start and end of each term; what is looked up is only where the tables have bits."""
        for first in numpy.flatnonzero(self._candidates(tokens.hashes)).tolist():
            starts, ends = tokens.starts[first:][: self.terms.longest], tokens.ends[first:][: self.terms.longest]
            spelling, before = mark, None
            for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
                if before is not None and not _GAP.fullmatch(text, before, start):
                    break
                spelling += text[start:end] if before is None else f" {text[start:end]}"
                before = end
                if ref := self._ref(spelling):
                    yield ref, int(starts[0]), end

    def _candidates(self, hashes: Hashes) -> Flags:
        """Which words may begin a term: those that may be one, and those that may begin one with the next word."""
        bits = self._hasher.bits
        found = self._alone[bits(hashes, self.terms.size)]
        if self.terms.pairs:
            found[:-1] |= self._pairs[bits(pairs(hashes), self.terms.size)]
        return found

    def _ref(self, spelling: str) -> str:
        found = self._refs.get(spelling)
        if found is None:
            if len(self._refs) >= _MEMO:
                self._refs.clear()
            digest = self._key.digested(spelling)
            found = f"{self.terms.id}#{digest.hex()[:8]}" if digest in self.terms.digests else ""
            self._refs[spelling] = found
        return found

    def _hit(self, ref: str, start: int, end: int) -> Hit:
        return Hit(GROUP + self.terms.id, ref, start, end)


def _table(bits: frozenset[int], size: int) -> Flags:
    table = numpy.zeros(size, dtype=numpy.bool_)
    table[list(bits)] = True
    return table


def _folded_at(folded: Folded, position: int) -> int:
    return bisect_left(range(len(folded.text)), position, key=lambda at: folded.original(at, at + 1)[0])
