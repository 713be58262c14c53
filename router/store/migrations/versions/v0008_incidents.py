"""What has happened somewhere, which calls told of it, and what was sent there.

Only adds tables: a router of an earlier revision that still runs goes on writing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of incidents."""
    _incidents()
    op.create_table(
        "incident_calls",
        sa.Column("node", sa.Text, nullable=False),
        sa.Column("call_id", sa.Text, nullable=False),
        sa.Column("incident", sa.Integer, nullable=False),
        sa.Column("began", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("node", "call_id", name="pk_incident_calls"),
    )
    op.create_index("ix_incident_calls_incident", "incident_calls", ["incident"])
    op.create_table(
        "incident_units",
        sa.Column("incident", sa.Integer, nullable=False),
        sa.Column("agency", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("sent", sa.BigInteger),
        sa.Column("accepted", sa.BigInteger),
        sa.Column("arrived", sa.BigInteger),
        sa.PrimaryKeyConstraint("incident", "agency", "name", name="pk_incident_units"),
    )
    op.create_table(
        "incident_log",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("incident", sa.Integer, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_incident_log"),
    )
    op.create_index("ix_incident_log_incident", "incident_log", ["incident"])


def _incidents() -> None:
    op.create_table(
        "incidents",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("emergency", sa.Text, nullable=False),
        sa.Column("opened", sa.BigInteger, nullable=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("district", sa.Text),
        sa.Column("village", sa.Text),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("latitude", sa.Double),
        sa.Column("longitude", sa.Double),
        sa.Column("position_by", sa.Text),
        sa.Column("dispatched", sa.BigInteger),
        sa.Column("on_scene", sa.BigInteger),
        sa.Column("closed", sa.BigInteger),
        sa.Column("how", sa.Text),
        sa.Column("into", sa.Integer),
        sa.PrimaryKeyConstraint("id", name="pk_incidents"),
    )
    op.create_index("ix_incidents_opened", "incidents", ["opened"])
    op.create_index(
        "ix_incidents_open",
        "incidents",
        ["opened"],
        sqlite_where=sa.text("closed IS NULL"),
        postgresql_where=sa.text("closed IS NULL"),
    )
