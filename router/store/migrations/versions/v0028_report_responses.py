"""What reports keep of messages and incidents, and triggers that tell which of it is no longer so.

Also indexes of what a router looks for when it starts, which was to read all calls.

Only adds indexes, columns that may be empty, and triggers that add rows to a table: a program of
the revision before that still runs goes on, and what it keeps is not used by this one.

A table with a trigger that is ever copied to change it (``batch_alter_table`` on SQLite) needs its
triggers made anew.
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

ADD = "INSERT INTO report_stale (began, until) "
CALL = "SELECT began, began FROM calls WHERE node = {row}.node AND id = {row}.call_id"
INCIDENT = "SELECT opened, opened FROM incidents WHERE id = {row}.incident"
EITHER = "SELECT opened, opened FROM incidents WHERE id IN (OLD.incident, NEW.incident)"
TOLD = (
    "SELECT i.opened, i.opened FROM incident_calls t JOIN incidents i ON i.id = t.incident"
    " WHERE t.node = OLD.node AND t.call_id = OLD.id"
)
PLACED = (
    "UNION ALL SELECT c.began, c.began FROM incident_calls t JOIN calls c"
    " ON c.node = t.node AND c.id = t.call_id WHERE t.incident = OLD.id"
)
TIMES = ("opened", "emergency", "district", "dispatched", "on_scene", "how")
TRIGGERS = (
    ("told", "INSERT ON outbox", "NEW.token IS NOT NULL", CALL.format(row="NEW")),
    (
        "told_other",
        "UPDATE OF agency, created, token ON outbox",
        "COALESCE(OLD.token, NEW.token) IS NOT NULL",
        CALL.format(row="NEW"),
    ),
    ("untold", "DELETE ON outbox", "OLD.token IS NOT NULL", CALL.format(row="OLD")),
    ("accepted", "INSERT ON acceptances", "", CALL.format(row="NEW")),
    ("accepted_other", "UPDATE ON acceptances", "", CALL.format(row="NEW")),
    ("unaccepted", "DELETE ON acceptances", "", CALL.format(row="OLD")),
    ("incident_opened", "INSERT ON incidents", "", "VALUES (NEW.opened, NEW.opened)"),
    (
        "incident_timed",
        f"UPDATE OF {', '.join(TIMES)} ON incidents",
        " OR ".join(f"OLD.{each} IS {{distinct}} NEW.{each}" for each in TIMES),
        "VALUES (OLD.opened, OLD.opened), (NEW.opened, NEW.opened)",
    ),
    ("incident_gone", "DELETE ON incidents", "", f"SELECT OLD.opened, OLD.opened {PLACED}"),
    ("incident_call", "INSERT ON incident_calls", "", INCIDENT.format(row="NEW")),
    ("incident_call_other", "UPDATE ON incident_calls", "", EITHER),
    ("incident_call_gone", "DELETE ON incident_calls", "", INCIDENT.format(row="OLD")),
    ("told_call_gone", "DELETE ON calls", "", TOLD),
    ("unit", "INSERT ON incident_units", "", INCIDENT.format(row="NEW")),
    ("unit_other", "UPDATE ON incident_units", "", EITHER),
    ("unit_gone", "DELETE ON incident_units", "", INCIDENT.format(row="OLD")),
)


def upgrade() -> None:
    """Make them."""
    for table in ("report_hours", "report_days"):
        op.add_column(table, sa.Column("responses", sa.LargeBinary))
    indexes = (
        (
            "ix_calls_unfiled",
            "began",
            "ended IS NOT NULL AND recording_path IS NOT NULL AND recording_sha256 IS NULL",
        ),
        ("ix_calls_by_system", "ended", "reason = 'system'"),
    )
    for name, column, which in indexes:
        only = sa.text(which)
        op.create_index(name, "calls", ["node", column], sqlite_where=only, postgresql_where=only)
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
