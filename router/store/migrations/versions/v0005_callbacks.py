"""Whoever is to be called back, and what became of it.

Only adds tables: a router of an earlier revision that still runs goes on writing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of call-backs."""
    _calls()
    _tasks()
    op.create_table(
        "callback_tries",
        sa.Column("node", sa.Text, nullable=False),
        sa.Column("call_id", sa.Text, nullable=False),
        sa.Column("task", sa.Integer, nullable=False),
        sa.Column("handset", sa.Text, nullable=False),
        sa.Column("asked", sa.BigInteger, nullable=False),
        sa.Column("dialled", sa.BigInteger),
        sa.Column("answered", sa.BigInteger),
        sa.Column("ended", sa.BigInteger),
        sa.Column("result", sa.Text),
        sa.Column("recording", sa.Text),
        sa.PrimaryKeyConstraint("node", "call_id", name="pk_callback_tries"),
    )
    op.create_index("ix_callback_tries_task", "callback_tries", ["task"])


def _calls() -> None:
    op.create_table(
        "callback_calls",
        sa.Column("node", sa.Text, nullable=False),
        sa.Column("call_id", sa.Text, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("agency", sa.Text),
        sa.Column("emergency", sa.Text),
        sa.Column("language", sa.Text),
        sa.PrimaryKeyConstraint("node", "call_id", name="pk_callback_calls"),
    )
    op.create_index("ix_callback_calls_number", "callback_calls", ["number", "at"])


def _tasks() -> None:
    op.create_table(
        "callback_tasks",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("opened", sa.BigInteger, nullable=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.Column("calls", sa.Integer, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("agency", sa.Text),
        sa.Column("emergency", sa.Text),
        sa.Column("language", sa.Text),
        sa.Column("node", sa.Text, nullable=False),
        sa.Column("call_id", sa.Text, nullable=False),
        sa.Column("due", sa.BigInteger, nullable=False),
        sa.Column("closed", sa.BigInteger),
        sa.Column("settled", sa.BigInteger),
        sa.Column("how", sa.Text),
        sa.Column("who", sa.Text),
        sa.Column("why", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_callback_tasks"),
    )
    where = sa.text("closed IS NULL")
    op.create_index(
        "uq_callback_tasks_number",
        "callback_tasks",
        ["number"],
        unique=True,
        sqlite_where=where,
        postgresql_where=where,
    )
    op.create_index("ix_callback_tasks_number", "callback_tasks", ["number"])
