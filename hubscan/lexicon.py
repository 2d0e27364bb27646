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
from functools import lru_cache
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
    """One spelling of a term: its folded words, the anchor among them, and a pattern where it is more than a word.

    Patterns are compiled when first met in a text: most of some ten thousand forms never are.
    """

    group: str
    ref: str
    words: tuple[str, ...]
    anchor: str
    pattern: str | None
    reach: int
    negative: bool

    def around(self, text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield where the form stands with its anchor at `start` to `end`."""
        if self.pattern is None:
            yield start, end
        else:
            yield from _around(_regex(self.pattern), text, start, end, self.reach)


_PIECES = re.compile(r"\{([^{}]*)\}|([^{}]+)")
_GAP, _TIGHT_GAP = r"[ \t\r\n\-_./]{0,3}", r"[ \t\r\n\-_./]{1,3}"
_SEPARATOR = re.compile(r"[\s\-_/]+|(?<=[0-9])\.(?=[0-9])")
_WORDS = re.compile(r"[^\s\-_/]+")
_OPEN_END = r"[^\W_]{0,24}"
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_HANGUL = re.compile(r"[\uac00-\ud7a3]")
_ARABIC = re.compile(r"[\u0620-\u064a]")
_ARABIC_PREFIX = r"(?:[وف]?(?:[بك]?ال|لل|[بكل])?)"
_MIN_ANCHOR = 3
_SHORT_PHRASE = 8
"""Letters below which the words of a phrase must be held apart: `not a` is not `nota`."""
MIN_JOINED = 5
"""Letters a word needs before it is looked for inside a longer run of letters (`maskedword` in a repo name)."""

Node = tuple[str, ...]
"""A stretch of a term: one text, or the alternatives of a brace group."""


def forms(group: str, terms: Mapping[str, Sequence[str]], excepts: Mapping[str, Sequence[str]]) -> Iterator[Form]:
    """Yield the forms of a group's terms by language, those of its exceptions marked negative."""
    for by_language, negative in ((terms, False), (excepts, True)):
        for language, entries in by_language.items():
            for entry in entries:
                for anchor, pattern, words in compiled(entry):
                    yield Form(group, f"{group}/{language}", words, anchor, pattern, _reach(entry), negative)


def compiled(term: str) -> Iterator[tuple[str, str | None, tuple[str, ...]]]:
    """Yield anchor, pattern and words of a term; `ValueError` if nothing of it is left after folding.

    The anchor is the longest text that every spelling holds. A term that is alternatives throughout is taken apart by
    one of its groups.
    """
    nodes = _nodes(term.rstrip("*"))
    fixed = [word for node in nodes if len(node) == 1 for word in _WORDS.findall(node[0])]
    anchor = max((_literal(word) for word in fixed), key=len, default="")
    if len(anchor) >= _MIN_ANCHOR or (anchor and all(len(node) == 1 for node in nodes)):
        yield anchor, _pattern(nodes, term.endswith("*")), tuple(_all_words(nodes))
        return
    group = max((node for node in nodes if len(node) > 1), key=lambda node: min(map(len, node)), default=None)
    if group is None:
        raise ValueError(f"{term!r} has no word left after folding")
    at = nodes.index(group)
    for choice in group:
        whole = "".join("{" + ",".join(node) + "}" if len(node) > 1 else node[0] for node in nodes[at + 1 :])
        head = "".join("{" + ",".join(node) + "}" if len(node) > 1 else node[0] for node in nodes[:at])
        yield from compiled(head + choice + whole + ("*" if term.endswith("*") else ""))


def _nodes(term: str) -> list[Node]:
    return [
        tuple(map(folded_word, match[1].split(","))) if match[1] is not None else (folded_word(match[2]),)
        for match in _PIECES.finditer(term.strip())
    ]


def _literal(word: str) -> str:
    """The part of a word that is written the same however its digits are held apart (`1.5`, `15`)."""
    return max(_SEPARATOR.split(word), key=len)


def _pattern(nodes: Sequence[Node], open_end: bool) -> str | None:
    if len(nodes) == 1 and len(nodes[0]) == 1 and not open_end and not _SEPARATOR.search(nodes[0][0]):
        return None if not _ARABIC.match(nodes[0][0]) else _ARABIC_PREFIX + re.escape(nodes[0][0])
    letters = sum(max(map(len, node)) for node in nodes)
    gap = _TIGHT_GAP if letters < _SHORT_PHRASE and not any(map(str.isdigit, "".join(nodes[0]))) else _GAP
    body = "".join(_alternatives([_spaced(text, gap) for text in node]) for node in nodes)
    prefix = _ARABIC_PREFIX if _ARABIC.match(nodes[0][0]) else ""
    return prefix + body + (_OPEN_END if open_end else "")


def _spaced(text: str, gap: str) -> str:
    return gap.join(map(re.escape, _SEPARATOR.split(text)))


def _alternatives(patterns: Sequence[str]) -> str:
    return patterns[0] if len(patterns) == 1 else f"(?:{'|'.join(sorted(patterns, key=len, reverse=True))})"


def _all_words(nodes: Sequence[Node]) -> Iterator[str]:
    for node in nodes:
        for text in node:
            yield from _WORDS.findall(text)


def _reach(term: str) -> int:
    return len(_PIECES.sub(lambda m: max((m[1] or m[2] or "").split(","), key=len), term)) + 3 * term.count(" ") + 30


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
    """Whether `written` is `word` with signs for some letters; two characters, one a letter, must be the same."""
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
                if len(word) >= _MIN_KNOWN:
                    words.setdefault(word, _Word(word))
            words.setdefault(entry.anchor, _Word(entry.anchor)).forms.append(entry)
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
        at = character = 0
        found: list[tuple[_Word, int, int]] = []
        for end, number in sorted(ends):
            if number == _SPLIT:
                continue
            word = self._words[number - 1]
            character, at = character + _characters(data, at, end), end
            found.append((word, character - len(word.text), character))
        return found, split

    def _check(self, folded: Folded, word: _Word, start: int, end: int) -> Iterator[Hit]:
        for entry in word.forms:
            for place in entry.around(folded.text, start, end):
                yield from _bounded(folded, entry, *place)
        for pattern in word.patterns:
            for match in _around(pattern.regex, folded.text, start, end, pattern.width):
                yield Hit(pattern.group, pattern.group, *match)


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


@lru_cache(maxsize=65536)
def _regex(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _around(regex: re.Pattern[str], text: str, start: int, end: int, reach: int) -> Iterator[tuple[int, int]]:
    """Spans of `regex` that cover the literal at `start` to `end`, looked for no farther than `reach` away."""
    at, stop = max(0, start - reach), end + reach
    while at <= start:
        match = regex.search(text, at, stop)
        if not match:
            return
        if match.start() <= start and match.end() >= end:
            yield match.span()
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
    """Whether the exception reaches into the hit, other than from wholly inside it."""
    overlaps = exception.start < hit.end and hit.start < exception.end
    return exception.group == hit.group and overlaps and not (hit.start < exception.start and exception.end < hit.end)
