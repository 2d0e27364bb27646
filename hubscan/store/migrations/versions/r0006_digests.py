"""What was answered: the digest of each reply in the ledger of requests."""

import sqlalchemy as sa
from alembic import op

revision = "r0006"
down_revision = "r0005"


def upgrade() -> None:
    """Apply this step."""
    digest = sa.Column("sha256", sa.Text, comment="of the body as taken, decompressed; null where none was")
    with op.batch_alter_table("requests") as table:
        table.add_column(digest)
