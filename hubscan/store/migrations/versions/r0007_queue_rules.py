"""The queue by rule: the cases of each rule in the order of the queue."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "r0007"
down_revision = "r0006"

_KEY = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Apply this step."""
    case = sa.ForeignKey("cases.number")
    op.create_table(
        "queue_rules",
        sa.Column("rule_id", _KEY, primary_key=True),
        sa.Column("rank", sa.Integer, primary_key=True, autoincrement=False, comment="as in queue"),
        sa.Column("case_number", sa.Integer, case, primary_key=True, autoincrement=False, index=True),
    )
    op.execute(
        "INSERT INTO queue_rules (rule_id, rank, case_number)"
        " SELECT DISTINCT findings.rule_id, queue.rank, queue.case_number FROM queue"
        " JOIN case_findings ON case_findings.case_number = queue.case_number"
        " JOIN findings ON findings.fingerprint = case_findings.fingerprint"
    )
