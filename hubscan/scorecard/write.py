"""A scorecard as JSON, CSV, Markdown, one HTML page, or PDF. The same scorecard gives the same bytes."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

import msgspec
from markupsafe import Markup

from hubscan import __version__, pdf
from hubscan import charts as charting
from hubscan.charts import Part, Span
from hubscan.escape import cell, json_bytes, visible
from hubscan.policies import Visibility
from hubscan.render import counted, csp_digest, environment, source
from hubscan.scorecard import words
from hubscan.scorecard.sheet import Answer, Kept, Row, Scorecard, Standing, Unit, Value

BESIDE = 4
"""Hubs side by side on a sheet of paper; the next ones get tables of their own."""

SENTENCES = (
    "Flagged means that a rule says that an upload is marked as misuse-prone. That is a reason to look, not proof.",
    "Not flagged does not mean harmless: rules read words, and many uploads say nothing.",
    "Unknown means that nobody has looked, or that too little is known to say. It is never a zero.",
    "Documented means that somebody read it at its source on the day given. None is said only where a source says so.",
    "This tool sends nothing. A notice counts as sent when a person recorded that they sent it.",
    "Hubs are not ranked: they were looked at to different depths, and each hides other things.",
)
PUBLIC = "This edition holds sums only and names no repository of others."
RESTRICTED = "Restricted: this edition names repositories. It is not for publication."


def as_json(card: Scorecard) -> bytes:
    """Return `hubscan.scorecard/2` (reports/scorecard/scorecard.schema.json); what is unknown is null."""
    return msgspec.json.format(json_bytes(_plain(card)), indent=2) + b"\n"


def as_csv(card: Scorecard) -> bytes:
    """Return one line for each value and each answer of each hub."""
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\r\n")
    out.writerow(_COLUMNS)
    out.writerows([cell(str(one)) if one is not None else "" for one in line] for line in _lines(card))
    return text.getvalue().encode()


def as_markdown(card: Scorecard) -> bytes:
    """Return Markdown with a table for each group of measures."""
    return _rendered(card, "scorecard/scorecard.md.j2").encode()


def as_html(card: Scorecard) -> bytes:
    """Return one self-contained page with charts; nothing is loaded from anywhere."""
    env = environment()
    style = source(env, "scan/report.css") + source(env, "scorecard/scorecard.css")
    policy = f"default-src 'none'; style-src {csp_digest(style)}; base-uri 'none'; form-action 'none'"
    return _rendered(card, "scorecard/scorecard.html.j2", style=Markup(style), policy=policy).encode()  # noqa: S704 - ours


def as_pdf(card: Scorecard) -> bytes:
    """Return PDF/A-3a, tagged, with the scorecard as JSON attached."""
    data = pdf.Attachment("scorecard.json", "This scorecard as data", "application/json", as_json(card).decode())
    day = date.fromisoformat(card.made_at[:10])
    text = _rendered(card, "scorecard/scorecard.typ.j2", charts=_on_paper(_charts(card)), tones=charting.TONES)
    return pdf.write(text, title(card), day, [data])


FORMATS: Mapping[str, Callable[[Scorecard], bytes]] = {
    "csv": as_csv,
    "html": as_html,
    "json": as_json,
    "markdown": as_markdown,
    "pdf": as_pdf,
}
"""How a scorecard is written, beside the tables of the command line."""


def title(card: Scorecard) -> str:
    """Return what the scorecard is of, in a line."""
    if card.creator:
        return f"Platform evaluation for {visible(card.creator.model)}"
    named = 0 < len(card.hubs) <= BESIDE
    of = ", ".join(visible(hub) for hub in card.titles) if named else counted(len(card.hubs), "hub")
    return f"Platform evaluation of {of}"


def groups(card: Scorecard) -> list[tuple[str, list[Row]]]:
    """Return the rows by group, in order."""
    return [(name, list(rows)) for name, rows in groupby(card.rows, key=lambda row: row.group)]


def standing(one: Answer) -> str:
    """Return what is known in a few words: `documented`, `unknown (not verified)`, ..."""
    unread = one.standing is Standing.UNKNOWN and bool(one.url or one.parts)
    return words.STANDINGS[one.standing] + (" (on file, not verified)" if unread else "")


def measured(card: Scorecard) -> dict[str, list[Row]]:
    """Return the rows that bear on each recommendation, by its id."""
    by_key = {row.key: row for row in card.rows}
    return {
        one.recommendation.id: [by_key[key] for key in one.recommendation.measures if key in by_key]
        for one in card.answered
    }


def copies(kept: Kept, place: int) -> str:
    """Return how many hold a version on one hub, in a few words."""
    up = kept.up[place]
    if up.value is None:
        return f"unknown: {up.note}"
    gone, unknown = kept.gone[place], kept.unknown[place]
    return f"{int(up.value):,} up, {gone:,} gone, {unknown:,} unknown"


# --- data -------------------------------------------------------------------------------------------------------------


def _plain(card: Scorecard) -> dict[str, Any]:
    def by_hub(values: Sequence[Any]) -> dict[str, Any]:
        return dict(zip(card.hubs, msgspec.to_builtins(list(values)), strict=True))

    spots = zip(card.hubs, card.titles, card.blind_spots, strict=True)
    return {
        "schema": card.schema,
        "tool": f"hubscan {__version__}",
        "made_at": card.made_at,
        "edition": card.edition.value,
        "min_severity": card.min_severity.label,
        "hubs": [{"name": name, "title": title, "blind_spots": list(blind)} for name, title, blind in spots],
        "measures": [
            {**{key: getattr(row, key) for key in ("key", "title", "group", "unit", "method")}}
            | {"values": by_hub(row.values)}
            for row in card.rows
        ],
        "recommendations": [
            {**msgspec.to_builtins(one.recommendation), "answers": by_hub(one.answers)} for one in card.answered
        ],
        "rules_by_harm": [
            {"category": one.category, "says": words.category(one.category), "answers": by_hub(one.answers)}
            for one in card.covered
        ],
        "rules": by_hub(card.rules),
        "creator": _creator(card, by_hub),
        "named": msgspec.to_builtins(card.named),
    }


def _creator(card: Scorecard, by_hub: Callable[[Sequence[Any]], dict[str, Any]]) -> dict[str, Any] | None:
    if card.creator is None:
        return None
    versions = [
        {**msgspec.to_builtins(one), **{key: by_hub(getattr(one, key)) for key in ("up", "gone", "unknown")}}
        for one in card.creator.versions
    ]
    return {"model": card.creator.model, "versions": versions, "requests": msgspec.to_builtins(card.creator.requests)}


_COLUMNS = ("section", "hub", "key", "title", "value", "low", "high", "of", "unit", "standing", "note", "url", "read")


def _lines(card: Scorecard) -> Iterator[tuple[Any, ...]]:
    for row in card.rows:
        for hub, one in zip(card.hubs, row.values, strict=True):
            yield "measure", hub, row.key, row.title, *_numbers(one), row.unit.value, None, one.note, None, None
    asked = [("recommendation", one.recommendation.id, one.recommendation.title, one.answers) for one in card.answered]
    harms = [("rule", one.category, words.category(one.category), one.answers) for one in card.covered]
    for section, key, name, answers in (*asked, *harms):
        for hub, told in zip(card.hubs, answers, strict=True):
            says = " ".join((told.says, *told.parts))
            yield section, hub, key, name, *_NONE, None, told.standing.value, says, told.url, told.read
    for version in card.creator.versions if card.creator else ():
        for place, hub in enumerate(card.hubs):
            up = version.up[place]
            yield "version", hub, "up", version.title, *_numbers(up), "repos", None, up.note, None, None
    for request in card.creator.requests if card.creator else ():
        said = " ".join((request.ask, request.channel, request.route, *request.warnings))
        yield "request", request.hub, request.about, request.about, *_NONE, None, None, said, None, request.read
    for repo in card.named:
        yield "named", repo.hub, repo.why, repo.repo, *_NONE, None, None, repo.detail, None, repo.as_of


_NONE = (None, None, None, None)


def _numbers(one: Value) -> tuple[float | None, ...]:
    return one.value, one.low, one.high, one.of


# --- pages ------------------------------------------------------------------------------------------------------------


def _rendered(card: Scorecard, template: str, **more: Any) -> str:
    values: dict[str, Any] = {
        "card": card,
        "title": title(card),
        "tool": f"hubscan {__version__}",
        "sentences": (*SENTENCES, PUBLIC if card.edition == "public" else RESTRICTED),
        "groups": groups(card),
        "parts": list(_parts(len(card.hubs))),
        "charts": _charts(card),
        "measured": measured(card),
        "value": _together,
        "beside": words.beside,
        "standing": standing,
        "category": words.category,
        "copies": copies,
        "public_channel": Visibility.PUBLIC,
    }
    return environment().get_template(template).render(values | more)


def _together(one: Value, unit: Unit) -> str:
    """A number and its percent sign stay on one line."""
    return words.value(one, unit).replace(" %", "\u00a0%")


def _parts(hubs: int) -> Iterator[range]:
    """Yield which hubs stand side by side on one sheet, in parts as even as may be."""
    sheets = max(1, -(-hubs // BESIDE))
    for sheet in range(sheets):
        yield range(sheet * hubs // sheets, (sheet + 1) * hubs // sheets)


def _charts(card: Scorecard) -> dict[str, Any]:
    """Return what the charts show. Hubs of which nothing is known have no bar: the tables say that they are unknown."""
    by_key, hubs = {row.key: row for row in card.rows}, list(map(visible, card.titles))

    def column(key: str) -> list[int | None]:
        return [None if one.value is None else int(one.value) for one in by_key[key].values]

    looked = [
        (hub, (flagged, (read or 0) - flagged, unread or 0))
        for hub, flagged, read, unread in zip(hubs, column("flagged"), column("read"), column("unread"), strict=True)
        if flagged is not None
    ]
    ends = zip(hubs, *(column(key) for key in _ENDS), strict=True)
    return {
        "looked": looked,
        "looked_series": [Part(name, 0, tone) for name, tone in _LOOKED],
        "ends": [(hub, [count or 0 for count in counts]) for hub, *counts in ends if None not in counts],
        "ends_series": [Part(name, 0, tone) for name, tone in _ENDS.values()],
        "time": list(_spans(card, by_key["time_to_action"])),
        "removed": list(_spans(card, by_key["removed_share"])),
    }


def _on_paper(charts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the same for Typst, which draws by itself: what is stacked, and where each band lies from 0 to 1."""
    stacks = [
        {"title": title, "series": charts[f"{key}_series"], "rows": charts[key], "top": _top(charts[key])}
        for key, title in (("looked", "Repositories"), ("ends", "What came of notices that were sent"))
        if charts[key]
    ]
    told = (("removed", "Removed", "Share of those whose fate is known (95 %)", 1.0), _TIME)
    spans = [
        {"title": title, "note": note, "rows": [_lying(one, top or charting.scale(charts[key])) for one in charts[key]]}
        for key, title, note, top in told
    ]
    return {**charts, "stacks": stacks, "spans": spans}


_TIME = ("time", "Median time to action", "Days from the notice (95 %)", None)


def _top(rows: Sequence[tuple[str, Sequence[int]]]) -> int:
    return max((sum(counts) for _, counts in rows), default=0)


def _lying(one: Span, scale: float) -> dict[str, str]:
    """Return a band's ends as numbers for Typst; what is not known has no band."""
    known = one.low is not None or one.high is not None
    low, high = (one.low or 0.0), (one.high if one.high is not None else scale)
    ends = (low / scale, high / scale) if known else (0.0, 0.0)
    value = "none" if one.value is None else f"{min(one.value / scale, 1.0):.4f}"
    return {"label": one.label, "said": one.said, "low": f"{ends[0]:.4f}", "value": value, "high": f"{ends[1]:.4f}"}


_LOOKED = (("flagged", "medium"), ("read, not flagged", "neutral"), ("not read: unknown", "quiet"))
_ENDS = {
    "removed": ("removed", "neutral"),
    "restricted": ("restricted or labelled", "low"),
    "refused": ("refused", "high"),
    "still_up": ("still up", "medium"),
    "fate_unknown": ("unknown", "quiet"),
}


def _spans(card: Scorecard, row: Row) -> Iterator[Span]:
    noticed = card.row("noticed").values
    for hub, one, sent in zip(map(visible, card.titles), row.values, noticed, strict=True):
        if sent.value:
            said = ", ".join(filter(None, (words.value(one, row.unit), words.beside(one, row.unit))))
            yield Span(hub, said, one.value, one.low, one.high)
