"""Where callers are, as their carriers have sent it.

Only adds a table: a router of an earlier revision that still runs goes on writing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of positions."""
    op.create_table(
        "call_positions",
        sa.Column("node", sa.Text, nullable=False),
        sa.Column("call_id", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("latitude", sa.Double, nullable=False),
        sa.Column("longitude", sa.Double, nullable=False),
        sa.Column("accuracy", sa.Double),
        sa.Column("district", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("node", "call_id", name="pk_call_positions"),
    )
