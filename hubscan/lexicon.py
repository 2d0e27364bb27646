"""Where the words of vocabularies stand in a folded text: one scan for all of them, each checked in place.

A vocabulary term is a word or phrase in ordinary spelling, with `{,s}` for alternative endings and a final `*` for any
ending. Every form keeps one literal, its anchor, for a Hyperscan database; only around an anchor is the form itself
checked, because checks over whole texts cost more than the search (see benchmarks/). Words of a phrase may be joined or
held apart by spaces, dashes, underscores and dots. A word must stand at word boundaries: those of Unicode, CamelCase,
between letters and digits, and none at all in scripts written without spaces.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import hyperscan

from hubscan.text import SPLIT_HINT, CodePointTable, Folded, folded_word, join_split_letters


class Hit(NamedTuple):
    """Entry `ref` of group `group` at folded code points `start` to `end`.

    `joined` says that it stands inside a longer run of letters without a boundary on some side.
    """

    group: str
    ref: str
    start: int
    end: int
    joined: bool = False


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression with a literal of its own: looked at only within `width` code points of `factor`."""

    group: str
    factor: str
    regex: re.Pattern[str]
    width: int


@dataclass(frozen=True, slots=True)
class Form:
    """One spelling of a term: its folded words, the anchor among them, and whether any ending may follow."""

    group: str
    ref: str
    words: tuple[str, ...]
    anchor: str
    regex: re.Pattern[str]
    reach: int
    single: bool
    negative: bool


_BRACES = re.compile(r"\{([^{}]*)\}")
_GAP = r"[ \t\r\n\-_./+]{0,3}"
_WORDS = re.compile(r"[^\s\-_./+]+")
_OPEN_END = r"[^\W_]{0,24}"
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_HANGUL = re.compile(r"[\uac00-\ud7a3]")
_ARABIC = re.compile(r"[\u0620-\u064a]")
_ARABIC_PREFIX = r"(?:[وف]?(?:[بك]?ال|لل|[بكل])?)"
MIN_JOINED = 5
"""Letters a word needs before it is looked for inside a longer run of letters (`maskedword` in a repo name)."""


def spellings(term: str) -> list[str]:
    """Return every spelling of `term` with its `{a,b}` groups written out, first alternative first."""
    group = _BRACES.search(term)
    if not group:
        return [term]
    heads = (term[: group.start()] + choice for choice in group[1].split(","))
    return [full for head in heads for full in spellings(head + term[group.end() :])]


def form(group: str, ref: str, spelling: str, *, negative: bool = False) -> Form:
    """Compile one spelling; `ValueError` if nothing of it is left after folding."""
    folded = folded_word(spelling.strip())
    open_end = folded.endswith("*")
    words = _WORDS.findall(folded.rstrip("*"))
    if not words:
        raise ValueError(f"{spelling!r} has no word left after folding")
    body = _GAP.join(map(re.escape, words)) + (_OPEN_END if open_end else "")
    prefix = _ARABIC_PREFIX if _ARABIC.match(words[0]) else ""
    anchor = max(words, key=len)
    single = len(words) == 1 and not open_end and not prefix
    reach = len(folded) + 3 * len(words) + 6
    return Form(group, ref, tuple(words), anchor, re.compile(prefix + body), reach, single, negative)


def forms(group: str, terms: Mapping[str, Sequence[str]], excepts: Mapping[str, Sequence[str]]) -> Iterator[Form]:
    """Yield the forms of a group's terms by language, those of its exceptions marked negative."""
    for by_language, negative in ((terms, False), (excepts, True)):
        for language, entries in by_language.items():
            for entry in entries:
                for spelling in spellings(entry):
                    yield form(group, f"{group}/{language}", spelling, negative=negative)


# --- boundaries -------------------------------------------------------------------------------------------------------


def starts_word(folded: Folded, at: int) -> bool:
    """Whether a word may start at folded position `at`."""
    text = folded.text
    if at == 0 or not text[at - 1].isalnum():
        return True
    before, char = text[at - 1], text[at]
    if before.isdigit() != char.isdigit():
        return True
    if not char.isascii() and (_UNSPACED.match(char) or bool(_HANGUL.match(char)) != bool(_HANGUL.match(before))):
        return True
    return _camel_break(folded, at)


def ends_word(folded: Folded, at: int) -> bool:
    """Whether a word may end before folded position `at`."""
    text = folded.text
    if at >= len(text) or not text[at].isalnum():
        return True
    before, char = text[at - 1], text[at]
    if before.isdigit() != char.isdigit():
        return True
    if not before.isascii() and (_UNSPACED.match(before) or _HANGUL.match(before)):
        return True
    return _camel_break(folded, at)


def _camel_break(folded: Folded, at: int) -> bool:
    """`wordWord` breaks before the capital; `WORDWord` breaks before the last capital."""
    here = folded.case_at(at)
    if not here.isupper():
        return False
    return folded.case_at(at - 1).islower() or folded.case_at(at + 1).islower()


# --- leetspeak --------------------------------------------------------------------------------------------------------

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


def _spells(written: str, word: str) -> bool:
    """Whether `written` is `word` with signs for some letters; two characters, one of them a letter, must be the same."""
    same = [mark for mark, letter in zip(written, word, strict=True) if mark == letter]
    signs = all(mark == letter or letter in _LEET.get(mark, "") for mark, letter in zip(written, word, strict=True))
    return signs and len(same) >= 2 and any(map(str.isalpha, same))


# --- the lexicon ------------------------------------------------------------------------------------------------------


class _Word:
    """A literal of the database: a word, and the forms and patterns it is the anchor of (none: only known for leet)."""

    __slots__ = ("forms", "patterns", "size", "text")

    def __init__(self, text: str) -> None:
        self.text, self.size = text, len(skeleton(text))
        self.forms: list[Form] = []
        self.patterns: list[Pattern] = []


class Lexicon:
    """All forms and patterns of one purpose, compiled together. Holds no state between scans; one per thread."""

    def __init__(self, all_forms: Iterable[Form], patterns: Iterable[Pattern] = ()) -> None:
        words: dict[str, _Word] = {}
        for entry in all_forms:
            for word in entry.words:
                if len(word) >= _MIN_KNOWN or word == entry.anchor:
                    words.setdefault(word, _Word(word))
            words[entry.anchor].forms.append(entry)
        for pattern in patterns:
            words.setdefault(pattern.factor, _Word(pattern.factor)).patterns.append(pattern)
        self._words = [words[word] for word in sorted(words)]
        self._database = _database([word.text for word in self._words])

    def scan(self, folded: Folded) -> tuple[Folded, list[Hit]]:
        """Return where forms stand, in order, and the text they stand in: `folded` with disguised words written out."""
        found, split = self._find(folded.text)
        if split:
            joined = join_split_letters(folded)
            if joined is not folded:
                folded, (found, _) = joined, self._find(joined.text)
        if not found:
            return folded, []
        folded = _write_out(folded, found)
        hits = {hit for word, start, end in found for hit in self._check(folded, word, start, end)}
        return folded, _without_exceptions(sorted(hits, key=_by_place))

    def _find(self, text: str) -> tuple[list[tuple[_Word, int, int]], bool]:
        data = skeleton(text)
        ends: list[tuple[int, int]] = []
        self._database.scan(data, match_event_handler=lambda number, _, end, __, ___: ends.append((end, number)))
        split = any(number == _SPLIT for _, number in ends)
        at, found, character = 0, [], 0
        for end, number in sorted(ends):
            if number == _SPLIT:
                continue
            word = self._words[number - 1]
            character, at = character + _characters(data, at, end), end
            found.append((word, character - len(word.text), character))
        return found, split

    def _check(self, folded: Folded, word: _Word, start: int, end: int) -> Iterator[Hit]:
        for entry in word.forms:
            if entry.single:
                yield from _bounded(folded, entry, start, end)
            else:
                for match in _around(entry.regex, folded.text, start, end, entry.reach):
                    yield from _bounded(folded, entry, *match.span())
        for pattern in word.patterns:
            for match in _around(pattern.regex, folded.text, start, end, pattern.width):
                yield Hit(pattern.group, pattern.group, *match.span())


_MIN_KNOWN = 3
_SPLIT = 0


def _database(words: Sequence[str]) -> hyperscan.Database:
    # The split-letter hint must know letters of every script; the words are plain bytes, so UTF-8 mode is for it alone.
    expressions = [SPLIT_HINT.encode(), *(re.escape(skeleton(word)) for word in words)]
    hint = hyperscan.HS_FLAG_UTF8 | hyperscan.HS_FLAG_UCP | hyperscan.HS_FLAG_SINGLEMATCH
    database = hyperscan.Database()
    database.compile(
        expressions=expressions,
        ids=list(range(len(expressions))),
        elements=len(expressions),
        flags=[hint] + [0] * len(words),
    )
    return database


def _characters(data: bytes, start: int, end: int) -> int:
    """Code points in a stretch of UTF-8 that starts and ends between characters, as every literal does."""
    piece = data[start:end]
    return len(piece) if piece.isascii() else len(piece.decode())


def _write_out(folded: Folded, found: list[tuple[_Word, int, int]]) -> Folded:
    """Write leet spellings of known words in letters; drop what only looked alike. Lengths stay, so spans do."""
    text, kept, changed = folded.text, [], []
    for word, start, end in found:
        written = text[start:end]
        if written == word.text:
            kept.append((word, start, end))
        elif _spells(written, word.text):
            kept.append((word, start, end))
            changed.append((start, end, word.text))
    found[:] = kept
    if not changed:
        return folded
    characters = list(text)
    for start, end, plain in changed:
        characters[start:end] = plain
    return Folded(folded.source, "".join(characters), folded.maps)


def _around(regex: re.Pattern[str], text: str, start: int, end: int, reach: int) -> Iterator[re.Match[str]]:
    """Matches of `regex` that cover the literal at `start` to `end`, looked for no farther than `reach` away."""
    at, stop = max(0, start - reach), end + reach
    while at <= start:
        match = regex.search(text, at, stop)
        if not match:
            return
        if match.start() <= start and match.end() >= end:
            yield match
        at = match.start() + 1


def _bounded(folded: Folded, entry: Form, start: int, end: int) -> Iterator[Hit]:
    joined = not (starts_word(folded, start) and ends_word(folded, end))
    if joined and len(entry.anchor) < MIN_JOINED:
        return
    yield Hit(entry.group, "-" if entry.negative else entry.ref, start, end, joined)


def _by_place(hit: Hit) -> tuple[int, int, str]:
    return hit.start, -hit.end, hit.group


def _without_exceptions(hits: list[Hit]) -> list[Hit]:
    exceptions = [hit for hit in hits if hit.ref == "-"]
    if not exceptions:
        return hits
    return [hit for hit in hits if hit.ref != "-" and not any(_covers(other, hit) for other in exceptions)]


def _covers(exception: Hit, hit: Hit) -> bool:
    return exception.group == hit.group and exception.start <= hit.start and hit.end <= exception.end
