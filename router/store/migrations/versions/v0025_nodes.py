"""Which nodes live, what they ask of each other, and the plan that all of them have.

Only adds: a router of the revision before that still runs goes on, says nothing of itself, and is
taken for lost by nobody.
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and the columns that say why a call was cut off."""
    op.create_table(
        "nodes",
        sa.Column("node", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("due", sa.BigInteger, nullable=False),
        sa.Column("witnessed", sa.BigInteger),
        sa.Column("lost", sa.BigInteger),
        sa.Column("state", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("node", name="pk_nodes"),
    )
    _requests()
    op.create_table(
        "node_plans",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("approved", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_node_plans"),
    )
    for table in ("callback_calls", "callback_tasks"):
        op.add_column(table, sa.Column("reason", sa.Text))
    lost = sa.text("reason = 'node_lost'")
    op.create_index(
        "ix_calls_node_lost", "calls", ["node"], sqlite_where=lost, postgresql_where=lost
    )


def _requests() -> None:
    op.create_table(
        "node_requests",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("node", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("asked", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("claimed", sa.BigInteger),
        sa.Column("answered", sa.BigInteger),
        sa.Column("status", sa.Integer),
        sa.Column("answer", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_node_requests"),
    )
    waits = sa.text("claimed IS NULL")
    op.create_index(
        "ix_node_requests_waiting",
        "node_requests",
        ["node"],
        sqlite_where=waits,
        postgresql_where=waits,
    )
