"""Where the words of vocabularies stand in a folded text: one scan for all of them, each checked in place.

Every form gives a few literals to a Hyperscan database (`anchors`); only around one is the form itself checked, because
checks over whole texts cost more than the search (see benchmarks/). A word must stand at word boundaries: those of
Unicode, CamelCase, between letters and digits, and none at all in scripts written without spaces.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from hubscan import kept
from hubscan.anchors import kept_bytes, searchable, spaced
from hubscan.text import Folded
from hubscan.wordforms import Form, around

_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_HANGUL = re.compile(r"[\uac00-\ud7a3]")
MIN_JOINED = 5
"""Letters a word needs before it is looked for inside a longer run of letters (`maskedword` in a repo name)."""


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


_Shape = tuple[Form, Sequence[tuple[str, str]]]
"""What is looked for, once, with the group and entry of each term that is written so: many stand in several lists."""


@dataclass(frozen=True, slots=True)
class _Anchor:
    """A literal of the database, its `size` in bytes, with the forms and patterns that are looked for around it."""

    word: str
    size: int
    shapes: tuple[_Shape, ...]
    patterns: tuple[Pattern, ...]


_Place = tuple[_Anchor, int, int]
_Sortable = tuple[int, int, str, str, bool]
"""A hit as hits are ordered: where it starts, the longest first, and the rest of it."""


class Lexicon:
    """All forms and patterns of one purpose, compiled together. Holds no state between scans; one per thread."""

    def __init__(self, forms: Iterable[Form], patterns: Iterable[Pattern] = ()) -> None:
        self._anchors = _anchors(forms, patterns)
        words = [re.escape(anchor.word) for anchor in self._anchors]
        self._database = kept.database(words or ["nothing"])  # a database may not be empty

    def scan(self, folded: Folded) -> list[Hit]:
        """Return where forms stand, in order."""
        found = {sortable for place in self.find(folded.text) for sortable in _checked(folded, *place)}
        hits = [Hit(group, ref, start, -end, joined) for start, end, group, ref, joined in sorted(found)]
        return _without_exceptions(hits)

    def find(self, text: str) -> list[_Place]:
        """Return the anchors of a folded text with their code points: candidates, each still to be checked."""
        if not self._anchors:
            return []
        ends: list[tuple[int, int]] = []
        self._database.scan(
            searchable(text), match_event_handler=lambda number, _, end, __, ___: ends.append((end, number))
        )
        return list(_in_characters(spaced(text), sorted(ends), self._anchors)) if ends else []


def _anchors(forms: Iterable[Form], patterns: Iterable[Pattern]) -> list[_Anchor]:
    by_word: dict[str, tuple[list[_Shape], list[Pattern]]] = {}
    for shape in _shapes(forms):
        for literal in shape[0].literals:
            by_word.setdefault(literal, ([], []))[0].append(shape)
    for pattern in patterns:
        by_word.setdefault(searchable(pattern.factor).decode(), ([], []))[1].append(pattern)
    return [
        _Anchor(word, len(word.encode()), tuple(some), tuple(others))
        for word, (some, others) in sorted(by_word.items())
    ]


def _shapes(forms: Iterable[Form]) -> Iterable[_Shape]:
    """Take together the forms that look the same; all else of a form follows from what is compared here."""
    alike: dict[object, tuple[Form, list[tuple[str, str]]]] = {}
    for form in forms:
        entries = alike.setdefault((form.anchor, form.pattern, form.reach, form.negative), (form, []))[1]
        entries.append((form.group, "-" if form.negative else form.ref))
    return alike.values()


def _in_characters(data: bytes, ends: Sequence[tuple[int, int]], anchors: Sequence[_Anchor]) -> Iterable[_Place]:
    """Turn ends in a searchable text into code points: literals start and end between characters."""
    places = kept_bytes(data)
    found = [anchors[number] for _, number in ends]
    starts = places[[end - anchor.size for (end, _), anchor in zip(ends, found, strict=True)]].tolist()
    stops = (places[[end - 1 for end, _ in ends]] + 1).tolist()
    return zip(found, starts, stops, strict=True) if data.isascii() else _decoded(data, found, starts, stops)


def _decoded(data: bytes, found: Iterable[_Anchor], starts: Iterable[int], stops: Iterable[int]) -> Iterator[_Place]:
    """Count the code points in UTF-8 up to each stop, which are in order."""
    at = position = 0
    for anchor, start, stop in zip(found, starts, stops, strict=True):
        position, at = position + len(data[at:stop].decode()), stop
        yield anchor, position - len(data[start:stop].decode()), position


def _checked(folded: Folded, anchor: _Anchor, start: int, end: int) -> list[_Sortable]:
    """What stands where an anchor does."""
    hits = []
    for form, entries in anchor.shapes:
        for place in form.around(folded.text, start, end):
            if found := _bounded(folded, form, *place):
                first, last, joined = found
                hits += [(first, -last, group, ref, joined) for group, ref in entries]
    for pattern in anchor.patterns:
        match = next(around(pattern.regex, folded.text, start, end, pattern.width), None)
        if match:
            hits.append((match[0], -match[1], pattern.group, pattern.group, False))
    return hits


def _bounded(folded: Folded, form: Form, start: int, end: int) -> tuple[int, int, bool] | None:
    """Start and end of a form as a word, and whether it stands joined; None where that does not count."""
    ends = ends_word(folded, end)
    if not ends:
        shorter = next((at for at in form.shorter(folded.text, start, end) if ends_word(folded, at)), None)
        ends, end = shorter is not None, shorter or end
    joined = not (ends and starts_word(folded, start))
    if joined and (form.negative or len(form.anchor.replace(" ", "")) < MIN_JOINED):
        return None
    return start, end, joined


def _without_exceptions(hits: list[Hit]) -> list[Hit]:
    """Take out exceptions, which are in order as all hits are, and what they cover."""
    exceptions = [hit for hit in hits if hit.ref == "-"]
    if not exceptions:
        return hits
    starts = [exception.start for exception in exceptions]
    longest = max(exception.end - exception.start for exception in exceptions)
    kept = []
    for hit in hits:
        near = exceptions[bisect_right(starts, hit.start - longest) : bisect_left(starts, hit.end)]
        if hit.ref != "-" and not any(_covers(exception, hit) for exception in near):
            kept.append(hit)
    return kept


def _covers(exception: Hit, hit: Hit) -> bool:
    """Whether the exception reaches into the hit: a part of it does not, since of two together the longer counts."""
    overlaps = exception.start < hit.end and hit.start < exception.end
    shorter = exception.end - exception.start < hit.end - hit.start
    inside = hit.start <= exception.start and exception.end <= hit.end
    return exception.group == hit.group and overlaps and not (inside and shorter)


# --- boundaries -------------------------------------------------------------------------------------------------------


def starts_word(folded: Folded, at: int) -> bool:
    """Whether a word may start at folded position `at`."""
    text = folded.text
    if at == 0 or not text[at - 1].isalnum():
        return True
    before, char = text[at - 1], text[at]
    if before.isdigit() != char.isdigit():
        return True
    return _unbroken_script(before) != _unbroken_script(char) or bool(_UNSPACED.match(char)) or _camel_break(folded, at)


def _unbroken_script(char: str) -> str:
    """Name the script of a letter where words of other scripts may touch it: Hangul, those without spaces, or none."""
    return "" if char.isascii() else "unspaced" if _UNSPACED.match(char) else "hangul" if _HANGUL.match(char) else ""


def ends_word(folded: Folded, at: int) -> bool:
    """Whether a word may end before folded position `at`."""
    text = folded.text
    if at >= len(text) or not text[at].isalnum():
        return True
    before, char = text[at - 1], text[at]
    if before.isdigit() != char.isdigit():
        return True
    if before.isascii() and char.isascii():
        return _camel_break(folded, at)
    unbroken = _unbroken_script(before)
    return unbroken != "" or unbroken != _unbroken_script(char) or _camel_break(folded, at)


def _camel_break(folded: Folded, at: int) -> bool:
    """`wordWord` breaks before the capital; `WORDWord` breaks before the last capital."""
    here = folded.case_at(at)
    if not here.isupper():
        return False
    return folded.case_at(at - 1).islower() or folded.case_at(at + 1).islower()
