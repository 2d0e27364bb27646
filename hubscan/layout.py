"""How a folded card is laid out: lines, headings, lists, tables, paragraphs and sentences, by position.

Works on text as `text.fold` leaves it, where HTML blocks have become lines, `<h2>` a `##` line and `<li>` a dash. Not a
Markdown parser: it answers which sentence, list, section and table cell a position is in, fast and for broken input.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from hubscan.text import BREAK

_HEADING = re.compile(r"(#{1,6})\s|\*\*[^*\n]{2,80}\*\*:?\s*$")
_FENCE = re.compile(r"\s{0,3}(`{3,}|~{3,})")
_UNDERLINE = re.compile(r"(=|-)\1{2,}\s*$")
_BULLET = re.compile(r"(\s*)(?:[-*+]|[0-9]{1,3}[.)]|\(?[a-z][.)]|[\u25a0-\u25ff\u2713-\u2718])\s")
_SENTENCE_END = re.compile(
    r"[.!?\u061f。！？।](?:(?<=[。！？।])|(?<=[!?])(?=[\u3040-\u9fff\uac00-\ud7a3])|(?=[\s\"')\]*_]|$)"
    r"(?<!\be\.g.)(?<!\bi\.e.)(?<!\bvs.)(?<!\bal.)(?<!\betc.)(?!(?<=\bno\.) ?[0-9]))"
)
"""Looks back from the sign, since what looks back first is tried at every letter: twenty times slower on cards."""
_BOLD_END = ".**"
_LABEL = re.compile(r"\*\*([^*\n]{2,60}?)\.\*\*")
_LONGEST_KEY = 40
_KEY = re.compile(r"[^\W\d][\w-]*:(?:\s|$)")
_CELL = re.compile(r"\|[ \t]*([^|]*[^|\s]|)")
_BLOCK_LINES = 6
_BREAK_LINE = BREAK.strip("\n")
_LONGEST_SENTENCE = 1000
_DEEPEST = 12
_RULE = re.compile(r"\s*(?:[-=*_]\s*){3,}$")


class Line(NamedTuple):
    """One line: its code points, its kind, and the level of a heading or indent of a bullet; 1 for text after a `key:`.

    Kinds are heading, bullet, table, text, quote, break and blank.
    """

    start: int
    end: int
    kind: str
    level: int = 0


class Layout:
    """The lines of one text, and what governs a position in it.

    All answers are prepared in one pass, or once a paragraph: a hostile text asks at each of its words.
    """

    __slots__ = (
        "_blocks",
        "_governed",
        "_labels",
        "_paragraphs",
        "_runs",
        "_sentences",
        "_starts",
        "_tables",
        "_text",
        "lines",
    )

    def __init__(self, text: str) -> None:
        self._text = text
        self.lines = _lines(text)
        self._starts = [line.start for line in self.lines]
        self._governed = _governed(self.lines)
        self._paragraphs = _paragraphs(self.lines)
        self._sentences: dict[int, list[int]] = {}
        self._labels: dict[int, list[tuple[int, int]]] = {}
        self._tables: list[range] = []
        self._blocks: dict[int, tuple[int, int]] = {}
        self._runs: list[int] = []

    def is_quoted(self, position: int) -> bool:
        """Whether `position` is in a code block or a block quotation: shown, not said."""
        return self.lines[self.line_at(position)].kind == "quote"

    def is_table(self, position: int) -> bool:
        """Whether `position` is in a table row, where a cell speaks for the whole row."""
        return self.lines[self.line_at(position)].kind == "table"

    def cells(self, position: int) -> list[tuple[int, int]]:
        """The cells of the table row at `position`, without the blanks around them; none outside tables."""
        return self.cells_of(self.line_at(position))

    def header_cells(self, position: int) -> list[tuple[int, int]]:
        """The cells of the first row of the table at `position`; none outside tables."""
        return self.cells_of(self.table(position).start)

    def table(self, position: int) -> range:
        """The lines of the table that `position` is in; its own line outside tables."""
        if not self._tables:
            self._tables = _tables(self.lines)
        return self._tables[self.line_at(position)]

    def cells_of(self, number: int) -> list[tuple[int, int]]:
        """The cells of a line by its number, as `cells` has them."""
        line = self.lines[number]
        if line.kind != "table" or line.end - line.start > _LONGEST_SENTENCE:
            return []
        row = self._text[line.start : line.end].rstrip().removesuffix("|")
        return [(line.start + cell.start(1), line.start + cell.end(1)) for cell in _CELL.finditer(row)]

    def line_at(self, position: int) -> int:
        """Index of the line that holds `position`."""
        return max(0, bisect_right(self._starts, position) - 1)

    def paragraph(self, position: int) -> tuple[int, int]:
        """The stretch around `position` that blank lines, headings, bullets and table rows bound."""
        return self._paragraphs[self.line_at(position)]

    def block(self, position: int) -> tuple[int, int]:
        """The lines around `position` that stand together, a few at most: a short list or table, and text beside it."""
        here = self.line_at(position)
        if here not in self._blocks:
            self._blocks[here] = self._block(here)
        return self._blocks[here]

    def _block(self, here: int) -> tuple[int, int]:
        first = last = here
        while first > max(0, here - _BLOCK_LINES) and not self._parts(first - 1, first - 2):
            first -= 1
        while last < min(here + _BLOCK_LINES, len(self.lines) - 1) and not self._parts(last + 1, last + 2):
            last += 1
        return self.lines[first].start, self.lines[last].end

    def windows(self, position: int) -> tuple[int, ...]:
        """Where the windows of lines start that `position` is in: lines a few apart that nothing parts share one."""
        if not self._runs:
            self._runs = list(self._run_starts())
        here = self.line_at(position)
        first = self._runs[here]
        last = (here - first) // _BLOCK_LINES
        return tuple(self.lines[first + number * _BLOCK_LINES].start for number in (last - 1, last) if number >= 0)

    def _run_starts(self) -> Iterator[int]:
        """Yield for each line the first of those around it that nothing parts."""
        first, parted = 0, True
        for number in range(len(self.lines)):
            parts = self._parts(number, number + 1)
            first = number if parts or parted else first
            parted = parts
            yield first

    def _parts(self, line: int, beyond: int) -> bool:
        """Whether a block ends at `line`: a heading, or a blank one that does not merely hold two bullets apart."""
        kind = self.lines[line].kind
        if kind != "blank":
            return kind == "heading"
        sides = {self.lines[at].kind for at in (2 * line - beyond, beyond) if 0 <= at < len(self.lines)}
        return sides != {"bullet"}

    def sentence(self, position: int) -> tuple[int, int]:
        """The sentence around `position`; one that does not end is cut into lengths."""
        return _cut(position, *self._whole_sentence(position))

    def statement(self, position: int) -> tuple[int, int]:
        """The sentence around `position` with what stands beside its cuts: no phrase that governs is cut off."""
        first, last = self._whole_sentence(position)
        start, end = _cut(position, first, last)
        return max(first, start - _LONGEST_SENTENCE // 2), min(last, end + _LONGEST_SENTENCE // 2)

    def _whole_sentence(self, position: int) -> tuple[int, int]:
        start, end = self.paragraph(position)
        if start not in self._sentences:
            ends = [stop.end() for stop in _SENTENCE_END.finditer(self._text, start, end)]
            self._sentences[start] = [start, *ends, end]
        bounds = self._sentences[start]
        index = bisect_right(bounds, min(position, end - 1))
        return bounds[index - 1], bounds[index]

    def lead_in(self, position: int) -> tuple[int, int] | None:
        """The last sentence of the text or heading before the list `position` is in; None outside lists.

        Of a `key:` its line alone: what stands above it are other keys.
        """
        lead = self._governed[self.line_at(position)].lead_in
        if lead is None:
            return None
        line = self.lines[lead]
        start, end = self.sentence(max(line.start, line.end - 1))
        return (max(start, line.start) if line.level and line.kind == "text" else start), end

    def parent_bullets(self, position: int) -> list[tuple[int, int]]:
        """The bullets that the bullet at `position` is nested in, innermost first."""
        return self._places(self._governed[self.line_at(position)].bullets)

    def headings(self, position: int) -> list[tuple[int, int]]:
        """The headings whose sections hold `position`, innermost first; a heading is in the sections above it."""
        return self._places(self._governed[self.line_at(position)].headings)

    def label(self, position: int) -> tuple[int, int] | None:
        """The bold words that stand like a heading before a sentence of the paragraph, without their full stop.

        `position` is where the sentence starts; the stop ends one, so the label may close behind it.
        """
        start, end = self.paragraph(position)
        if start not in self._labels:
            held = self._text.find(_BOLD_END, start, end) >= 0
            self._labels[start] = [label.span(1) for label in _LABEL.finditer(self._text, start, end)] if held else []
        labels = self._labels[start]
        before = bisect_right(labels, position, key=lambda label: label[1])
        return labels[before - 1] if before else None

    def opening(self, start: int, end: int) -> tuple[int, int]:
        """`start` to `end` cut at the end of the paragraph that holds `end`, so that no phrase is cut in two."""
        return start, max(end, min(self.paragraph(end)[1], end + 200)) if end < len(self._text) else end

    def _places(self, indexes: Sequence[int]) -> list[tuple[int, int]]:
        return [(self.lines[index].start, self.lines[index].end) for index in reversed(indexes)]


def _cut(position: int, start: int, end: int) -> tuple[int, int]:
    start += (position - start) // _LONGEST_SENTENCE * _LONGEST_SENTENCE
    return start, min(end, start + _LONGEST_SENTENCE)


class _Governed(NamedTuple):
    """What governs a line, by indexes of lines: headings and bullets above it, outermost first; its list's lead-in."""

    headings: tuple[int, ...]
    bullets: tuple[int, ...] = ()
    lead_in: int | None = None


def _governed(lines: Sequence[Line]) -> list[_Governed]:
    # A heading speaks of what follows it, and of a list; not of a paragraph behind the list, which may say anything.
    found: list[_Governed] = []
    headings: tuple[int, ...] = ()
    bullets: tuple[int, ...] = ()
    lead_in: int | None = None
    in_list = listed = False
    outside = _Governed(headings)
    for index, line in enumerate(lines):
        if line.kind == "break":
            headings, bullets = (), ()
        elif line.kind == "heading":
            headings, bullets = _above(headings, line.level, lines), ()
        elif line.kind == "bullet":
            bullets = _above(bullets, line.level, lines)[-_DEEPEST:]
        in_list = line.kind == "bullet" or (in_list and line.kind == "text" and not line.level)
        listed = in_list or (listed and line.kind not in ("heading", "break"))
        if line.kind in ("table", "break"):
            lead_in = None
        elif line.kind == "heading" or (line.kind == "text" and not in_list):
            lead_in = index
        above = headings[:-1] if listed and line.kind == "text" and not in_list else headings
        if outside.headings != above:
            outside = _Governed(above)
        found.append(_Governed(headings, bullets, lead_in) if in_list else outside)
        if line.kind == "heading":
            headings += (index,)
        elif line.kind == "bullet":
            bullets += (index,)
    return found


def _above(indexes: tuple[int, ...], level: int, lines: Sequence[Line]) -> tuple[int, ...]:
    while indexes and lines[indexes[-1]].level >= level:
        indexes = indexes[:-1]
    return indexes


def _tables(lines: Sequence[Line]) -> list[range]:
    """For every line those of the table it is in, or itself."""
    found: list[range] = []
    for is_row, some in groupby(range(len(lines)), key=lambda index: lines[index].kind == "table"):
        numbers = list(some)
        table = range(numbers[0], numbers[-1] + 1)
        found += [table] * len(numbers) if is_row else [range(number, number + 1) for number in numbers]
    return found


def _paragraphs(lines: Sequence[Line]) -> list[tuple[int, int]]:
    """The bounds of the paragraph of each line: a line of its own, or lines of text, after a bullet or not."""
    first: list[int] = []
    for index, line in enumerate(lines):
        before = lines[index - 1].kind if index else ""
        goes_on = line.kind == "text" and (before == "text" or (before == "bullet" and not line.level))
        first.append(first[-1] if goes_on else index)
    ends = {start: lines[index].end for index, start in enumerate(first)}
    return [(lines[start].start, ends[start]) for start in first]


def _lines(text: str) -> list[Line]:
    lines: list[Line] = []
    start = 0
    fence = ""
    for raw in text.splitlines(keepends=True) or [""]:
        opened = _FENCE.match(raw) if "```" in raw or "~~~" in raw else None
        if raw == _BREAK_LINE:
            fence, line = "", Line(start, start + len(raw), "break")
        elif opened and (not fence or opened[1].startswith(fence)):
            fence = "" if fence else opened[1]
            line = Line(start, start + len(raw), "blank")
        else:
            line = Line(start, start + len(raw), "quote") if fence else _line(raw, start)
        if raw[:1] in "=-" and lines and lines[-1].kind == "text" and _UNDERLINE.match(raw):
            lines[-1] = Line(lines[-1].start, lines[-1].end, "heading", 1 if raw[0] == "=" else 2)
        lines.append(line)
        start = line.end
    return lines


def _line(raw: str, start: int) -> Line:
    end = start + len(raw)
    first = raw[:1]
    if first.isalpha() and raw[1:2] not in ".)":
        return Line(start, end, "text", 1 if raw.find(":", 1, _LONGEST_KEY) > 0 and _KEY.match(raw) else 0)
    if raw == "\n":
        return Line(start, end, "blank")
    if not raw.strip() or _RULE.match(raw):
        return Line(start, end, "blank")
    heading = _HEADING.match(raw)
    if heading:
        return Line(start, end, "heading", len(heading[1]) if heading[1] else 6)
    bullet = _BULLET.match(raw)
    if bullet:
        return Line(start, end, "bullet", len(bullet[1].expandtabs(4)))
    lead = raw.lstrip()[:1]
    return Line(start, end, "table" if lead == "|" else "quote" if lead == ">" else "text")
