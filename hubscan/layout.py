"""How a folded card is laid out: lines, headings, lists, tables, paragraphs and sentences, by position.

Works on text as `text.fold` leaves it, where HTML blocks have become lines, `<h2>` a `##` line and `<li>` a dash. Not a
Markdown parser: it answers which sentence, list, section and table cell a position is in, fast and for broken input.
"""

import re
from bisect import bisect_right
from typing import NamedTuple

_HEADING = re.compile(r"(#{1,6})\s|\*\*[^*\n]{2,80}\*\*:?\s*$")
_FENCE = re.compile(r"\s{0,3}(`{3,}|~{3,})")
_UNDERLINE = re.compile(r"(=|-)\1{2,}\s*$")
_BULLET = re.compile(r"(\s*)(?:[-*+]|[0-9]{1,3}[.)]|\(?[a-z][.)]|[\u25a0-\u25ff\u2713-\u2718])\s")
_SENTENCE_END = re.compile(
    r"(?<!\be\.g)(?<!\bi\.e)(?<!\bvs)(?<!\bal)(?<!\betc)(?<!\bno)[.!?\u061f](?=[\s\"')\]*_]|$)|[。！？।]"
)
_LONGEST_SENTENCE = 1000
_RULE = re.compile(r"\s*(?:[-=*_]\s*){3,}$")


class Line(NamedTuple):
    """One line: its code points, what it is (heading, bullet, table, text, quote, blank), heading level or indent."""

    start: int
    end: int
    kind: str
    level: int = 0


class Layout:
    """The lines of one text, and what governs a position in it."""

    __slots__ = ("_starts", "_text", "lines")

    def __init__(self, text: str) -> None:
        self._text = text
        self.lines = _lines(text)
        self._starts = [line.start for line in self.lines]

    def is_quoted(self, position: int) -> bool:
        """Whether `position` is in a code block or a block quotation: shown, not said."""
        return self.lines[self.line_at(position)].kind == "quote"

    def is_table(self, position: int) -> bool:
        """Whether `position` is in a table row, where a cell speaks for the whole row."""
        return self.lines[self.line_at(position)].kind == "table"

    def line_at(self, position: int) -> int:
        """Index of the line that holds `position`."""
        return max(0, bisect_right(self._starts, position) - 1)

    def paragraph(self, position: int) -> tuple[int, int]:
        """The stretch around `position` that blank lines, headings, bullets and table rows bound."""
        index = self.line_at(position)
        first = last = index
        if self.lines[index].kind == "text":
            while first and self.lines[first - 1].kind == "text":
                first -= 1
            if first and self.lines[first - 1].kind == "bullet":
                first -= 1
        elif self.lines[index].kind != "bullet":
            return self.lines[index].start, self.lines[index].end
        while last + 1 < len(self.lines) and self.lines[last + 1].kind == "text":
            last += 1
        return self.lines[first].start, self.lines[last].end

    def sentence(self, position: int) -> tuple[int, int]:
        """The sentence around `position`."""
        start, end = self.paragraph(position)
        start, end = max(start, position - _LONGEST_SENTENCE), min(end, position + _LONGEST_SENTENCE)
        for stop in _SENTENCE_END.finditer(self._text, start, end):
            if stop.end() > position:
                return start, stop.end()
            start = stop.end()
        return start, end

    def lead_in(self, position: int) -> tuple[int, int] | None:
        """The last sentence of the text that introduces the list `position` is in; None outside lists."""
        index = self._bullet(position)
        while index is not None and index > 0:
            index -= 1
            line = self.lines[index]
            if line.kind == "text" and self._bullet(line.start) is None:
                return self.sentence(max(line.start, line.end - 1))
            if line.kind in ("heading", "table"):
                return None
        return None

    def parent_bullets(self, position: int) -> list[tuple[int, int]]:
        """The bullets that the bullet at `position` is nested in, innermost first."""
        index = self._bullet(position)
        found: list[tuple[int, int]] = []
        if index is None:
            return found
        level = self.lines[index].level
        for line in reversed(self.lines[:index]):
            if line.kind == "bullet" and line.level < level:
                found.append((line.start, line.end))
                level = line.level
            elif line.kind == "heading":
                break
        return found

    def headings(self, position: int) -> list[tuple[int, int]]:
        """The headings whose sections hold `position`, innermost first."""
        found: list[tuple[int, int]] = []
        level = 7
        for line in reversed(self.lines[: self.line_at(position)]):
            if line.kind == "heading" and line.level < level:
                found.append((line.start, line.end))
                level = line.level
        return found

    def opening(self, start: int, end: int) -> tuple[int, int]:
        """`start` to `end` cut at the end of the paragraph that holds `end`, so that no phrase is cut in two."""
        return start, max(end, min(self.paragraph(end)[1], end + 200)) if end < len(self._text) else end

    def _bullet(self, position: int) -> int | None:
        """Index of the bullet line `position` belongs to, its continuation lines included."""
        index = self.line_at(position)
        while index > 0 and self.lines[index].kind == "text":
            index -= 1
        return index if self.lines[index].kind == "bullet" else None


def _lines(text: str) -> list[Line]:
    lines: list[Line] = []
    start = 0
    fence = ""
    for raw in text.splitlines(keepends=True) or [""]:
        opened = _FENCE.match(raw)
        if opened and (not fence or opened[1].startswith(fence)):
            fence = "" if fence else opened[1]
            line = Line(start, start + len(raw), "blank")
        else:
            line = Line(start, start + len(raw), "quote") if fence else _line(raw, start)
        if lines and lines[-1].kind == "text" and _UNDERLINE.match(raw):
            lines[-1] = Line(lines[-1].start, lines[-1].end, "heading", 1 if raw[0] == "=" else 2)
        lines.append(line)
        start = line.end
    return lines


def _line(raw: str, start: int) -> Line:
    end = start + len(raw)
    first = raw[:1]
    if first.isalpha() and raw[1:2] not in ".)":
        return Line(start, end, "text")
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
