"""Folding text: words seen through case, width, accents, look-alikes, markup and splitting, with exact spans.

A fold is a chain of rewrites. Each rewrite replaces stretches of the text before it and keeps a map back, so a span in
the folded text can always be told in code points of the original (`Folded.original`). Plain ASCII needs no map at all.

What is folded: case and compatibility forms (Unicode NFKD, UAX #15), accents of Latin, Greek, Cyrillic, Arabic, Hebrew
and kana, format characters (zero-width, soft hyphen, bidi controls), HTML tags and entities, emphasis marks inside
words, letters of another script that look like Latin ones in a mixed word (after UTS #39), and letters split by single
spaces, dots or dashes. Leetspeak is not folded here, because digits are ambiguous: `leet` resolves it word by word.
"""

import html
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import hyperscan
import numpy

from hubscan import kept

TWINS = "аеорсухіјѕԁһӏѡвкмнтαονρτκ"
"""Look-alikes that no reader tells from Latin letters: only of these may a whole word be made up."""
_BIDI = "\u202e"
BREAK = "\n\n\f\n"
"""Stands between texts that are looked at as one; no phrase or pattern reaches over it."""
Edit = tuple[int, int, str]
"""Replace code points `start` to `end` by a text."""


class OffsetMap:
    """Back from positions in a rewritten text to the text before."""

    __slots__ = ("_new_ends", "_new_starts", "_old_ends", "_old_starts")

    def __init__(self, edits: Sequence[Edit]) -> None:
        self._old_starts = [start for start, _, _ in edits]
        self._old_ends = [end for _, end, _ in edits]
        self._new_starts, self._new_ends, shift = [], [], 0
        for start, end, text in edits:
            self._new_starts.append(start + shift)
            self._new_ends.append(start + shift + len(text))
            shift += len(text) - (end - start)

    def start(self, position: int) -> int:
        """Where a span that starts at `position` starts in the text before."""
        index = bisect_right(self._new_starts, position) - 1
        if index < 0:
            return position
        if position < self._new_ends[index]:
            return self._old_starts[index]
        return self._old_ends[index] + position - self._new_ends[index]

    def end(self, position: int) -> int:
        """Where a non-empty span that ends before `position` ends in the text before."""
        last = position - 1
        index = bisect_right(self._new_starts, last) - 1
        if index < 0:
            return position
        if last < self._new_ends[index]:
            return self._old_ends[index]
        return self._old_ends[index] + position - self._new_ends[index]

    def forward(self, position: int) -> int:
        """The first position in the rewritten text that starts at `position` of the text before, or after it."""
        index = bisect_left(self._old_starts, position)
        if index and position <= self._old_ends[index - 1]:
            return self._new_ends[index - 1]
        return position if not index else self._new_ends[index - 1] + position - self._old_ends[index - 1]


def rewrite(text: str, edits: Sequence[Edit]) -> tuple[str, OffsetMap]:
    """Apply sorted, non-overlapping `edits` to `text`."""
    parts: list[str] = []
    at = 0
    for start, end, new in edits:
        parts += (text[at:start], new)
        at = end
    parts.append(text[at:])
    return "".join(parts), OffsetMap(edits)


@dataclass(frozen=True, slots=True)
class Folded:
    """A text as words are looked for in it (`text`), the text as received (`source`), and the way back."""

    source: str
    text: str
    maps: tuple[OffsetMap, ...] = field(default=(), repr=False)

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Code points of the original that the non-empty folded span `start` to `end` came from."""
        for step in reversed(self.maps):
            start, end = step.start(start), step.end(end)
        return start, end

    def stretch(self, start: int, end: int) -> tuple[int, int]:
        """The folded span that came from code points `start` to `end` of the original."""
        for step in self.maps:
            start, end = step.forward(start), step.forward(end)
        return min(start, len(self.text)), min(end, len(self.text))

    def case_at(self, position: int) -> str:
        """The original character behind folded `position`: tells CamelCase from one word."""
        for step in reversed(self.maps):
            position = step.start(position)
        return self.source[position] if position < len(self.source) else ""

    def rewritten(self, edits: Sequence[Edit]) -> "Folded":
        """The same text after further `edits` of the folded text."""
        text, step = rewrite(self.text, edits)
        return Folded(self.source, text, (*self.maps, step))


def fold(text: str, markup: str = "plain") -> Folded:
    """Fold `text`; `markup` is plain, markdown or html. Any string is accepted, lone surrogates included."""
    edits = list(_markup_edits(text, markup))
    plain = Folded(text, text).rewritten(edits) if edits else Folded(text, text)
    return _fold_lookalikes(_join_split_letters(_fold_characters(plain)))


@lru_cache(1 << 16)  # vocabularies share their words and endings
def folded_word(text: str) -> str:
    """Fold one vocabulary word or phrase the way texts are folded."""
    return _fold_lookalikes(_fold_characters(Folded(text, text))).text


# --- hints ------------------------------------------------------------------------------------------------------------


# What stands for a code point beyond ASCII where hints are looked for, one byte each, so that places need no decoding.
BEYOND = r"\x80\x81\x84"
"""Classes of regular expressions for hints: any code point beyond ASCII that may be a letter."""
TWIN, FOREIGN, MONEY, RIGHT_TO_LEFT = r"\x81", r"\x84", r"\x82", r"\x83"
"""A look-alike of a Latin letter (`TWINS`), any other letter of its scripts, `€` or `£`, and U+202E."""


def _hint_bytes() -> "numpy.typing.NDArray[numpy.uint8]":
    table = numpy.full(0x11_0000, 0x80, dtype="u1")
    table[:0x80] = range(0x80)
    table[[point for point in range(0x370, 0x590) if chr(point).isalnum()]] = 0x84  # Greek, Cyrillic, Armenian
    table[list(map(ord, TWINS))] = 0x81
    table[list(map(ord, "€£"))] = 0x82
    table[ord(_BIDI)] = 0x83
    return table


def hint_database(*expressions: str) -> hyperscan.Database:
    """Compile regular expressions over bytes that say where a closer look is worth it."""
    return kept.database(expressions)


def hints(database: hyperscan.Database, text: str) -> list[int]:
    """Where in `text` a hint ends, in code points, in order; the text is seen as if line breaks stood around it."""
    ends: list[int] = []
    database.scan(b"\n%b\n" % one_by_one(text), match_event_handler=lambda _, __, end, ___, ____: ends.append(end))
    return [end - 1 for end in sorted(ends)]


def one_by_one(text: str) -> bytes:
    """A byte for each code point: itself if ASCII, else what a hint tells of it."""
    if text.isascii():
        return text.encode()
    points = numpy.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    return numpy.take(_HINT_BYTES, points).tobytes()


_HINT_BYTES = _hint_bytes()

# --- characters -------------------------------------------------------------------------------------------------------

_LATIN_NAME = re.compile(
    r"(?:LATIN (?:SMALL|CAPITAL) LETTER|LATIN LETTER SMALL CAPITAL|NEGATIVE (?:CIRCLED|SQUARED) LATIN CAPITAL LETTER"
    r"|REGIONAL INDICATOR SYMBOL LETTER|(?:CROSSED )?NEGATIVE SQUARED LATIN CAPITAL LETTER) ([A-Z])(?: WITH .*)?$"
)
_DROPPED_MARKS = (
    (0x0300, 0x036F), (0x0483, 0x0489), (0x0591, 0x05C7), (0x0610, 0x061A), (0x064B, 0x065F), (0x0670, 0x0670),
    (0x06D6, 0x06ED), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0x3099, 0x309A), (0xFE00, 0xFE0F),
    (0xFE20, 0xFE2F), (0xE0100, 0xE01EF),
)  # fmt: skip
"""Marks that decorate a letter. Vowel signs of Thai, Devanagari and their kin are letters to their readers and stay."""
_CHOSEN = {
    "ı": "i", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d",
    "ـ": "", "ى": "ي", "ة": "ه", "ی": "ي", "ک": "ك",
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-",
    "‘": "'", "’": "'", "ʼ": "'", "“": '"', "”": '"', "•": "*", "·": ".", "・": ".",
    "ᅟ": "", "ᅠ": "", "ㅤ": "", "⠀": " ",
}  # fmt: skip


def _fold_character(char: str) -> str:
    if char in _CHOSEN:
        return _CHOSEN[char]
    if "가" <= char <= "힣" or "\ud800" <= char <= "\udfff":
        return char
    if unicodedata.category(char) == "Cf":
        return ""
    named = _LATIN_NAME.match(unicodedata.name(char, ""))
    if named:
        return named[1].lower()
    parts = unicodedata.normalize("NFKD", char).casefold()
    kept = "".join(_CHOSEN.get(part, part) for part in parts if not _is_dropped_mark(part))
    return kept if kept == char else "".join(map(_fold_character, kept))


def _is_dropped_mark(char: str) -> bool:
    return any(low <= ord(char) <= high for low, high in _DROPPED_MARKS)


class CodePointTable:
    """A map from code points to code points, as an array that a text goes through in one step.

    Entries are worked out when first met, since a table of all of Unicode would cost a second to build. What becomes
    several characters or none cannot stand in the array: those entries hold a mark, and their text is in `longer`.
    """

    _UNKNOWN, _LONGER = 0xFFFF_FFFF, 0x11_0000

    def __init__(self, function: Callable[[str], str]) -> None:
        self._function = function
        self._array = numpy.full(0x11_0000, self._UNKNOWN, dtype="<u4")
        self.longer: dict[str, str] = {}

    def __call__(self, text: str) -> tuple[str, list[int]]:
        """Return `text` mapped one to one, and the positions left as they were because they map otherwise."""
        points = numpy.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
        mapped = self._array[points]
        if mapped.size and mapped.max() == self._UNKNOWN:
            self._learn(set(points[mapped == self._UNKNOWN].tolist()))
            mapped = self._array[points]
        odd = numpy.flatnonzero(mapped == self._LONGER)
        if odd.size:
            mapped[odd] = points[odd]
        return mapped.tobytes().decode("utf-32-le", "surrogatepass"), odd.tolist()

    def _learn(self, points: set[int]) -> None:
        for point in points:
            new = self._function(chr(point))
            if len(new) == 1:
                self._array[point] = ord(new)
            else:
                self._array[point], self.longer[chr(point)] = self._LONGER, new


_FOLDS = CodePointTable(_fold_character)


def _fold_characters(folded: Folded) -> Folded:
    if folded.text.isascii():
        return Folded(folded.source, folded.text.lower(), folded.maps)
    text, odd = _FOLDS(_capitals_as_latin(folded.text))
    edits = [(at, at + 1, _FOLDS.longer[text[at]]) for at in odd]
    same = Folded(folded.source, text, folded.maps)
    return _compose_hangul(same.rewritten(edits) if edits else same)


_CAPITALS = {"\u0397": "H", "\u039d": "N", "\u03a5": "Y"}
_WITH_CAPITALS = re.compile(rf"[^\W_]{{0,40}}[{''.join(_CAPITALS)}][^\W_]{{0,40}}")


def _capitals_as_latin(text: str) -> str:
    """Read three Greek capitals as what they look like, beside Latin letters: their small forms look otherwise."""
    if not any(capital in text for capital in _CAPITALS):
        return text
    capitals = str.maketrans(_CAPITALS)
    return _WITH_CAPITALS.sub(
        lambda word: word[0].translate(capitals) if re.search("[A-Za-z]", word[0]) else word[0], text
    )


_JAMO = re.compile(r"[\u1100-\u1112][\u1161-\u1175][\u11a8-\u11c2]?")


def _compose_hangul(folded: Folded) -> Folded:
    """Write syllables that came letter by letter (NFD, as in file names of some systems) as one character each."""
    if not numpy.count_nonzero(_kinds(folded.text) == _LEADING_JAMO):
        return folded
    syllables = _JAMO.finditer(folded.text)
    return folded.rewritten([(*found.span(), unicodedata.normalize("NFC", found[0])) for found in syllables])


# --- look-alikes ------------------------------------------------------------------------------------------------------

_LOOKALIKE_PAIRS = (
    "аaбbвbгrеeёeзeиuкkмmнhоoпnрpсcтtуyхxчuьbѕsіiјjԁdһhӏlѡwүyқkңhғfәeөo"  # Cyrillic
    "αaβbγyδdεeζzηnιiκkνvοoπnρpσoτtυuχxωw"  # Greek
    "աwեtհhոnսuօoզqցgյj"  # Armenian
    "ᎪaᏴbᏟcᎠdᎬeᏀgᎻhᎥiᎫjᏦkᏞlᎷmᏢpᏒrᏚsᎢtᎩvᎳwᏃz"  # Cherokee, whose letters Unicode folds to the capitals
    "ɑaɓbƈcɗdɛeƒfɡgɦhɩiɪiʝjƙkɭlɱmɲnɵoƥpʠqɽrʂsƭtʋvɯwʏyʐz"  # Latin letters that Unicode does not decompose
)
_LOOKALIKES = str.maketrans(dict(zip(_LOOKALIKE_PAIRS[::2], _LOOKALIKE_PAIRS[1::2], strict=True)))
_LOOKALIKE = "[" + "".join(sorted(set(_LOOKALIKE_PAIRS[::2]))) + "]"
_MIXED = re.compile(rf"[a-z]{_LOOKALIKE}|{_LOOKALIKE}[a-z]|\A(?:[0-9]+{_LOOKALIKE}[0-9]*|{_LOOKALIKE}[0-9]+)\Z")
"""A word that mixes scripts: Latin letters beside look-alikes, or digits beside one look-alike."""
_CYRILLIC_TWINS = str.maketrans("aceopxyisbhkmt", "асеорхуіѕвнкмт")
_BORROWS_LATIN = re.compile(r"(?=[^\W_]*[бгджзийлпфцчшщъыьэюяєґ])[aceopxyisbhkmt0-9\u0430-\u045f\u0491]+")
"""A Cyrillic word with Latin letters in it: letters that only its script has, beside letters that look like its own."""
_WORD = re.compile(r"[^\W_]+")
_LATIN, _FOREIGN, _LEADING_JAMO = 1, 2, 4
_KINDS = numpy.zeros(0x11_0000, dtype="u1")
_KINDS[[ord(char) for char in "abcdefghijklmnopqrstuvwxyz0123456789"]] = _LATIN
_KINDS[[ord(char) for char in set(_LOOKALIKE_PAIRS[::2])]] = _FOREIGN
_KINDS[0x0430:0x0460] = _FOREIGN
_KINDS[0x1100:0x1113] = _LEADING_JAMO


def _kinds(text: str) -> "numpy.typing.NDArray[numpy.uint8]":
    points = numpy.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    return numpy.take(_KINDS, points)


def _fold_lookalikes(folded: Folded) -> Folded:
    # Same length, so no map. An honest word of another script is left alone: only a word that mixes scripts is read as
    # one script. One made of twins alone (`карта`) may be either, which `leet` decides by the words that are known.
    if folded.text.isascii():
        return folded
    kinds = _kinds(folded.text)
    if not (kinds == _FOREIGN).any():
        return folded
    text = folded.text
    if (kinds[1:] | kinds[:-1] == _LATIN | _FOREIGN).any():
        text = _WORD.sub(_read_as_one_script, text)
    return Folded(folded.source, text, folded.maps)


def _read_as_one_script(word: re.Match[str]) -> str:
    if _BORROWS_LATIN.fullmatch(word[0]):
        return word[0].translate(_CYRILLIC_TWINS)
    return read_as_latin(word[0]) if _MIXED.search(word[0]) else word[0]


def read_as_latin(word: str) -> str:
    """Return a folded word with each look-alike replaced by the letter it looks like."""
    return word.translate(_LOOKALIKES)


# --- markup -----------------------------------------------------------------------------------------------------------

_TAG = re.compile(
    r"<(?P<close>/?)(?P<tag>[a-zA-Z][a-zA-Z0-9]{0,15})(?:\s[^<>]{0,2000})?/?>"
    r"|(?P<entity>&(?:\#[0-9]{1,8}|\#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});)"
    r"|\u202e(?P<bidi>[^\u202c\n]{0,2000})\u202c?"
    r"|(?<=[^\W_])(?P<emphasis>[*~`\\]{1,3})(?=[^\W_])"
)


class _Markup(NamedTuple):
    """Where markup may stand: hints for Hyperscan, the widest of them, and the characters that markup starts with."""

    hints: hyperscan.Database
    width: int
    special: re.Pattern[str]


_BIDI_HINT = rf"{RIGHT_TO_LEFT}[^{RIGHT_TO_LEFT}]"
_HTML_HINTS = (_BIDI_HINT, r"<[a-zA-Z/!]", r"&(?:#[0-9xX]|[a-zA-Z])")
_EMPHASIS_HINT = rf"[a-zA-Z0-9{BEYOND}][*~`\\][*~`\\]{{0,2}}[a-zA-Z0-9{BEYOND}]"
_MARKUP = {
    "plain": _Markup(hint_database(_BIDI_HINT), 2, re.compile(r"\u202e")),
    "html": _Markup(hint_database(*_HTML_HINTS), 3, re.compile(r"[<&\u202e]")),
    "markdown": _Markup(hint_database(*_HTML_HINTS, _EMPHASIS_HINT), 5, re.compile(r"[<&\u202e*~`\\]")),
}
_TO_NEXT_IN_TABLE = re.compile(r"(?:\s{1,200}(?=</?(?:t[dhr]|thead|tbody|tfoot)[\s>]))?", re.IGNORECASE)
"""What stands between cells and rows in HTML that is laid out over lines: a row is one line here, beside the next."""
_COMMENT_MARK = re.compile(r"<!--(?P<empty>-?>)?|-->")
_LONGEST_COMMENT = 20_000
_INLINE_TAGS = "a abbr b bdi big code del em font i ins kbd mark q s small span strike strong sub sup tt u wbr"
_INLINE = frozenset(_INLINE_TAGS.split())
_BLOCK_TAGS = """
    address article aside audio base blockquote body br button canvas caption center col colgroup dd details dialog dir
    div dl dt embed fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html
    iframe img input label legend li link main map menu meta nav noframes noscript object ol optgroup option p param
    picture pre script section select source style summary svg table tbody td template textarea tfoot th thead title tr
    track ul video
"""
_BLOCK = frozenset(_BLOCK_TAGS.split())
_IN_TABLE = {"tr": "\n", "td": " | ", "th": " | ", "thead": " ", "tbody": " ", "tfoot": " "}
"""What a table has in place of its opening tags, so that a row is a line and the rows stand together."""


def _markup_edits(text: str, markup: str) -> Iterator[Edit]:
    if markup == "plain" and _BIDI not in text:
        return
    # Hyperscan says where markup may stand, because `re` would try at every character of ordinary text.
    comments = _comments(text) if markup != "plain" and "<!--" in text else {}
    done = 0
    database, width, special_character = _MARKUP[markup]
    for end in hints(database, text):
        for special in special_character.finditer(text, max(done, end - width), end):
            edit = _markup_edit(text, special.start(), comments) if special.start() >= done else None
            if edit:
                done = edit[1]
                yield edit


def _markup_edit(text: str, at: int, comments: Mapping[int, int]) -> Edit | None:
    if at in comments:
        return at, comments[at], ""
    match = _TAG.match(text, at)
    new = _in_place_of(match) if match else None
    if match is None or new is None:
        return None
    return at, _TO_NEXT_IN_TABLE.match(text, match.end()).end(), new  # type: ignore[union-attr]  # matches nothing at least


def _comments(text: str) -> dict[int, int]:
    """Where comments start and end, in one pass: to look for the end of every `<!--` anew would never end."""
    found: dict[int, int] = {}
    opened: int | None = None
    for mark in _COMMENT_MARK.finditer(text):
        if mark["empty"] and opened is None:
            found[mark.start()] = mark.end()
        elif mark[0].endswith(">") and opened is not None:
            if mark.end() - opened <= _LONGEST_COMMENT:
                found[opened] = mark.end()
            opened = None
        elif opened is None or mark.start() - opened > _LONGEST_COMMENT:
            opened = None if mark[0] == "-->" else mark.start()
    return found


def _in_place_of(match: re.Match[str]) -> str | None:
    if match.lastgroup == "entity":
        return html.unescape(match[0])
    if match.lastgroup == "bidi":
        return match["bidi"][::-1]
    return "" if match.lastgroup == "emphasis" else _in_place_of_tag(match)


def _in_place_of_tag(match: re.Match[str]) -> str | None:
    """Inline tags vanish; block tags break lines, keeping what headings, list items and cells of a table mean.

    A tag that HTML does not know vanishes where it splits a word, and is else a word itself (`<token>`): None.
    """
    name, opens = match["tag"].lower(), not match["close"]
    if name not in _BLOCK:
        splits = match.string[max(0, match.start() - 1) : match.start()].isalnum() or not opens
        return "" if name in _INLINE or splits else None
    if opens and name in ("h1", "h2", "h3", "h4", "h5", "h6"):
        return f"\n\n{'#' * int(name[1])} "
    if name in _IN_TABLE:
        return _IN_TABLE[name] if opens else " "  # never nothing: two words would be one
    if opens and name == "li":
        return "\n- "
    return " " if name == "img" else "\n\n" if name == "p" or name.startswith("h") else "\n"


# --- split letters ----------------------------------------------------------------------------------------------------

_SPLITTERS = r" .\-_*|~/"
_LONE = r"[^\W_](?![^\W_])"
_SPLIT_RUN = re.compile(rf"(?<![^\W_]){_LONE}([{_SPLITTERS}])(?:\.\1)?{_LONE}(?:(?:\1|\1[\-_./ ]\1){_LONE})+")
_SPLITTER_RUN = re.compile(rf"[{_SPLITTERS}]+")
_FEWEST_SPLIT = 3
_SPLIT_HINT = hint_database(
    rf"[^a-z0-9{TWIN}{FOREIGN}][a-z{BEYOND}](?:[{_SPLITTERS}]{{1,3}}[a-z0-9{BEYOND}]){{2}}[^a-z0-9{TWIN}{FOREIGN}]"
)
_HINT_WIDTH = 11


def _join_split_letters(folded: Folded) -> Folded:
    """Join letters that stand one by one (`w o r d`, `w.o.r.d`, `w . o . r . d`); a wider gap becomes one space."""
    edits = list(_split_edits(folded.text))
    return folded.rewritten(edits) if edits else folded


def _split_edits(text: str) -> Iterator[Edit]:
    done = 0
    for hint in hints(_SPLIT_HINT, text):
        run = _run_from(text, max(done, hint - _HINT_WIDTH), hint)
        if not run or sum(char.isalpha() for char in run[0]) < _FEWEST_SPLIT:
            continue
        done = run.end()
        gaps = [gap.span() for gap in _SPLITTER_RUN.finditer(text, *run.span())]
        narrow = min(end - start for start, end in gaps)
        yield from ((start, end, "" if end - start == narrow else " ") for start, end in gaps)


def _run_from(text: str, start: int, end: int) -> re.Match[str] | None:
    """The first run of lone letters that starts in the stretch, however far it goes."""
    return next(filter(None, (_SPLIT_RUN.match(text, at) for at in range(start, end))), None)


# --- showing ----------------------------------------------------------------------------------------------------------

_WORD_CHARACTER = re.compile(r"\w")


def redact(text: str) -> str:
    """Return `text` with every letter and digit hidden, its shape kept: what may be shown without being read."""
    return _WORD_CHARACTER.sub("•", text)
