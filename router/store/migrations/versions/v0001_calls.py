"""Calls, their change numbers, positions in CEL files, the outbox."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the first tables."""
    _calls()
    op.create_table(
        "change_counters",
        sa.Column("node", sa.Text, nullable=False),
        sa.Column("value", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("node", name="pk_change_counters"),
    )
    op.create_table(
        "cel_positions",
        sa.Column("node", sa.Text, nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("offset", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("node", name="pk_cel_positions"),
    )
    _outbox()


def _calls() -> None:
    op.create_table(
        "calls",
        sa.Column("node", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("caller", sa.Text, nullable=False),
        sa.Column("began", sa.BigInteger, nullable=False),
        sa.Column("language", sa.Text),
        sa.Column("emergency", sa.Text),
        sa.Column("choice", sa.Text),
        sa.Column("tier", sa.Integer),
        sa.Column("plan_version", sa.Text),
        sa.Column("steps", sa.Text, nullable=False),
        sa.Column("answered_by", sa.Text),
        sa.Column("handset", sa.Text),
        sa.Column("answered", sa.BigInteger),
        sa.Column("ended", sa.BigInteger),
        sa.Column("outcome", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("recording_path", sa.Text),
        sa.Column("recording_sha256", sa.Text),
        sa.Column("recording_ms", sa.BigInteger),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("change", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("node", "id", name="pk_calls"),
    )
    op.create_index("ix_calls_began", "calls", ["began", "node", "id"])
    op.create_index("ix_calls_change", "calls", ["node", "change"])
    where = sa.text("ended IS NULL")
    op.create_index("ix_calls_open", "calls", ["began"], sqlite_where=where, postgresql_where=where)


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("node", sa.Text, nullable=False),
        sa.Column("call_id", sa.Text, nullable=False),
        sa.Column("agency", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_try", sa.BigInteger, nullable=False),
        sa.Column("delivered", sa.BigInteger),
        sa.Column("given_up", sa.BigInteger),
        sa.Column("last_error", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.ForeignKeyConstraint(
            ["node", "call_id"],
            ["calls.node", "calls.id"],
            name="fk_outbox_calls",
            ondelete="CASCADE",
        ),
    )
    where = sa.text("delivered IS NULL AND given_up IS NULL")
    op.create_index(
        "ix_outbox_waiting",
        "outbox",
        ["channel", "created"],
        sqlite_where=where,
        postgresql_where=where,
    )
    op.create_index("ix_outbox_call", "outbox", ["node", "call_id"])
