"""Platform evaluation: what was measured on each hub. A value whose ground was never looked at is None, not zero."""

from collections.abc import Callable, Mapping

from hubscan.casework import Scorecard, ScorecardRow, Verdict
from hubscan.findings import Severity
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
