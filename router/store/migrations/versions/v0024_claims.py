"""Which node sends what lies in an outbox, and until when no other may.

Only adds columns that may be empty: a router of the revision before that still runs goes on, and
claims nothing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    for table in ("outbox", "hook_posts"):
        op.add_column(table, sa.Column("claimed_by", sa.Text))
        op.add_column(table, sa.Column("claimed_until", sa.BigInteger))
