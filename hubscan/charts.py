"""Small charts as HTML with inline SVG bars: pure functions, no script, no outside resource.

Labels and numbers are ordinary HTML text beside the bars, so that they keep their size on a phone, are read aloud, can
be copied, and mean the same without colour, in the dark and on paper. Colours are presentation attributes (print and
PDF engines need them) which a style sheet may override by the classes `tone-...`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

TONES = {
    "critical": "#b3261e",
    "high": "#d9672b",
    "medium": "#d9a520",
    "low": "#6fa3c2",
    "info": "#93a1ad",
    "neutral": "#44729a",
    "quiet": "#b9c2ca",
}
"""Colour by tone; told apart by lightness too, and by the text beside them."""

_WIDTH = 1000
"""Units across a bar; the drawing is stretched to its place."""
_MARK = 14
"""Units across the mark of an estimate."""


@dataclass(frozen=True, slots=True)
class Part:
    """One amount in a chart: what it is called, how many, and its tone (see `TONES`)."""

    label: str
    value: int
    tone: str = "neutral"


@dataclass(frozen=True, slots=True)
class Span:
    """One estimate in a chart: what it is of, how it reads, and where it and its interval lie; None is not known."""

    label: str
    said: str
    value: float | None
    low: float | None = None
    high: float | None = None


def bar(parts: Sequence[Part], total: int, title: str) -> Markup:
    """Return one bar as an inline SVG image called `title`: the parts side by side, `total` being its whole width."""
    said = ", ".join(f"{part.label} {part.value:,}" for part in parts)
    rects, x = [], 0.0
    for part in parts:
        width = _WIDTH * part.value / total if total else 0.0
        rects.append(_RECT.format(part.tone, TONES[part.tone], f"{x:.1f}", f"{width:.1f}"))
        x += width
    return _SVG.format(title, said, Markup().join(rects))


def bar_chart(title: str, note: str, parts: Sequence[Part]) -> Markup:
    """Return a figure with one bar for each part, all to the scale of the largest, labels and numbers in text."""
    top = max((part.value for part in parts), default=0)
    rows = Markup().join(
        _CHART_ROW.format(part.label, f"{part.value:,}", bar([part], top, part.label)) for part in parts
    )
    return _FIGURE.format(title, note, _TABLE.format("", rows) if parts else _EMPTY)


def stacked_bar(title: str, note: str, parts: Sequence[Part]) -> Markup:
    """Return a figure with one bar of all parts, and a legend that says each part's number and share."""
    total = sum(part.value for part in parts)
    items = Markup().join(
        _LEGEND.format(swatch(part.tone), part.label, f"{part.value:,}", f"{_share(part.value, total)}")
        for part in parts
    )
    body = bar(parts, total, title) + Markup('<ul class="legend">{}</ul>').format(items)
    return _FIGURE.format(title, note, body if total else _EMPTY)


def bar_table(title: str, note: str, series: Sequence[Part], rows: Sequence[tuple[str, Sequence[int]]]) -> Markup:
    """Return a figure with a table: a row's numbers by series, its sum, and the same numbers as one stacked bar.

    `series` gives the columns' labels and tones (their values are not used); each row holds one number a column.
    """
    top = max((sum(values) for _, values in rows), default=0)
    head = Markup().join(
        [
            Markup('<th scope="col"></th>'),
            *(Markup('<th scope="col" class="number">{} {}</th>').format(swatch(s.tone), s.label) for s in series),
            Markup('<th scope="col" class="number">all</th><td class="wide"></td>'),
        ]
    )
    body = Markup().join(_table_row(label, values, series, top) for label, values in rows)
    table = _TABLE.format(Markup("<thead><tr>{}</tr></thead>").format(head), body)
    return _FIGURE.format(title, note, table if rows else _EMPTY)


def span_table(title: str, note: str, spans: Sequence[Span], top: float | None = None) -> Markup:
    """Return a figure with a row for each estimate: a mark on a band from its least to its most, and how it reads.

    All are to one scale from 0 to `top`, by default the largest known; a band that is open above goes to the edge.
    """
    width = top or scale(spans)
    rows = Markup().join(_SPAN_ROW.format(span.label, _span(span, width), span.said) for span in spans)
    return _FIGURE.format(title, note, _TABLE.format("", rows) if spans else _EMPTY)


def scale(spans: Sequence[Span]) -> float:
    """Return where a chart of `spans` should end: at the largest number known, or past it where a band is open."""
    known = [number for span in spans for number in (span.value, span.low, span.high) if number is not None]
    room = 1.25 if any(span.high is None and span.value is not None for span in spans) else 1.0
    return max(known, default=0.0) * room or 1.0


def _span(span: Span, width: float) -> Markup:
    def at(number: float) -> float:
        return min(max(number / width, 0.0), 1.0) * (_WIDTH - _MARK)

    rects = []
    if span.low is not None or span.high is not None:
        start, end = at(span.low or 0.0), at(span.high if span.high is not None else width)
        rects.append(_RECT.format("low", TONES["low"], f"{start:.1f}", f"{end - start + _MARK:.1f}"))
    if span.value is not None:
        rects.append(_RECT.format("neutral", TONES["neutral"], f"{at(span.value):.1f}", f"{_MARK:.1f}"))
    return _SVG.format(span.label, span.said, Markup().join(rects))


def swatch(tone: str) -> Markup:
    """Return a small square of a tone's colour, for a legend; it says nothing by itself and is hidden from readers."""
    return _SWATCH.format(tone, TONES[tone])


def _table_row(label: str, values: Sequence[int], series: Sequence[Part], top: int) -> Markup:
    parts = [Part(s.label, value, s.tone) for s, value in zip(series, values, strict=True)]
    cells = Markup().join(_CELL.format("number zero" if not value else "number", f"{value:,}") for value in values)
    total = _CELL.format("number", f"{sum(values):,}")
    return _ROW.format(escape(label), cells + total, bar(parts, top, label))


def _share(value: int, total: int) -> str:
    share = 100 * value / total if total else 0.0
    if 0 < share < 1 or 99 < share < 100:
        return "under 1 %" if share < 1 else "over 99 %"
    return f"{share:.0f} %"


_SVG = Markup(
    '<svg class="bar" role="img" viewBox="0 0 1000 10" width="100%" height="12" preserveAspectRatio="none">'
    "<title>{}</title><desc>{}</desc>{}</svg>"
)
_RECT = Markup('<rect class="tone-{}" fill="{}" x="{}" y="0" width="{}" height="10"/>')
_SWATCH = Markup(
    '<svg class="swatch" aria-hidden="true" viewBox="0 0 10 10" width="10" height="10">'
    '<rect class="tone-{}" fill="{}" width="10" height="10"/></svg>'
)
_FIGURE = Markup('<figure class="chart"><figcaption><strong>{}</strong> <span>{}</span></figcaption>{}</figure>\n')
_TABLE = Markup('<table class="bars">{}<tbody>{}</tbody></table>')
_ROW = Markup('<tr><th scope="row">{}</th>{}<td class="wide">{}</td></tr>')
_SPAN_ROW = Markup('<tr><th scope="row">{}</th><td class="wide">{}</td><td class="said">{}</td></tr>')
_CELL = Markup('<td class="{}">{}</td>')
_CHART_ROW = Markup('<tr><th scope="row">{}</th><td class="number">{}</td><td class="wide">{}</td></tr>')
_LEGEND = Markup("<li>{} {}: <b>{}</b> ({})</li>")
_EMPTY = Markup('<p class="empty">Nothing to show.</p>')
