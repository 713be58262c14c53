"""The steps of an incident, each in a transaction that has the lock.

What is so is read, changed, and noted in the log.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, insert, select, text, update

from router.calls.record import ERASED, LegKind
from router.incidents import rules
from router.incidents.model import Answer, By, Event, How, Incident, Place, Said, Sop, State, Unit
from router.store import incident_rows
from router.store.errors import UnknownCallError
from router.store.incident_errors import (
    IncidentClosedError,
    NotInIncidentError,
    UnknownIncidentError,
)
from router.store.rows import from_us, to_us
from router.store.tables import (
    acceptances,
    call_positions,
    calls,
    incident_answers,
    incident_calls,
    incident_log,
    incident_units,
    incidents,
)
from router.store.text import storable
from siaga.places import position

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

CARRIER: Final = "carrier"
"""Who told a position, in an incident's log."""
UNKNOWN: Final = "operator"
"""Kind of an incident whose caller chose nothing."""
BROUGHT_IN: Final = (LegKind.ADD, LegKind.TRANSFER)
"""Whoever was rung into a call so, and came, was sent."""
_LOCK: Final = 0x1_1212_0008
NOTE_LIMIT: Final = 2000
"""Characters of one note."""


def lock(connection: Connection) -> None:
    """Have the incidents to oneself until the transaction ends, as SQLite's writers have all."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def open_for(call: str, said: Said, kind: str | None, connection: Connection) -> int:
    """:meth:`IncidentStore.open_for`, in a transaction that has the lock."""
    row = _call(connection, call)
    there = of_call(call, connection)
    if there is None:
        return _open(connection, row, said, kind)
    if there.closed is None:
        _take_known(connection, there.id, row)
    return there.id


def withdraw(call: str, said: Said, connection: Connection) -> None:
    """``call`` is no emergency: it tells of nothing any more; in a transaction with the lock."""
    there = of_call(call, connection)
    if there is None or there.closed is not None:
        return
    connection.execute(incident_calls.delete().where(incident_calls.c.call_id == call))
    _log(connection, there.id, said, Event.SPLIT, call)
    if rules.is_false_alarm(there.units, len(there.calls) - 1):
        _close(connection, there.id, How.WITHDRAWN, said.at)
        _log(connection, there.id, said, Event.CLOSED, str(How.WITHDRAWN))


def accepted(call: str, agency: str, said: Said, connection: Connection) -> None:
    """An agency goes to what ``call`` tells of, if it tells of anything; with the lock."""
    there = of_call(call, connection)
    if there is not None and there.closed is None:
        unit(there.id, Unit(agency, accepted=said.at), Event.ACCEPTED, said, connection)


def brought(call: str, connection: Connection) -> None:
    """Whoever was brought into ``call`` goes to what it tells of, if it does; with the lock."""
    there = of_call(call, connection)
    if there is not None and there.closed is None:
        _take_units(connection, there.id, _call(connection, call))


def erase(connection: Connection, node: str, ids: list[str]) -> None:
    """Forget what was said, and where it was, of incidents whose calls are all forgotten.

    The district stays, for the figures.
    """
    mine = and_(incident_calls.c.node == node, incident_calls.c.call_id.in_(ids))
    touched = connection.execute(select(incident_calls.c.incident).where(mine).distinct())
    for number in list(touched.scalars()):
        known = (
            select(calls.c.id)
            .join(
                incident_calls,
                and_(calls.c.node == incident_calls.c.node, calls.c.id == incident_calls.c.call_id),
            )
            .where(incident_calls.c.incident == number, calls.c.caller != ERASED)
        )
        if connection.execute(known.limit(1)).first() is not None:
            continue
        point = dict.fromkeys(("latitude", "longitude", "position_by"))
        empty = {"place": "", "village": None, **point}
        connection.execute(update(incidents).where(incidents.c.id == number), empty)
        told = (Event.NOTE, Event.PLACE, Event.CLOSED, Event.ASKED)
        said = incident_log.c.what.in_(told)
        theirs = and_(incident_log.c.incident == number, said)
        connection.execute(update(incident_log).where(theirs), {"text": ERASED})
        words = incident_answers.c.incident == number
        connection.execute(update(incident_answers).where(words), {"answer": ERASED})


def _call(connection: Connection, call: str) -> Any:
    query = select(calls.c.node, calls.c.id, calls.c.began, calls.c.emergency, calls.c.legs)
    row = connection.execute(query.where(calls.c.id == call)).first()
    if row is None:
        raise UnknownCallError(call)
    return row


def _open(connection: Connection, row: Any, said: Said, kind: str | None) -> int:
    values = {
        "emergency": storable(kind or row.emergency or UNKNOWN),
        "opened": to_us(said.at),
        "last": row.began,
        "state": str(State.OPEN),
        "place": "",
    }
    made = connection.execute(insert(incidents).returning(incidents.c.id), values).scalar_one()
    _log(connection, made, said, Event.OPENED, row.id)
    _put_call(connection, made, row)
    return int(made)


def _put_call(connection: Connection, number: int, row: Any) -> None:
    table = incident_calls
    mine = and_(table.c.node == row.node, table.c.call_id == row.id)
    connection.execute(table.delete().where(mine))
    values = {"node": row.node, "call_id": row.id, "incident": number, "began": row.began}
    connection.execute(insert(table), values)
    _take_known(connection, number, row)


def _take_known(connection: Connection, number: int, row: Any) -> None:
    """Who was brought into the call, or has accepted it, goes there; it is where the caller is."""
    _take_units(connection, number, row)
    located(connection, number, row.node, row.id)


def _take_units(connection: Connection, number: int, row: Any) -> None:
    known = [
        Unit(leg["agency"], sent=from_us(leg["rung"]))
        for leg in json.loads(row.legs or "[]")
        if leg["kind"] in BROUGHT_IN and leg["joined"] is not None
    ]
    table = acceptances
    theirs = and_(table.c.node == row.node, table.c.call_id == row.id)
    words = connection.execute(select(table.c.agency, table.c.at).where(theirs))
    known += [Unit(word.agency, accepted=from_us(word.at)) for word in words]
    new = [unit for unit in known if _put_unit(connection, number, unit)]
    for unit in new:
        step = (Event.SENT, unit.sent) if unit.sent else (Event.ACCEPTED, unit.accepted)
        if step[1] is not None:
            _log(connection, number, Said(row.id, step[1]), step[0], unit.agency)
    if new:
        _renew(connection, number)


def located(connection: Connection, number: int, node: str, call: str) -> None:
    """Where a call's carrier has the caller, unless somebody has told a better place already."""
    table = call_positions
    mine = and_(table.c.node == node, table.c.call_id == call)
    sent = connection.execute(select(*table.columns).where(mine)).first()
    before = get(number, connection).place
    if sent is None or before.position is not None:
        return
    where = position(sent.latitude, sent.longitude)
    told = replace(before, district=before.district or sent.district, position=where, by=By.CARRIER)
    around = "" if sent.accuracy is None else f" ±{sent.accuracy:.0f} m"
    shown = f"{where.latitude:.5f},{where.longitude:.5f}{around}"
    place(number, told, Said(CARRIER, from_us(sent.at)), shown, connection)


def get(number: int, connection: Connection) -> Incident:
    """One of them."""
    found = incident_rows.read(connection, incidents.c.id == number)
    if not found:
        raise UnknownIncidentError(number)
    return found[0]


def _open_one(number: int, connection: Connection) -> Incident:
    found = get(number, connection)
    if found.closed is not None:
        raise IncidentClosedError(number)
    return found


def of_call(call: str, connection: Connection) -> Incident | None:
    """The incident that a call tells of."""
    mine = select(incident_calls.c.incident).where(incident_calls.c.call_id == call)
    number = connection.execute(mine).scalar()
    return None if number is None else get(number, connection)


def join(number: int, call: str, said: Said, connection: Connection) -> None:
    """:meth:`IncidentStore.join`."""
    row = _call(connection, call)
    into = _open_one(number, connection)
    if call in into.calls:
        return
    before = of_call(call, connection)
    _put_call(connection, number, row)
    last = max(row.began, to_us(into.last))
    connection.execute(update(incidents).where(incidents.c.id == number), {"last": last})
    _log(connection, number, said, Event.JOINED, call)
    if before is not None and before.closed is None:
        _log(connection, before.id, said, Event.SPLIT, call)
        if rules.is_false_alarm(before.units, len(before.calls) - 1):
            _merged(connection, before.id, number, said)


def split(call: str, said: Said, connection: Connection) -> int:
    """:meth:`IncidentStore.split`."""
    row = _call(connection, call)
    before = of_call(call, connection)
    if before is None or len(before.calls) < 2:
        raise NotInIncidentError(
            f"Panggilan {call[:64]} tidak bersama panggilan lain dalam satu kejadian.\n"
            f"Call {call[:64]} tells of no incident that another call tells of."
        )
    made = _open(connection, row, said, before.emergency)
    _log(connection, before.id, said, Event.SPLIT, call)
    return made


def merge(number: int, into: int, said: Said, connection: Connection) -> None:
    """:meth:`IncidentStore.merge`."""
    one, other = get(number, connection), _open_one(into, connection)
    if into in (one.into, number):
        return
    if one.closed is not None:
        raise IncidentClosedError(number)
    theirs = incident_calls.c.incident == number
    connection.execute(update(incident_calls).where(theirs), {"incident": into})
    last = max(to_us(one.last), to_us(other.last))
    place = {} if other.place != Place() else _place_values(one.place)
    target = incidents.c.id == into
    connection.execute(update(incidents).where(target), {"last": last, **place})
    for unit in one.units:
        _put_unit(connection, into, unit)
    connection.execute(incident_units.delete().where(incident_units.c.incident == number))
    answers = incident_answers.c.incident == number
    connection.execute(update(incident_answers).where(answers), {"incident": into})
    _log(connection, into, said, Event.JOINED, f"#{number}")
    _merged(connection, number, into, said)
    _renew(connection, into)


def _merged(connection: Connection, number: int, into: int, said: Said) -> None:
    _close(connection, number, How.MERGED, said.at, into)
    _log(connection, number, said, Event.CLOSED, merged_text(into))


def merged_text(into: int) -> str:
    """How the log tells of an incident that it went up in another."""
    return f"→ #{into}"


def kind(number: int, kind: str, said: Said, connection: Connection) -> None:
    """:meth:`IncidentStore.set_kind`."""
    if _open_one(number, connection).emergency != kind:
        mine = incidents.c.id == number
        connection.execute(update(incidents).where(mine), {"emergency": storable(kind)})
        _log(connection, number, said, Event.KIND, kind)


def place(number: int, place: Place, said: Said, shown: str, connection: Connection) -> None:
    """:meth:`IncidentStore.set_place`."""
    if _open_one(number, connection).place != place:
        mine = incidents.c.id == number
        connection.execute(update(incidents).where(mine), _place_values(place))
        _log(connection, number, said, Event.PLACE, shown)


def _place_values(place: Place) -> dict[str, Any]:
    point = place.position
    return {
        "district": place.district,
        "village": place.village,
        "place": storable(place.text),
        "latitude": None if point is None else point.latitude,
        "longitude": None if point is None else point.longitude,
        "position_by": None if point is None else str(place.by or By.OPERATOR),
    }


def note(number: int, words: str, said: Said, connection: Connection) -> None:
    """:meth:`IncidentStore.note`."""
    get(number, connection)
    _log(connection, number, said, Event.NOTE, words)


def answered(number: int, answer: Answer, connection: Connection) -> None:
    """:meth:`IncidentStore.answer`."""
    get(number, connection)
    values = {
        "incident": number,
        "at": to_us(answer.at),
        "who": storable(answer.who),
        "kind": str(answer.kind),
        "text": storable(answer.text),
        "answer": storable(answer.answer, NOTE_LIMIT),
    }
    connection.execute(insert(incident_answers), values)
    what = Event.ASKED if answer.kind is Sop.ASK else Event.ADVISED
    _log(connection, number, Said(answer.who, answer.at), what, answer_text(answer))


def answer_text(answer: Answer) -> str:
    """How the log tells of a question and its answer, or of advice."""
    return f"{answer.text} {answer.answer}".rstrip()


def unit(number: int, unit: Unit, what: Event, said: Said, connection: Connection) -> None:
    """A step of a unit; the first time of each counts."""
    _open_one(number, connection)
    if _put_unit(connection, number, unit):
        _log(connection, number, said, what, " ".join(filter(None, (unit.agency, unit.name))))
        _renew(connection, number)


def _put_unit(connection: Connection, number: int, unit: Unit) -> bool:
    """Keep its times; the first of each counts. False: nothing is new."""
    table = incident_units
    key = {"incident": number, "agency": storable(unit.agency), "name": storable(unit.name)}
    mine = and_(*(table.c[name] == value for name, value in key.items()))
    times = {
        name: to_us(at)
        for name, at in (
            ("sent", unit.sent),
            ("accepted", unit.accepted),
            ("arrived", unit.arrived),
        )
        if at is not None
    }
    row = connection.execute(select(*table.columns).where(mine)).first()
    if row is None:
        connection.execute(insert(table), {**key, **times})
        return True
    new = {name: at for name, at in times.items() if getattr(row, name) is None}
    if new:
        connection.execute(update(table).where(mine), new)
    return bool(new)


def _renew(connection: Connection, number: int) -> None:
    """State and its times, as they follow from the units."""
    found = get(number, connection)
    went = [at for unit in found.units for at in (unit.sent, unit.accepted) if at is not None]
    came = [unit.arrived for unit in found.units if unit.arrived is not None]
    values = {
        "state": str(rules.state(found)),
        "dispatched": to_us(min(went)) if went else None,
        "on_scene": to_us(min(came)) if came else None,
    }
    connection.execute(update(incidents).where(incidents.c.id == number), values)


def finish(number: int, why: str, said: Said, connection: Connection) -> None:
    """:meth:`IncidentStore.finish`."""
    if get(number, connection).closed is None:
        _close(connection, number, How.DONE, said.at)
        _log(connection, number, said, Event.CLOSED, why)


def _close(
    connection: Connection, number: int, how: How, now: datetime, into: int | None = None
) -> None:
    values = {"state": str(State.CLOSED), "closed": to_us(now), "how": str(how), "into": into}
    connection.execute(update(incidents).where(incidents.c.id == number), values)


def _log(connection: Connection, number: int, said: Said, what: Event, about: str) -> None:
    values = {
        "incident": number,
        "at": to_us(said.at),
        "who": storable(said.who),
        "what": str(what),
        "text": storable(about, NOTE_LIMIT),
    }
    connection.execute(insert(incident_log), values)
