"""Platform evaluation: what was measured on each hub. A value whose ground was never looked at is None, not zero."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import msgspec
from markupsafe import Markup

from hubscan.casework import Scorecard, ScorecardRow, Verdict
from hubscan.charts import Part
from hubscan.errors import UsageError
from hubscan.escape import json_bytes
from hubscan.findings import Severity
from hubscan.render import environment
from hubscan.store import Store, tally


def build(store: Store, now: str, min_severity: Severity = Severity.MEDIUM) -> Scorecard:
    """Count each hub's repos: listed, read, unread, flagged at `min_severity` or above, judged, and noticed."""
    with store.reading() as connection:
        read, unread = tally.read(connection), tally.unread(connection)
        flagged, unjudged = tally.flagged(connection, min_severity), tally.unjudged(connection, min_severity)
        verdicts, noticed = tally.verdicts(connection), tally.noticed(connection)
    hubs = tuple(sorted({*read, *unread}))

    def judged(verdict: Verdict) -> Callable[[str], int | None]:
        return lambda hub: verdicts[hub].get(verdict, 0) if hub in verdicts else None

    def among_read(counts: Mapping[str, int]) -> Callable[[str], int | None]:
        return lambda hub: counts.get(hub, 0) if hub in read else None

    measures: tuple[tuple[str, str, Callable[[str], int | None]], ...] = (
        ("listed", "Repos listed", lambda hub: read.get(hub, 0) + unread.get(hub, 0)),
        ("read", "Repos read", lambda hub: read.get(hub, 0)),
        ("unread", "Listed, not read: unknown", lambda hub: unread.get(hub, 0)),
        ("flagged", f"Flagged {min_severity.label} or above", among_read(flagged)),
        ("confirmed", "Confirmed by a person", judged(Verdict.CONFIRMED)),
        ("rejected", "Rejected by a person", judged(Verdict.REJECTED)),
        ("unjudged", "Flagged, not judged yet: unknown", among_read(unjudged)),
        ("noticed", "Notice drafted", lambda hub: noticed.get(hub, 0)),
    )
    rows = tuple(ScorecardRow(key, title, tuple(map(count, hubs))) for key, title, count in measures)
    return Scorecard(now, min_severity, hubs, rows)


def only(card: Scorecard, hub: str) -> Scorecard:
    """Return the column of one hub; `UsageError` where nothing of it was ever looked at."""
    if hub not in card.hubs:
        seen = f"Looked at: {', '.join(card.hubs)}" if card.hubs else "Scan something first"
        raise UsageError(f"nothing of {hub} was ever looked at, so nothing is known of it", todo=seen)
    column = card.hubs.index(hub)
    rows = tuple(replace(row, values=(row.values[column],)) for row in card.rows)
    return replace(card, hubs=(hub,), rows=rows)


def rows(card: Scorecard) -> list[tuple[str, tuple[str, ...]]]:
    """Return the rows as people read them: `unknown` where nothing was looked at."""
    return [(row.title, tuple("unknown" if n is None else f"{n:,}" for n in row.values)) for row in card.rows]


def as_json(card: Scorecard) -> bytes:
    """Return `hubscan.scorecard/1`; an unknown value is null."""
    told = {
        "schema": card.schema,
        "made_at": card.made_at,
        "min_severity": card.min_severity.label,
        "hubs": list(card.hubs),
        "rows": [{"key": row.key, "title": row.title, "values": list(row.values)} for row in card.rows],
    }
    return msgspec.json.format(json_bytes(told), indent=2) + b"\n"


def as_markdown(card: Scorecard) -> bytes:
    """Return a table in Markdown."""
    template = environment().get_template("scorecard/scorecard.md.j2")
    return template.render(card=card, rows=rows(card), sentences=_SENTENCES).encode()


def as_html(card: Scorecard) -> bytes:
    """Return one self-contained page with a chart; nothing is loaded from anywhere."""
    env = environment()
    assert env.loader is not None  # noqa: S101 - environment() always has one
    style = Markup(env.loader.get_source(env, "scan/report.css")[0])  # noqa: S704 - our own file
    values = {"card": card, "rows": rows(card), "sentences": _SENTENCES, "style": style}
    values |= {"series": _SERIES, "chart": list(_chart(card))}
    return env.get_template("scorecard/scorecard.html.j2").render(values).encode()


FORMATS: Mapping[str, Callable[[Scorecard], bytes]] = {"html": as_html, "json": as_json, "markdown": as_markdown}
"""How a scorecard is written, beside the table of the command line."""

_SERIES = (Part("flagged", 0, "medium"), Part("read, not flagged", 0, "neutral"), Part("not read: unknown", 0, "quiet"))
_SENTENCES = (
    "A repository counts as flagged when a rule says that it is marked as misuse-prone. That is a reason to look.",
    "Not flagged does not mean harmless: rules read words, and many uploads say nothing.",
    "Unknown means that nobody has looked, and is never a zero.",
    "A notice is drafted by this tool and sent by a person: whether it was, and what came of it, is not known here.",
)


def _chart(card: Scorecard) -> Iterator[tuple[str, tuple[int, int, int]]]:
    """Yield the hubs of which something was read; of the others the table says that they are unknown."""
    by_key = {row.key: row.values for row in card.rows}
    for hub, read, unread, flagged in zip(card.hubs, by_key["read"], by_key["unread"], by_key["flagged"], strict=True):
        if flagged is not None:
            yield hub, (flagged, (read or 0) - flagged, unread or 0)
