"""What people said of hashes: rows are added, never changed. What it comes to is for `identity` to say."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, insert, select, true

from hubscan.casework import Verdict
from hubscan.hashlists import HashEvent, Opinion
from hubscan.store.tables import decisions, hash_opinions


def add(connection: Connection, events: Iterable[HashEvent]) -> None:
    """Append what was said."""
    rows = [_row(event) for event in events]
    if rows:
        connection.execute(insert(hash_opinions), rows)


def events(connection: Connection, list_id: str | None = None) -> Iterator[HashEvent]:
    """Yield what was said, by list and hash, oldest first; None for all lists."""
    wanted = hash_opinions.c.list == list_id if list_id else true()
    order = (hash_opinions.c.list, hash_opinions.c.algorithm, hash_opinions.c.value, hash_opinions.c.id)
    for row in connection.execute(select(hash_opinions).where(wanted).order_by(*order)):
        yield _event(row)


def overturned(connection: Connection) -> frozenset[int]:
    """Return the cases whose latest decision is no confirmation: what they said of hashes does not stand."""
    query = select(decisions.c.case_number, decisions.c.verdict).order_by(decisions.c.event_id)
    latest = {row.case_number: row.verdict for row in connection.execute(query)}
    return frozenset(case for case, verdict in latest.items() if verdict != Verdict.CONFIRMED.value)


_SAME: Sequence[str] = ("list", "algorithm", "value", "source", "reason", "at", "expires_at")


def _row(event: HashEvent) -> dict[str, Any]:
    same = {name: getattr(event, name) for name in _SAME}
    return {**same, "opinion": event.opinion.value, "case_number": event.case}


def _event(row: Row[Any]) -> HashEvent:
    same = {name: getattr(row, name) for name in _SAME}
    return HashEvent(**same, opinion=Opinion(row.opinion), case=row.case_number)
