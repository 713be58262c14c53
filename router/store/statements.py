"""The writing statements, in the dialect of the database. All of them can be repeated.

The upsert of a call follows :func:`router.store.merge.supersede`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, bindparam, case, func, or_
from sqlalchemy.dialects import postgresql, sqlite

from router.calls.record import ERASED
from router.store.tables import calls, cel_positions, change_counters, outbox

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Executable, Table

_KEY: Final = ("node", "id")
_RECORDING: Final = ("recording_path", "recording_sha256", "recording_ms")
_ELSEWHERE: Final = frozenset({"class", "claimed_by", "claimed_until"})
"""Columns that others write."""
_SAYS_NOTHING_NEW: Final = ("source", "change")
"""Columns that are no news by themselves."""


@dataclass(frozen=True, slots=True)
class Statements:
    """What the writer executes.

    Attributes:
        numbers: adds ``count`` to a ``node``'s counter, gives the new value, locks it.
        upsert_call: takes rows of ``calls``.
        insert_notification: takes rows of ``outbox``; one that is there already stays as it is.
        upsert_position: takes rows of ``cel_positions``.
    """

    numbers: Executable
    upsert_call: Executable
    insert_notification: Executable
    upsert_position: Executable


def statements(dialect: str) -> Statements:
    """The statements for ``sqlite`` or ``postgresql``."""
    insert = _insert(dialect)
    return Statements(
        numbers=_numbers(insert),
        upsert_call=_upsert_call(insert),
        insert_notification=insert_once(dialect, outbox),
        upsert_position=_upsert_position(insert),
    )


def insert_once(dialect: str, table: Table) -> Executable:
    """Takes rows of the table; one that is there already stays as it is."""
    done: Executable = _bound(_insert(dialect), table).on_conflict_do_nothing()
    return done


def _insert(dialect: str) -> Any:
    return postgresql.insert if dialect == "postgresql" else sqlite.insert


def _bound(insert: Any, table: Table) -> Any:
    names = [column.name for column in table.columns if column.name not in _ELSEWHERE]
    return insert(table).values({name: bindparam(name) for name in names})


def _numbers(insert: Any) -> Executable:
    statement = insert(change_counters).values(node=bindparam("node"), value=bindparam("count"))
    done: Executable = statement.on_conflict_do_update(
        index_elements=[change_counters.c.node],
        set_={"value": change_counters.c.value + statement.excluded.value},
    ).returning(change_counters.c.value)
    return done


def _upsert_position(insert: Any) -> Executable:
    statement = _bound(insert, cel_positions)
    done: Executable = statement.on_conflict_do_update(
        index_elements=[cel_positions.c.node],
        set_={"file": statement.excluded.file, "offset": statement.excluded.offset},
    )
    return done


def _upsert_call(insert: Any) -> Executable:
    statement = _bound(insert, calls)
    new = statement.excluded
    merged: dict[str, ColumnElement[Any]] = {
        column.name: new[column.name]
        for column in calls.columns
        if column.name not in _KEY and column.name not in _ELSEWHERE
    }
    merged |= _merged_recording(new)
    merged["caller"] = case((calls.c.caller == ERASED, ERASED), else_=new.caller)
    news = [
        calls.c[name].is_distinct_from(value)
        for name, value in merged.items()
        if name not in _SAYS_NOTHING_NEW
    ]
    reopens = and_(calls.c.ended.is_not(None), new.ended.is_(None))
    done: Executable = statement.on_conflict_do_update(
        index_elements=[calls.c.node, calls.c.id],
        set_=merged,
        where=and_(~reopens, or_(*news)),
    )
    return done


def _merged_recording(new: Any) -> dict[str, ColumnElement[Any]]:
    same_file = or_(new.recording_path.is_(None), new.recording_path == calls.c.recording_path)
    merged: dict[str, ColumnElement[Any]] = {
        name: case((same_file, func.coalesce(new[name], calls.c[name])), else_=new[name])
        for name in _RECORDING
    }
    # Whether it is a test is told by the path.
    kept = func.coalesce(calls.c.test, new.test)
    merged["test"] = case((new.recording_path.is_(None), kept), else_=new.test)
    return merged
