"""The first schema: scans (runs, records, skipped, findings, sightings) and review (cases to snapshots)."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "r0001"
down_revision = None

_KEY = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Apply this step."""
    _scans()
    _findings()
    _cases()
    _events()


def _scans() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer, primary_key=True),
        _text("source"),
        _key("scope", index=True),
        _json("settings"),
        _json("packs"),
        _text("tool_version"),
        _text("started_at"),
        sa.Column("finished_at", sa.Text),
        sa.Column("complete", sa.Boolean, nullable=False),
        sa.Column("coverage", sa.JSON),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "records",
        *_repo(primary_key=True),
        sa.Column("revision", sa.Text),
        _text("url"),
        _text("digest"),
        sa.Column("body", sa.LargeBinary, nullable=False, comment="the StoredRecord as JSON, zstd-compressed"),
        *_stamps("records"),
        _text("changed_at"),
    )
    op.create_table(
        "skipped",
        *_repo(primary_key=True),
        _text("reason"),
        sa.Column("last_run", sa.Integer, sa.ForeignKey("runs.id"), nullable=False),
        _text("last_seen"),
    )


def _findings() -> None:
    op.create_table(
        "findings",
        _key("fingerprint", primary_key=True),
        *_repo(),
        sa.Column("revision", sa.Text),
        _text("url"),
        _key("rule_id"),
        *map(_text, ("rule_version", "rule_status", "rule_title", "category")),
        sa.Column("severity", sa.Integer, nullable=False),
        sa.Column("confidence", sa.Integer, nullable=False),
        *map(_json, ("facets", "evidence", "discounted")),
        *_stamps("findings"),
        _of_record(),
    )
    op.create_index("ix_findings_hub_kind_repo_id_rule_id", "findings", ["hub", "kind", "repo_id", "rule_id"])
    op.create_table(
        "sightings",
        _key("scope", primary_key=True),
        sa.Column("fingerprint", _KEY, sa.ForeignKey("findings.fingerprint"), primary_key=True, index=True),
        _run("sightings", "first_run"),
        _run("sightings", "last_run"),
        _run("sightings", "gone_run", nullable=True),
    )


def _cases() -> None:
    op.create_table(
        "cases",
        sa.Column("number", sa.Integer, primary_key=True),
        *_repo(),
        _text("opened_at"),
        _of_record(),
        sa.UniqueConstraint("hub", "kind", "repo_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "case_findings",
        sa.Column("case_number", sa.Integer, sa.ForeignKey("cases.number"), primary_key=True),
        sa.Column("fingerprint", _KEY, sa.ForeignKey("findings.fingerprint"), primary_key=True),
        _text("added_at"),
    )
    op.create_table(
        "snapshots",
        *_repo(primary_key=True),
        _key("digest", primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False, comment="as in records"),
        _text("taken_at"),
    )


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.Integer, primary_key=True),
        _case(),
        *map(_text, ("kind", "at")),
        sa.Column("actor", sa.Text),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "decisions",
        _event(),
        _case(),
        *map(_text, ("verdict", "reviewer", "reason")),
        sa.Column("policy", sa.Text),
        *map(_text, ("record_digest", "at")),
    )
    op.create_table(
        "notices",
        _event(),
        _case(),
        *map(_text, ("template", "edition", "format")),
        sa.Column("sha256", sa.Text, nullable=False, comment="of the drafted file"),
        _text("at"),
    )


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _json(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.JSON, nullable=False)


def _key(name: str, *, primary_key: bool = False, index: bool = False) -> sa.Column[str]:
    return sa.Column(name, _KEY, nullable=False, primary_key=primary_key, index=index)


def _repo(*, primary_key: bool = False) -> list[sa.Column[str]]:
    return [_key(name, primary_key=primary_key) for name in ("hub", "kind", "repo_id")]


def _of_record() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["hub", "kind", "repo_id"], ["records.hub", "records.kind", "records.repo_id"])


def _run(table: str, name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, sa.ForeignKey("runs.id", name=f"fk_{table}_{name}"), nullable=nullable)


def _stamps(table: str) -> list[sa.Column[int] | sa.Column[str]]:
    return [_run(table, "first_run"), _run(table, "last_run"), _text("first_seen"), _text("last_seen")]


def _case() -> sa.Column[int]:
    return sa.Column("case_number", sa.Integer, sa.ForeignKey("cases.number"), nullable=False, index=True)


def _event() -> sa.Column[int]:
    return sa.Column("event_id", sa.Integer, sa.ForeignKey("events.id"), primary_key=True, autoincrement=False)
