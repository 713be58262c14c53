"""The address of the carrier that sent a call.

Only adds a column that may be empty: a router of revision 0011 that still runs goes on writing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("calls", sa.Column("address", sa.Text))
