"""The gap ledger, and when each listener was last known to hear.

Only adds tables: a router of revision 0001 that still runs goes on writing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of the gap ledger."""
    op.create_table(
        "listener_gaps",
        sa.Column("node", sa.Text, nullable=False),
        sa.Column("began", sa.BigInteger, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("ended", sa.BigInteger),
        sa.PrimaryKeyConstraint("node", "began", "why", name="pk_listener_gaps"),
    )
    op.create_table(
        "listener_gap_calls",
        sa.Column("node", sa.Text, nullable=False),
        sa.Column("began", sa.BigInteger, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("call_id", sa.Text, nullable=False),
        sa.Column("how", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("node", "began", "why", "call_id", name="pk_listener_gap_calls"),
    )
    op.create_index("ix_listener_gap_calls_call", "listener_gap_calls", ["node", "call_id"])
    op.create_table(
        "listener_marks",
        sa.Column("node", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("node", name="pk_listener_marks"),
    )
