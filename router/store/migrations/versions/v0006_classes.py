"""What officers say a call was.

Only adds a table: a router of an earlier revision that still runs goes on writing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of classes."""
    op.create_table(
        "call_classes",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("node", sa.Text, nullable=False),
        sa.Column("call_id", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_call_classes"),
    )
    op.create_index("ix_call_classes_call", "call_classes", ["node", "call_id"])
