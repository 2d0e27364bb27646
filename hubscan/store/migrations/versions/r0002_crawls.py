"""Crawls over the network: the ledger of requests, and how far each crawl has come."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "r0002"
down_revision = "r0001"

_KEY = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Apply this step."""
    _ledger()
    _crawls()
    _pending()
    _repos()


def _ledger() -> None:
    op.create_table(
        "requests",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("run_id", sa.Integer, sa.ForeignKey("runs.id"), nullable=False, index=True),
        *map(_text, ("at", "url_class", "method", "host")),
        sa.Column("status", sa.Integer),
        _text("outcome"),
        sa.Column("received", sa.Integer, nullable=False, comment="body bytes on the wire"),
        sa.Column("milliseconds", sa.Integer, nullable=False),
    )


def _crawls() -> None:
    op.create_table(
        "crawls",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("run_id", sa.Integer, sa.ForeignKey("runs.id"), nullable=False),
        sa.Column("scope", _KEY, nullable=False, index=True),
        _text("mode", comment="sweep: the whole list; changes: what changed since `since`"),
        sa.Column("since", sa.Text),
        _text("started_at"),
        sa.Column("closed_at", sa.Text),
        sa.Column(
            "ended", sa.Boolean, nullable=False, comment="every list was read to its end and every card asked for"
        ),
        sa.Column("stopped", sa.Text, comment="why it stopped before, in one word"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "crawl_lists",
        _of_crawl(primary_key=True),
        sa.Column("kind", _KEY, primary_key=True),
        sa.Column("onward", sa.Text, comment="where to go on; null before the first page"),
        sa.Column("ended", sa.Boolean, nullable=False),
        sa.Column("listed", sa.Integer, nullable=False),
        sa.Column("unchanged", sa.Integer, nullable=False),
    )


def _pending() -> None:
    op.create_table(
        "crawl_queue",
        _of_crawl(primary_key=True),
        *_repo(),
        sa.Column("worth", sa.Integer, nullable=False, comment="the higher, the sooner the card is read"),
        sa.Column("body", sa.LargeBinary, nullable=False, comment="as in records"),
    )
    op.create_index("ix_crawl_queue_crawl_id_worth", "crawl_queue", ["crawl_id", "worth"])
    op.create_table(
        "crawl_errors",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("crawl_id", sa.Integer, sa.ForeignKey("crawls.id"), nullable=False, index=True),
        sa.Column("error", sa.JSON, nullable=False, comment="a ScanError"),
    )


def _repos() -> None:
    op.create_table(
        "crawl_repos",
        *_repo(),
        _text("version", comment="what the list last said; empty where it said nothing"),
        sa.Column("card_version", sa.Text, comment="the version whose card is stored"),
        _seen_in("listed_in", nullable=False),
        _seen_in("read_in", nullable=True),
    )


def _text(name: str, comment: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, comment=comment)


def _of_crawl(*, primary_key: bool) -> sa.Column[int]:
    crawl = sa.ForeignKey("crawls.id")
    return sa.Column("crawl_id", sa.Integer, crawl, nullable=False, primary_key=primary_key, autoincrement=False)


def _repo() -> list[sa.Column[str]]:
    return [sa.Column(name, _KEY, nullable=False, primary_key=True) for name in ("hub", "kind", "repo_id")]


def _seen_in(name: str, *, nullable: bool) -> sa.Column[int]:
    crawl = sa.ForeignKey("crawls.id", name=f"fk_crawl_repos_{name}")
    return sa.Column(name, sa.Integer, crawl, nullable=nullable, index=True)
