"""Review in depth: what each event says, the queue, checks, samples, holds and purges."""

import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "r0004"
down_revision = "r0003"

_KEY = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_ORDERS = (("rank",), ("state", "rank"), ("hub", "rank"), ("hub", "state", "rank"), ("assignee", "rank"))
_PAGE = 500


def upgrade() -> None:
    """Apply this step."""
    op.add_column("events", sa.Column("word", sa.Text, comment=_WORD))
    op.add_column("events", sa.Column("note", sa.Text, comment="what a person added"))
    op.create_index("ix_findings_rule_id", "findings", ["rule_id"])
    op.create_index("ix_case_findings_fingerprint", "case_findings", ["fingerprint"])
    _queue()
    _notices()
    _samples()
    _retention()
    _words()
    _fill()


_WORD = "what the state depends on: a verdict, an assignee, what the hub did, ..."


def _queue() -> None:
    op.create_table(
        "queue",
        _case(primary_key=True),
        sa.Column("hub", _KEY, nullable=False),
        sa.Column("rank", sa.Integer, nullable=False, comment="the lowest comes first"),
        sa.Column("state", _KEY, nullable=False),
        sa.Column("severity", sa.Integer),
        sa.Column("confidence", sa.Integer),
        sa.Column("facets", sa.Integer, nullable=False),
        sa.Column("reach", sa.BigInteger, comment="downloads; null where they are not known"),
        sa.Column("assignee", _KEY),
        sa.Column("due_at", _KEY, comment="when the repo is to be checked; null for never"),
    )
    for columns in _ORDERS:
        op.create_index(f"ix_queue_{'_'.join(columns)}_case_number", "queue", [*columns, "case_number"])
    op.create_index("ix_queue_due_at", "queue", ["due_at"])


def _notices() -> None:
    op.create_table("notice_rules", _event(), sa.Column("rule_id", _KEY, primary_key=True))
    op.create_table(
        "checks",
        _event(),
        _case(primary_key=False),
        sa.Column("run_id", sa.Integer, sa.ForeignKey("runs.id"), comment="whose requests the ledger holds"),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("outcome", "detail", "at")),
    )


def _samples() -> None:
    op.create_table(
        "samples",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("hub", _KEY, comment="null for all hubs"),
        sa.Column("seed", sa.Text, nullable=False),
        _count("min_severity", "records with a finding this grave were left out"),
        _count("population", "records without one; size / population is the rate"),
        _count("size"),
        sa.Column("at", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    sample = sa.ForeignKey("samples.id")
    op.create_table(
        "sample_cases",
        sa.Column("sample_id", sa.Integer, sample, primary_key=True, autoincrement=False),
        _case(primary_key=True, index=True),
    )


def _retention() -> None:
    op.create_table(
        "holds",
        sa.Column("id", sa.Integer, primary_key=True),
        _case(primary_key=False),
        sa.Column("held", sa.Boolean, nullable=False, comment="false lifts the hold; the last row counts"),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("actor", "reason", "at")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "purges",
        sa.Column("id", sa.Integer, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("at", "actor")),
        sa.Column("policy", sa.Text, nullable=False, comment="SHA-256 of the policy's file"),
        sa.Column("what", sa.Text, nullable=False),
        _count("days"),
        _count("rows"),
        sqlite_autoincrement=True,
    )


def _words() -> None:
    """Say in each event what so far only the rows beside it say."""
    for sql in (
        "UPDATE events SET word = 'finding' WHERE kind = 'opened'",
        "UPDATE events SET word = 'drafted' WHERE kind = 'noticed'",
        "UPDATE events SET word = (SELECT verdict FROM decisions WHERE event_id = events.id) WHERE kind = 'decided'",
    ):
        op.execute(sql)


def _fill() -> None:
    """Put every case there is into the queue. Downloads are not known here: they stand in the records' bodies."""
    connection = op.get_bind()
    after = 0
    while page := list(connection.execute(sa.text(_CASES), {"after": after, "page": _PAGE}).mappings()):
        after = page[-1]["case_number"]
        between = {"first": page[0]["case_number"], "last": after}
        events, found = defaultdict(list), defaultdict(list)
        for row in connection.execute(sa.text(_EVENTS), between).mappings():
            events[row["case_number"]].append(row)
        for row in connection.execute(sa.text(_FINDINGS), between).mappings():
            found[row["case_number"]].append(row)
        numbers = {case["case_number"]: case for case in page}
        rows = [{**case, **_stands(events[number]), **_grave(found[number])} for number, case in numbers.items()]
        connection.execute(sa.text(_INSERT), rows)


_CASES = "SELECT number AS case_number, hub FROM cases WHERE number > :after ORDER BY number LIMIT :page"
_EVENTS = "SELECT case_number, kind, at, word FROM events WHERE case_number BETWEEN :first AND :last ORDER BY id"
_FINDINGS = """
SELECT case_number, severity, confidence, facets FROM case_findings
JOIN findings ON findings.fingerprint = case_findings.fingerprint WHERE case_number BETWEEN :first AND :last
"""
_INSERT = """
INSERT INTO queue (case_number, hub, rank, state, severity, confidence, facets, due_at)
VALUES (:case_number, :hub, :rank, :state, :severity, :confidence, :facets, :due_at)
"""


def _stands(events: list[sa.RowMapping]) -> dict[str, str | None]:
    """The fold as it was before this step, when a case could be opened, decided and noticed."""
    state, due = "open", None
    for event in events:
        if event["kind"] == "noticed":
            at = datetime.fromisoformat(event["at"]).astimezone(UTC) + timedelta(hours=24)
            state, due = "noticed", at.strftime("%Y-%m-%dT%H:%M:%SZ")
        elif event["word"] and (state, event["word"]) != ("noticed", "confirmed") and event["kind"] == "decided":
            state, due = event["word"], None
    return {"state": state, "due_at": due}


def _grave(mine: list[sa.RowMapping]) -> dict[str, int | None]:
    severity = max((row["severity"] for row in mine), default=None)
    confidence = max((row["confidence"] for row in mine if row["severity"] == severity), default=None)
    facets = len({facet for row in mine for facet in _list(row["facets"])})
    rank = -((severity or 0) * 1000 + (confidence or 0) * 100 + min(facets, 9) * 10)
    return {"severity": severity, "confidence": confidence, "facets": facets, "rank": rank}


def _list(facets: str | list[str]) -> list[str]:
    """PostgreSQL's driver has read the JSON already, SQLite's has not."""
    return json.loads(facets) if isinstance(facets, str) else facets


def _case(*, primary_key: bool, index: bool = False) -> sa.Column[int]:
    case = sa.ForeignKey("cases.number")
    indexed = index or not primary_key
    return sa.Column(
        "case_number", sa.Integer, case, nullable=False, primary_key=primary_key, autoincrement=False, index=indexed
    )


def _event() -> sa.Column[int]:
    event = sa.ForeignKey("events.id")
    return sa.Column("event_id", sa.Integer, event, nullable=False, primary_key=True, autoincrement=False)


def _count(name: str, comment: str | None = None) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, comment=comment)
