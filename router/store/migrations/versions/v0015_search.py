"""What calls are searched by, in the call's own row and in one index.

Only adds columns that may be empty, and an index: a router of revision 0014 that still runs goes on
writing. What it writes of a call's agencies and classes until it is replaced is not found by them.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_BATCH = 1000
_LIMIT = 500
_TESTS = "test/"


def upgrade() -> None:
    """Add the columns, fill them for the calls that are there, and make the index."""
    op.add_column("calls", sa.Column("agencies", sa.Text))
    op.add_column("calls", sa.Column("test", sa.Integer))
    op.add_column("calls", sa.Column("class", sa.Text))
    connection = op.get_bind()
    _fill(connection)
    connection.execute(
        sa.text(
            "UPDATE calls SET class = given.kind FROM call_classes AS given"
            " WHERE given.node = calls.node AND given.call_id = calls.id"
            " AND given.id IN (SELECT MAX(id) FROM call_classes GROUP BY node, call_id)"
        )
    )
    op.create_index(
        "ix_calls_search",
        "calls",
        [
            "began",
            "node",
            "id",
            "caller",
            "outcome",
            "emergency",
            "agencies",
            "class",
            "test",
        ],
    )


def _fill(connection: sa.Connection) -> None:
    read = sa.text(
        "SELECT node, id, steps, legs, answered_by, recording_path FROM calls"
        " WHERE (node, id) > (:node, :id) ORDER BY node, id LIMIT :limit"
    )
    write = sa.text(
        "UPDATE calls SET agencies = :agencies, test = :test WHERE node = :node AND id = :id"
    )
    node = call = ""
    while rows := connection.execute(read, {"node": node, "id": call, "limit": _BATCH}).all():
        node, call = rows[-1].node, rows[-1].id
        connection.execute(
            write,
            [
                {
                    "node": row.node,
                    "id": row.id,
                    "agencies": _agencies(row),
                    "test": int((row.recording_path or "").startswith(_TESTS)),
                }
                for row in rows
            ],
        )


def _agencies(row: sa.Row[tuple[str, ...]]) -> str:
    rung = [each["agency"] for text in (row.steps, row.legs) for each in json.loads(text or "[]")]
    found = dict.fromkeys([*rung, *([row.answered_by] if row.answered_by else [])])
    text = "".join(f"|{agency}" for agency in found) + "|" if found else ""
    return text[:_LIMIT]
