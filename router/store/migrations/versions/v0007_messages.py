"""Messages to an agency's contacts, in their order, and who accepted them.

Only adds, and what it adds to the outbox may be empty: a router of an earlier revision that still
runs goes on writing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add to the outbox, and make the table of acceptances."""
    op.add_column("outbox", sa.Column("target", sa.Text))
    op.add_column("outbox", sa.Column("step", sa.Integer))
    op.add_column("outbox", sa.Column("token", sa.Text))
    op.create_index(
        "uq_outbox_token",
        "outbox",
        ["token"],
        unique=True,
        sqlite_where=sa.text("token IS NOT NULL"),
        postgresql_where=sa.text("token IS NOT NULL"),
    )
    op.create_table(
        "acceptances",
        sa.Column("node", sa.Text, nullable=False),
        sa.Column("call_id", sa.Text, nullable=False),
        sa.Column("agency", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("how", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("node", "call_id", "agency", name="pk_acceptances"),
        sa.ForeignKeyConstraint(
            ["node", "call_id"],
            ["calls.node", "calls.id"],
            name="fk_acceptances_calls",
            ondelete="CASCADE",
        ),
    )
