"""The words of a folded text as arrays: where each starts and ends, and a keyed hash of it, all worked out at once.

A word is a run of letters, a run of digits, or one character of a script written without spaces. The hash of a word is
a polynomial over its code points in the ring of 64-bit integers, base and coefficients secret, taken from running sums
over the whole text, so that its cost is a few array operations a text and not a call a word. It only picks bits of a
table; what is found is decided by HMAC.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy
from numpy.typing import NDArray

from hubscan.leet import skeleton
from hubscan.text import folded_word, read_as_latin

Points = NDArray[numpy.uint32]
Hashes = NDArray[numpy.uint64]
Flags = NDArray[numpy.bool_]
Places = NDArray[numpy.intp]

_LETTER, _DIGIT, _ALONE, _SIGN = 1, 2, 3, 4
_UNSPACED = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3040, 0x30FF), (0x3400, 0x9FFF), (0xF900, 0xFAFF))
"""Thai, Lao, Myanmar, Khmer, kana and Han: scripts written without spaces."""
_SIGNS = "@$!|"
"""Signs that may stand for letters inside a word."""
_UNKNOWN = 0xFFFF_FFFF
_ODD, _HALF = numpy.uint64(0x9E37_79B9_7F4A_7C15), numpy.uint64(32)


@dataclass(frozen=True, slots=True)
class Tokens:
    """Words of a text: `starts` and `ends` in code points, `hashes` beside them."""

    starts: Places
    ends: Places
    hashes: Hashes


class _PointTable:
    """A function of a character as an array over code points, filled as they are met."""

    def __init__(self, function: Callable[[str], int]) -> None:
        self._function = function
        self._array = numpy.full(0x11_0000, _UNKNOWN, dtype=numpy.uint32)

    def __call__(self, points: Points) -> Points:
        found = self._array[points]
        if found.size and found.max() == _UNKNOWN:
            for point in set(points[found == _UNKNOWN].tolist()):
                self._array[point] = self._function(chr(point))
            found = self._array[points]
        return found


def _kind(char: str) -> int:
    if any(low <= ord(char) <= high for low, high in _UNSPACED):
        return _ALONE
    if char.isalnum():
        return _DIGIT if char.isdecimal() else _LETTER
    return _SIGN if char in _SIGNS else 0


def _bare(char: str) -> int:
    if "\ud800" <= char <= "\udfff":
        return ord(char)
    return ord(skeleton(read_as_latin(char))[0])


def _lone(char: str) -> int:
    return ord(found) if len(found := folded_word(char)) == 1 else ord(char)


_KINDS, _BARE, _LONE = _PointTable(_kind), _PointTable(_bare), _PointTable(_lone)


def points(text: str) -> Points:
    """Return the code points of a text."""
    return numpy.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=numpy.uint32)


def undisguised(text: str) -> str:
    """Return a folded text of the same length with each sign and the letters it may stand for made one."""
    return _BARE(points(text)).tobytes().decode("utf-32-le", "surrogatepass")


def char_by_char(text: str) -> str:
    """Return a text folded one character at a time, its length kept."""
    return _LONE(points(text)).tobytes().decode("utf-32-le", "surrogatepass")


def pairs(hashes: Hashes) -> Hashes:
    """Return a hash for each two words that follow one another: one fewer than there are words."""
    return hashes[:-1] * _ODD + (hashes[1:] ^ (hashes[1:] >> _HALF))


class Hasher:
    """The keyed hash of words."""

    def __init__(self, key: bytes) -> None:
        drawn = numpy.frombuffer(hashlib.blake2b(b"words", key=key).digest(), dtype="<u8")
        self._base, self._first, self._second, self._salt = (int(value) | 1 for value in drawn[:4])
        self._inverse = pow(self._base, -1, 1 << 64)
        self._powers = self._back = numpy.ones(1, dtype=numpy.uint64)

    def plain(self, text: str) -> Tokens:
        """Return the words of a folded text."""
        found = points(text)
        kinds = _KINDS(found)
        kinds[kinds == _SIGN] = 0
        return self._tokens(found, kinds)

    def bare(self, text: str) -> tuple[Tokens, Flags]:
        """Return the words of a folded text with digits and signs kept in them, undisguised; and which were disguised.

        Those are words that mix letters with digits or signs, or hold letters that look like Latin ones.
        """
        found = points(text)
        kinds, bare = _KINDS(found), _BARE(found)
        odd = (kinds == _DIGIT) | (kinds == _SIGN) | ((found >= 0x80) & (bare < 0x80))
        letters = (kinds == _LETTER) & ~odd
        runs = numpy.where(kinds == _ALONE, _ALONE, numpy.minimum(kinds, 1))
        runs[kinds == _SIGN] = _before_letter(kinds)[kinds == _SIGN]
        tokens = self._tokens(bare, runs)
        disguised = _counts(odd, tokens) > 0
        return tokens, disguised & ((_counts(letters, tokens) > 0) | (_counts(found >= 0x80, tokens) > 0))

    def camel(self, source: str) -> Tokens | None:
        """Return the words of a text as received, CamelCase held apart, folded one by one; None where there is none."""
        found = points(source)
        humps = _humps(found)
        if not humps.any():
            return None
        kinds = _KINDS(found)
        kinds[kinds == _SIGN] = 0
        return self._tokens(_LONE(found), kinds, humps)

    def _tokens(self, found: Points, kinds: Points, also: Flags | None = None) -> Tokens:
        starts, ends = _bounds(kinds, also)
        if not starts.size:
            return Tokens(starts, ends, numpy.zeros(0, dtype=numpy.uint64))
        self._grow(found.size)
        weights = (found.astype(numpy.uint64) + numpy.uint64(self._salt)) * numpy.uint64(self._first)
        weights ^= weights >> numpy.uint64(29)
        sums = numpy.zeros(found.size + 1, dtype=numpy.uint64)
        numpy.cumsum(weights * self._powers[: found.size], out=sums[1:])
        return Tokens(starts, ends, (sums[ends] - sums[starts]) * self._back[starts])

    def bits(self, hashes: Hashes, size: int) -> Places:
        """Return which bit of a table of `size` (a power of two) each hash has."""
        mixed = hashes * numpy.uint64(self._second)
        mixed ^= mixed >> _HALF
        mixed *= numpy.uint64(self._first)
        return (mixed >> numpy.uint64(64 - (size - 1).bit_length())).astype(numpy.intp)

    def _grow(self, size: int) -> None:
        if self._powers.size < size:
            wanted = max(size, 2 * self._powers.size)
            self._powers, self._back = _powers(self._base, wanted), _powers(self._inverse, wanted)


def _powers(base: int, count: int) -> Hashes:
    factors = numpy.full(count, base, dtype=numpy.uint64)
    factors[0] = 1
    return numpy.cumprod(factors)


def _bounds(kinds: Points, also: Flags | None) -> tuple[Places, Places]:
    """Where words start and end: where the kind changes, around every lone character, and before each of `also`."""
    if not kinds.size:
        none = numpy.zeros(0, dtype=numpy.intp)
        return none, none
    breaks = (kinds[1:] != kinds[:-1]) | (kinds[1:] == _ALONE)
    if also is not None:
        breaks |= also[1:]
    edges = numpy.concatenate(([0], numpy.flatnonzero(breaks) + 1, [kinds.size]))
    inside = kinds[edges[:-1]] != 0
    return edges[:-1][inside], edges[1:][inside]


def _humps(found: Points) -> Flags:
    """Capitals after a small letter, or between a capital and a small letter."""
    small, capital = (found >= 97) & (found <= 122), (found >= 65) & (found <= 90)
    humps = numpy.zeros(found.size, dtype=numpy.bool_)
    humps[1:] = small[:-1] & capital[1:]
    humps[1:-1] |= capital[:-2] & capital[1:-1] & small[2:]
    return humps


def _before_letter(kinds: Points) -> Points:
    after = numpy.zeros_like(kinds)
    after[:-1] = (kinds[1:] == _LETTER) | (kinds[1:] == _DIGIT)
    return after


def _counts(flags: Flags, tokens: Tokens) -> Places:
    sums = numpy.zeros(flags.size + 1, dtype=numpy.intp)
    numpy.cumsum(flags, out=sums[1:])
    return sums[tokens.ends] - sums[tokens.starts]
