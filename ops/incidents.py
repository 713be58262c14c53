"""``siaga112 incidents``: what has happened, what is done about it. Works without the router."""

from __future__ import annotations

import json
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from ops.printing import printable
from ops.storage.database import opened
from router.incidents.desk import IncidentDesk
from router.incidents.locate import Locator
from router.incidents.model import Sop
from router.incidents.placing import Told
from router.store import IncidentStore
from router.store.locations import LinkStore
from siaga import places
from siaga.plan import load_plan
from siaga.plan.versions import person

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from siaga.settings import Settings

STATES: Final = {
    "open": "terbuka / open",
    "dispatched": "dikirim / dispatched",
    "on_scene": "di lokasi / on scene",
    "closed": "selesai / closed",
}
HOW: Final = {
    "done": "",
    "merged": "digabung ke / merged into",
    "withdrawn": "bukan darurat / no emergency",
}
WHY: Final = {
    "position": "berdekatan / near each other",
    "village": "desa sama / same village",
    "district": "kecamatan sama / same district",
    "time": "waktu sama, tempat belum diketahui / same time, place not known yet",
}
EVENTS: Final = {
    "opened": "dibuka / opened",
    "joined": "bergabung / joined",
    "split": "dipisah / split off",
    "kind": "jenis / kind",
    "place": "tempat / place",
    "note": "catatan / note",
    "asked": "ditanyakan / asked",
    "advised": "dinasihatkan / advised",
    "sent": "dikirim / sent",
    "accepted": "berangkat / goes",
    "arrived": "tiba / arrived",
    "closed": "ditutup / closed",
}


async def show(settings: Settings, newest: int | None, *, as_json: bool) -> None:
    """Print those that are not closed, or the newest, closed or not."""
    async with _desk(settings) as desk:
        rows = await desk.rows() if newest is None else await desk.newest(newest)
    if as_json:
        for row in rows:
            sys.stdout.write(json.dumps(row) + "\n")
        return
    lines = [printable(line) for row in rows for line in _told(row)]
    nothing = "Tidak ada kejadian / no incident."
    sys.stdout.write("\n".join(lines or [nothing]) + "\n")


async def show_one(settings: Settings, number: int, *, as_json: bool) -> None:
    """Print one of them with its log.

    Raises:
        UnknownIncidentError: there is none of this number.
    """
    async with _desk(settings) as desk:
        row = await desk.row(number)
    if as_json:
        sys.stdout.write(json.dumps(row) + "\n")
        return
    lines = [*_told(row), *(f"    {call}" for call in row["calls"])]
    lines += _sop(row["sop"])
    for entry in row["log"]:
        what = EVENTS.get(entry["what"], entry["what"])
        lines.append(f"    {entry['at']}  {entry['who']}  {what}: {entry['text']}")
    sys.stdout.write("\n".join(map(printable, lines)) + "\n")


async def change(settings: Settings, verb: str, told: Mapping[str, Any]) -> str:
    """Change one at somebody's word; gives what to say.

    Raises:
        StoreError, WrongWordError, UnknownPlaceError: nothing was changed.
    """
    words = {name: value for name, value in told.items() if name not in ("number", "by")}
    who, number = person(told["by"]), int(told.get("number") or 0)
    async with _desk(settings) as desk:
        if verb == "open":
            number = await desk.open(words["call"], who, words["kind"])
        elif verb == "split":
            number = await desk.split(words["call"], who)
        elif verb in ("send", "accept", "arrive"):
            await desk.step(number, verb, words["agency"], words["unit"], who)
        elif verb == "place":
            await desk.place(number, who, Told(**words))
        elif verb in frozenset(Sop):
            await desk.answer(number, Sop(verb), words["place"], words["answer"], who)
        elif verb == "close":
            await desk.close(number, words["text"], who)
        else:
            await getattr(desk, verb)(number, *words.values(), who)
        shown = await desk.row(int(words["into"]) if verb == "merge" else number)
    return "\n".join(map(printable, _told(shown)))


async def locate(settings: Settings, call: str, by: str | None) -> str:
    """Have the caller asked by message to send where they are; gives what to say.

    Raises:
        NotAskedError, UnknownCallError, TooManyLinksError: nothing was sent.
    """
    async with opened(settings) as engine:
        links = LinkStore(engine)
        try:
            incident = await Locator(links, settings.gateways).ask(call, person(by))
        finally:
            links.close()
    return f"Tautan dikirim, kejadian {incident}. / A link was sent, incident {incident}."


def _told(row: dict[str, Any]) -> Iterator[str]:
    where = [row["place"], *(each["name"] for each in (row["village"], row["district"]) if each)]
    if row["latitude"] is not None:
        where.append(f"{row['latitude']:.5f},{row['longitude']:.5f} ({row['position_by']})")
    state = STATES[row["state"]]
    if row["how"] and HOW.get(row["how"]):
        state += f", {HOW[row['how']]}" + (f" {row['into']}" if row["into"] else "")
    yield (
        f"{row['id']}  {row['opened']}  {row['emergency']}  {state}  "
        f"{', '.join(filter(None, where)) or '?'}  panggilan / calls: {len(row['calls'])}"
    )
    for unit in row["units"]:
        name = " ".join(filter(None, (unit["agency"], unit["name"])))
        steps = (("sent", "dikirim / sent"), ("accepted", "berangkat / goes"),
                 ("arrived", "tiba / arrived"))  # fmt: skip
        times = [f"{words} {unit[step]}" for step, words in steps if unit[step]]
        yield f"    {name}: {', '.join(times)}"
    for other in row["maybe"]:
        km = "" if other["km"] is None else f", {other['km']} km"
        yield (
            f"    mungkin sama dengan / maybe the same as {other['id']}: {WHY[other['why']]}{km}"
        )


def _sop(sop: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    """What is to be asked and advised, and what of it was."""
    for kind, title in (("ask", "Tanyakan / ask"), ("advise", "Nasihat / advise")):
        if sop[kind]:
            yield f"    {title}:"
        for each in sop[kind]:
            told = (
                "" if each["at"] is None else f"  → {each['answer']} ({each['at']}, {each['who']})"
            )
            yield f"      {each['number'] or '-'}  {each['text']}{told}"


@asynccontextmanager
async def _desk(settings: Settings) -> AsyncIterator[IncidentDesk]:
    regency = places.load(settings.places)
    async with opened(settings) as engine:
        plan = load_plan(settings.plan_in_force).plan
        store = IncidentStore(engine)
        try:
            yield IncidentDesk(store, lambda: plan, regency)
        finally:
            store.close()
