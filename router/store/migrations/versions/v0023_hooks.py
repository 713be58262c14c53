"""Addresses that are told what happens at the centre, and what they are to be told.

Only adds tables: a program of the revision before that still runs goes on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "hooks",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("events", sa.Text, nullable=False),
        sa.Column("personal", sa.Integer, nullable=False),
        sa.Column("secret", sa.Text, nullable=False),
        sa.Column("former", sa.Text),
        sa.Column("former_until", sa.BigInteger),
        sa.Column("made", sa.BigInteger, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("paused", sa.BigInteger),
        sa.Column("removed", sa.BigInteger),
    )
    op.create_table(
        "hook_posts",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("node", sa.Text, nullable=False),
        sa.Column("call_id", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_try", sa.BigInteger, nullable=False),
        sa.Column("delivered", sa.BigInteger),
        sa.Column("given_up", sa.BigInteger),
        sa.Column("last_error", sa.Text),
        sa.Column("target", sa.Integer, nullable=False),
    )
    waiting = sa.text("delivered IS NULL AND given_up IS NULL")
    op.create_index(
        "ix_hook_posts_waiting",
        "hook_posts",
        ["target", "created"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    op.create_index("ix_hook_posts_target", "hook_posts", ["target", "created"])
    op.create_index("ix_hook_posts_created", "hook_posts", ["created"])
