"""Headers read in a crawl: which version the stored ones are of, and how far a repo in the queue was read."""

import sqlalchemy as sa
from alembic import op

revision = "r0005"
down_revision = "r0004"


def upgrade() -> None:
    """Apply this step."""
    of_stored = sa.Column("headers_version", sa.Text, comment="the version whose headers are stored")
    op.add_column("crawl_repos", of_stored)
    so_far = "what the body holds of this version already: card, or headers too"
    op.add_column("crawl_queue", sa.Column("progress", sa.Text, comment=so_far))
