"""What reports keep of each hour and day, and triggers that tell which of it is no longer so.

Only adds tables, and triggers that add rows to one of them: a program of the revision before that
still runs goes on, and what it changes is told like any other change. Nothing is counted here: the
console does that beside its work, the newest hours first.

A table with a trigger that is ever copied to change it (``batch_alter_table`` on SQLite) needs its
triggers made anew.
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0025"
branch_labels = None
depends_on = None

WAIT_US = 6 * 3_600_000_000
"""So long before an officer is known to be at a handset a call may have begun that he answers."""

CALL = "SELECT began, began FROM calls WHERE node = {row}.node AND id = {row}.call_id"
ADD = "INSERT INTO report_stale (began, until) "
PLACED = (
    "SELECT c.began, c.began FROM incident_calls i JOIN calls c"
    " ON c.node = i.node AND c.id = i.call_id WHERE i.incident = NEW.id"
)
TRIGGERS = (
    (
        "calls_moved",
        "UPDATE OF began ON calls",
        "OLD.began <> NEW.began",
        "VALUES (OLD.began, OLD.began)",
    ),
    ("calls_gone", "DELETE ON calls", "", "VALUES (OLD.began, OLD.began)"),
    ("class_given", "INSERT ON call_classes", "", CALL.format(row="NEW")),
    ("incident_told", "INSERT ON incident_calls", "", CALL.format(row="NEW")),
    ("incident_other", "UPDATE ON incident_calls", "", CALL.format(row="NEW")),
    ("incident_untold", "DELETE ON incident_calls", "", CALL.format(row="OLD")),
    (
        "incident_placed",
        "UPDATE OF district ON incidents",
        "OLD.district IS {distinct} NEW.district",
        PLACED,
    ),
    ("shift_begun", "INSERT ON shifts", "", f"VALUES (NEW.began - {WAIT_US}, NEW.until)"),
    (
        "shift_ended",
        "UPDATE ON shifts",
        "",
        f"VALUES (COALESCE(NEW.ended, NEW.until) - {WAIT_US}, OLD.until)",
    ),
)


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "report_hours",
        sa.Column("began", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("calls", sa.LargeBinary, nullable=False),
        sa.Column("counts", sa.LargeBinary, nullable=False),
        sa.Column("waits", sa.LargeBinary, nullable=False),
        sa.Column("unknown", sa.Text),
    )
    op.create_table(
        "report_days",
        sa.Column("began", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("counts", sa.LargeBinary, nullable=False),
        sa.Column("waits", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "report_state",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("generation", sa.BigInteger, nullable=False),
        sa.Column("basis", sa.Text, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "report_positions",
        sa.Column("node", sa.Text, primary_key=True),
        sa.Column("change", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "report_stale",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("began", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
    )
    make = _postgresql if op.get_bind().dialect.name == "postgresql" else _sqlite
    for name, event, when, rows in TRIGGERS:
        make(f"report_{name}", event, when, ADD + rows)


def _sqlite(name: str, event: str, when: str, does: str) -> None:
    only = f" WHEN {when.format(distinct='NOT')}" if when else ""
    op.execute(f"CREATE TRIGGER {name} AFTER {event}{only} BEGIN {does}; END")


def _postgresql(name: str, event: str, when: str, does: str) -> None:
    only = f" WHEN ({when.format(distinct='DISTINCT FROM')})" if when else ""
    op.execute(
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN {does}; RETURN NULL; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} AFTER {event} FOR EACH ROW{only} EXECUTE FUNCTION {name}()")
