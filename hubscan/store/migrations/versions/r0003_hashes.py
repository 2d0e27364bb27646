"""Indexes over all hubs: hashes of files, what people said of them, and whose uploads are whose."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "r0003"
down_revision = "r0002"

_KEY = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_REPO = ("hub", "kind", "repo_id")


def upgrade() -> None:
    """Apply this step."""
    told = "in file_hashes and uploads"
    op.add_column("records", sa.Column("indexed", sa.Boolean, nullable=False, server_default=sa.false(), comment=told))
    op.create_index("ix_records_indexed", "records", ["indexed"])
    _index()
    _opinions()
    _uploads()


def _index() -> None:
    op.create_table(
        "file_hashes",
        *(sa.Column(name, _KEY, primary_key=True) for name in ("algorithm", "value", *_REPO, "file")),
        sa.Column("size", sa.BigInteger),
        sa.Column("uploader", sa.Text),
        sa.Column("current", sa.Boolean, nullable=False, comment="false where the repo has since shown other files"),
        sa.Column("first_seen", sa.Text, nullable=False),
        sa.Column("last_seen", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(_REPO, [f"records.{name}" for name in _REPO], name="fk_file_hashes_records"),
        sa.PrimaryKeyConstraint("algorithm", "value", *_REPO, "file", name="pk_file_hashes"),
    )
    op.create_index("ix_file_hashes_hub_kind_repo_id", "file_hashes", list(_REPO))


def _opinions() -> None:
    op.create_table(
        "hash_opinions",
        sa.Column("id", sa.Integer, nullable=False),
        *(sa.Column(name, _KEY, nullable=False) for name in ("list", "algorithm", "value")),
        sa.Column("opinion", sa.Text, nullable=False, comment="positive, negative, disputed or withdrawn"),
        sa.Column(
            "source", sa.Text, nullable=False, comment="who holds it: a reviewer, or whoever a list was imported from"
        ),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("case_number", sa.Integer, sa.ForeignKey("cases.number", name="fk_hash_opinions_cases")),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("expires_at", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_hash_opinions"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_hash_opinions_list_algorithm_value", "hash_opinions", ["list", "algorithm", "value"])


def _uploads() -> None:
    op.create_table(
        "uploads",
        *(sa.Column(name, _KEY, primary_key=True) for name in _REPO),
        sa.Column("author", _KEY, nullable=False),
        sa.Column("day", sa.Text, comment="when the repo was made"),
        sa.Column("adapter", sa.Boolean, nullable=False),
        sa.Column("throwaway", sa.Boolean, nullable=False, comment="named by a number or a date"),
        sa.ForeignKeyConstraint(_REPO, [f"records.{name}" for name in _REPO], name="fk_uploads_records"),
        sa.PrimaryKeyConstraint(*_REPO, name="pk_uploads"),
    )
    whose = ["hub", "author", "day", "adapter", "throwaway"]
    op.create_index(f"ix_uploads_{'_'.join(whose)}", "uploads", whose)
