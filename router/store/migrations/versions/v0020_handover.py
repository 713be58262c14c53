"""What a shift hands over to the next one, and who has read it.

Only adds tables: a console of the revision before that still runs goes on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "handover_notes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("once", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_index("uq_handover_notes_once", "handover_notes", ["once"], unique=True)
    op.create_table(
        "handover_reads",
        sa.Column("note", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("account", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
