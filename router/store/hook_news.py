"""What subscribers are told enters their outbox in the transaction in which it becomes so."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import structlog
from sqlalchemy import func, select

from router.hooks import calls as of_calls
from router.hooks.model import OLDEST, Happening, Hook, HookEvent
from router.hooks.posts import IncidentData, moment, optional, payload, post_id
from router.incidents.model import Event
from router.store import incident_rows
from router.store.hook_tables import hook_posts, hooks
from router.store.refusal import is_refusal
from router.store.rows import from_row, from_us, to_us
from router.store.statements import insert_once
from router.store.tables import incident_calls, incident_log, incidents

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Executable, RowMapping

    from router.incidents.model import Incident

log = structlog.get_logger(__name__)

INCIDENTS: Final = frozenset(
    {HookEvent.INCIDENT_OPENED, HookEvent.INCIDENT_CHANGED, HookEvent.INCIDENT_CLOSED}
)
_KNOWN: Final = frozenset(HookEvent)
_AS: Final = {
    Event.OPENED: HookEvent.INCIDENT_OPENED,
    Event.CLOSED: HookEvent.INCIDENT_CLOSED,
}
_once = lru_cache(insert_once)


def hook_of(row: RowMapping) -> Hook:
    """The subscription of a row."""
    until, paused = row["former_until"], row["paused"]
    return Hook(
        id=row["id"],
        name=row["name"],
        address=row["address"],
        events=frozenset(HookEvent(name) for name in row["events"].split() if name in _KNOWN),
        personal=bool(row["personal"]),
        secret=row["secret"],
        made=from_us(row["made"]),
        who=row["who"],
        since=from_us(row["since"]),
        paused=None if paused is None else from_us(paused),
        former=row["former"] or "",
        former_until=None if until is None else from_us(until),
    )


def told(connection: Connection, events: frozenset[HookEvent]) -> list[Hook]:
    """Who is told of at least one of these now."""
    query = select(*hooks.columns).where(hooks.c.paused.is_(None), hooks.c.removed.is_(None))
    found = (hook_of(row) for row in connection.execute(query).mappings())
    return [hook for hook in found if hook.events & events]


def tell(
    connection: Connection,
    happenings: Iterable[Happening],
    among: Sequence[Hook] | None = None,
    now: datetime | None = None,
) -> None:
    """Have subscribers told; what they were told before stays as it is.

    Args:
        connection: in the transaction that makes it so.
        happenings: what happened.
        among: those who may be told; None: all.
        now: the time.
    """
    if among is None:
        among = told(connection, _KNOWN)
    if not among:
        return
    try:
        with connection.begin_nested():
            put(connection, list(_rows(happenings, among, now or datetime.now(UTC))))
    except Exception as error:
        if not is_refusal(error):
            raise
        # Whatever there is about a post: what it would have told of is kept all the same.
        log.error("hooks_not_told", error=type(error).__name__)  # noqa: TRY400 (numbers)


def _rows(
    happenings: Iterable[Happening], among: Iterable[Hook], now: datetime
) -> Iterator[dict[str, Any]]:
    for happening in happenings:
        for hook in among:
            fresh = happening.at >= hook.since and now - happening.at <= OLDEST
            if fresh and happening.event in hook.events:
                yield _row(happening, hook, now)


def put(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Have these posted."""
    if rows:
        connection.execute(_statement(connection), rows)


def _statement(connection: Connection) -> Executable:
    return _once(connection.dialect.name, hook_posts)


def _row(happening: Happening, hook: Hook, now: datetime) -> dict[str, Any]:
    return {
        "id": post_id(happening, hook.id),
        "node": happening.node,
        "call_id": happening.call,
        "event": str(happening.event),
        "payload": payload(happening, hook),
        "created": to_us(happening.at),
        "attempts": 0,
        "next_try": to_us(now),
        "delivered": None,
        "given_up": None,
        "last_error": None,
        "target": hook.id,
    }


def one(happening: Happening, hook: Hook, now: datetime) -> dict[str, Any]:
    """The row that tells one subscription, whatever it has subscribed to."""
    return _row(happening, hook, now)


def tell_calls(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Tell what rows of ``calls`` say has happened, those just written."""
    among = told(connection, of_calls.EVENTS)
    if among:
        records = (from_row(row) for row in rows)
        tell(connection, (each for record in records for each in of_calls.told(record)), among)


@contextmanager
def incidents_told(connection: Connection) -> Iterator[None]:
    """Tells what is noted in incidents' logs within the block; in a transaction with their lock."""
    among = told(connection, INCIDENTS)
    if not among:
        yield
        return
    last = connection.execute(select(func.max(incident_log.c.id))).scalar() or 0
    yield
    query = select(*incident_log.columns).where(incident_log.c.id > last)
    rows = list(connection.execute(query.order_by(incident_log.c.id)))
    if not rows:
        return
    numbers = {row.incident for row in rows}
    found = {each.id: each for each in incident_rows.read(connection, incidents.c.id.in_(numbers))}
    known, nodes = frozenset(Event), _nodes(connection, numbers)
    made = (
        # What is older goes first, and these are often of one moment.
        _incident(row, found[row.incident], nodes.get(row.incident, ""), row.at + place)
        for place, row in enumerate(rows)
        if row.what in known
    )
    tell(connection, made, among)


def _nodes(connection: Connection, numbers: set[int]) -> dict[int, str]:
    """Of incidents, one of the nodes that their calls came to."""
    table = incident_calls
    query = select(table.c.incident, func.min(table.c.node)).where(table.c.incident.in_(numbers))
    return {row[0]: row[1] for row in connection.execute(query.group_by(table.c.incident))}


def _incident(row: Any, after: Incident, node: str, at_us: int) -> Happening:
    """What a line of an incident's log tells, with the incident as it is after all of them."""
    place, point = after.place, after.place.position
    data = IncidentData(
        incident=after.id,
        change=row.what,
        emergency=after.emergency,
        state=str(after.state),
        opened=moment(after.opened),
        closed=optional(after.closed),
        how=None if after.how is None else str(after.how),
        into=after.into,
        district=place.district,
        calls=list(after.calls),
        agencies=sorted({unit.agency for unit in after.units}),
        village=place.village,
        place=place.text,
        latitude=None if point is None else point.latitude,
        longitude=None if point is None else point.longitude,
    )
    event = _AS.get(Event(row.what), HookEvent.INCIDENT_CHANGED)
    return Happening(event, from_us(at_us), node, (str(row.incident), str(row.id)), data)
