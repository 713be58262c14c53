"""Links by which callers send where they are.

Only adds a table: a router of an earlier revision that still runs goes on writing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of links."""
    op.create_table(
        "location_links",
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("node", sa.Text, nullable=False),
        sa.Column("call_id", sa.Text, nullable=False),
        sa.Column("made", sa.BigInteger, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("expires", sa.BigInteger, nullable=False),
        sa.Column("used", sa.BigInteger),
        sa.Column("latitude", sa.Double),
        sa.Column("longitude", sa.Double),
        sa.Column("accuracy", sa.Double),
        sa.PrimaryKeyConstraint("token", name="pk_location_links"),
    )
    op.create_index("ix_location_links_call", "location_links", ["node", "call_id"])
