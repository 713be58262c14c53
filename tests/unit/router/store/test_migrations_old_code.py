"""Migrations run while the program of before still works: what it says to the database goes on."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from router.store import migrate
from router.store.schema import alembic_config

if TYPE_CHECKING:
    from siaga.settings import Settings

SAID = (Path(__file__).parent / "program_0001.sql").read_text(encoding="utf-8")
PROGRAM = dict(re.findall(r"-- (\w+)\n(.+?);\n", SAID, re.DOTALL))
"""Each statement by name, written down when it was the program's."""

CALL: dict[str, Any] = {
    "node": "node1",
    "id": "node1-1.1",
    "began": 1,
    "caller": "0812",
    "source": "live",
    "steps": "[]",
    "change": 1,
    "ended": 2,
}
NOTIFICATION: dict[str, Any] = {
    "id": "n1",
    "node": "node1",
    "call_id": "node1-1.1",
    "agency": "damkar",
    "event": "ringing",
    "channel": "webhook",
    "payload": "{}",
    "created": 1,
    "attempts": 0,
    "next_try": 1,
}


def asked(name: str, **values: Any) -> tuple[str, dict[str, Any]]:
    """A statement with values for everything it names."""
    sql = PROGRAM[name]
    named = set(re.findall(r":(\w+)", sql))
    return sql, {key: values.get(key) for key in named}


async def test_statements_of_the_first_program_work_on_the_newest_schema(
    settings: Settings,
) -> None:
    """A call, its notification and the place in the file are written and read as they were."""
    await migrate(settings)
    with closing(sqlite3.connect(settings.home / "siaga.db")) as database:
        assert database.execute(*asked("numbers", node="node1", count=3)).fetchone() == (3,)
        for _ in range(2):  # each can be repeated
            database.execute(*asked("upsert_call", **CALL))
            database.execute(*asked("insert_notification", **NOTIFICATION))
            database.execute(*asked("upsert_position", node="node1", file="a", offset=7))
        database.execute(*asked("upsert_call", **{**CALL, "caller": "0813"}))
        database.commit()
        database.row_factory = sqlite3.Row
        (call,) = database.execute(*asked("read_calls")).fetchall()
        assert (call["id"], call["caller"], call["ended"]) == ("node1-1.1", "0813", 2)
        (notification,) = database.execute(*asked("read_outbox")).fetchall()
        assert (notification["id"], notification["delivered"]) == ("n1", None)
        (place,) = database.execute(*asked("read_cel_positions")).fetchall()
        assert (place["file"], place["offset"]) == ("a", 7)


def test_no_migration_leaves_less_than_it_found() -> None:
    """No migration drops or renames: that is for the version after, when nobody asks any more."""
    folder = Path(alembic_config().get_main_option("script_location") or "") / "versions"
    for path in sorted(folder.glob("v*.py")):
        upgrade = path.read_text(encoding="utf-8").partition("def downgrade")[0]
        assert not re.search(r"drop_column|drop_table|new_column_name|rename_table", upgrade), path
