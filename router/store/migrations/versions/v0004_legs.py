"""The legs of a call.

Only adds a column that may be empty: a router of revision 0003 that still runs goes on writing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("calls", sa.Column("legs", sa.Text))
