"""Incidents, from officers' keys to the figures: two callers about one fire."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from ops.api import ask
from tests.live.calls import answer
from tests.live.dispatch import known, talking

if TYPE_CHECKING:
    from tests.live.centre import Centre
    from tests.live.phones import Phones

EMERGENCY, PRANK, ACCEPT = "*41", "*43", "*0"
ADD_DAMKAR = "*12"
UNTIL_S = 20.0


async def run(centre: Centre, *words: str) -> dict[str, Any]:
    """Run ``./siaga112 incidents …``, then tell how the incident of the first number is."""
    done = await asyncio.to_thread(centre.command, "incidents", *words, "--by", "Ani")
    assert done.returncode == 0, done.stderr
    return await one(centre, int(done.stdout.split()[0]))


async def one(centre: Centre, number: int) -> dict[str, Any]:
    """An incident, as the interface tells it."""
    return dict(await ask(centre.settings, "GET", f"/api/incidents/{number}"))


async def of_call(centre: Centre, call: str) -> dict[str, Any]:
    """The open incident that a call tells of, once there is one."""
    async with asyncio.timeout(UNTIL_S):
        while True:
            rows = await ask(centre.settings, "GET", "/api/incidents")
            for row in rows:
                if call in row["calls"]:
                    return dict(row)
            await asyncio.sleep(0.1)


def events(row: dict[str, Any]) -> list[tuple[str, str]]:
    """What its log says was done, and by whom."""
    return [(entry["what"], entry["who"]) for entry in row["log"]]


async def over_step_by_step(centre: Centre, number: str) -> None:
    """An incident from the first unit on scene to its end, as its log has it."""
    here = ("damkar", "--unit", "Pos 1")
    await run(centre, "arrive", number, *here)
    await run(centre, "ask", number, "3", "dua orang")
    await run(centre, "advise", number, "1")
    await run(centre, "note", number, "atap runtuh; ${SHELL(id)}")
    over = await run(centre, "close", number, "--why", "padam")
    assert (over["state"], over["how"]) == ("closed", "done")
    told = await asyncio.to_thread(centre.command, "incidents", "show", number, "--json")
    assert json.loads(told.stdout) == over
    assert over["opened"] <= over["dispatched"] <= over["on_scene"] <= over["closed"]
    done = events(over)
    assert done[0] == ("opened", "101")
    assert done[-5:] == [
        (what, "Ani") for what in ("arrived", "asked", "advised", "note", "closed")
    ]
    assert over["sop"]["ask"][2]["answer"] == "dua orang"


async def test_two_callers_about_one_fire(phones: Phones) -> None:
    """By the operators' keys each opens an incident; a human says that they are one.

    Who was brought in was sent; whoever accepts is known; the record of each call is its own.
    """
    centre = phones.centre
    await phones.log_in("101", "201")
    first = await talking(phones, centre.number())
    await first.officer.press_many(EMERGENCY)
    fire = await of_call(centre, first.id)
    assert (fire["state"], fire["emergency"], fire["units"]) == ("open", "operator", [])
    await run(centre, "kind", str(fire["id"]), "fire")
    where = ("--district", "sangatta utara", "--text", "pasar induk")
    placed = await run(centre, "place", str(fire["id"]), *where, "--at", "0.5003,117.5364")
    assert placed["district"]["name"] == "Sangatta Utara"

    number = centre.number()
    await phones.log_in("102")
    second = await talking(phones, number, "102")
    await second.officer.press_many(ADD_DAMKAR)
    damkar = await answer(phones, "201")
    await known(phones, number, lambda record: any(leg.agency == "damkar" and leg.talks
                                                   for leg in record.legs))  # fmt: skip
    await second.officer.press_many(EMERGENCY)
    same = await of_call(centre, second.id)
    assert same["state"] == "dispatched"
    assert [unit["agency"] for unit in same["units"]] == ["damkar"]
    await run(centre, "kind", str(same["id"]), "fire")
    near = await run(centre, "place", str(same["id"]), "--at", "0.5101,117.5364")
    assert [(each["id"], each["why"]) for each in near["maybe"]] == [(fire["id"], "position")]
    assert 1.0 < near["maybe"][0]["km"] < 1.2

    joined = await run(centre, "merge", str(same["id"]), str(fire["id"]))
    assert joined["id"] == fire["id"]
    assert joined["calls"] == [first.id, second.id]
    assert joined["state"] == "dispatched"
    gone = await one(centre, same["id"])
    assert (gone["state"], gone["how"], gone["into"]) == ("closed", "merged", fire["id"])

    await first.call.hang_up()
    await second.call.hang_up()
    await damkar.ended()
    await over_step_by_step(centre, str(fire["id"]))
    shown = await asyncio.to_thread(centre.command, "calls", "--json", "--limit", "100")
    ids = [json.loads(line)["id"] for line in shown.stdout.splitlines()]
    assert ids.count(first.id) == ids.count(second.id) == 1


async def test_who_is_brought_in_after_it_is_an_emergency_is_sent(phones: Phones) -> None:
    """With the record that says that it talks: once, and not while its handset only rings."""
    centre = phones.centre
    number = centre.number()
    await phones.log_in("101", "201")
    talk = await talking(phones, number)
    await talk.officer.press_many(EMERGENCY)
    opened = await of_call(centre, talk.id)
    await talk.officer.press_many(ADD_DAMKAR)
    ring = await phones.bank.ring("201")
    await ring.alert()
    assert (await one(centre, opened["id"]))["units"] == []
    await ring.answer()
    await known(phones, number, lambda record: any(leg.agency == "damkar" and leg.talks
                                                   for leg in record.legs))  # fmt: skip
    await talk.call.hang_up()
    await ring.ended()
    await known(phones, number, lambda record: record.ended is not None)
    sent = await one(centre, opened["id"])
    assert (sent["state"], [unit["agency"] for unit in sent["units"]]) == ("dispatched", ["damkar"])
    assert events(sent) == [("opened", "101"), ("sent", talk.id)]
    assert opened["opened"] <= sent["dispatched"]


async def test_what_turns_out_to_be_a_prank_is_no_incident(phones: Phones) -> None:
    """The operator takes it back, in the call or after it: nobody was sent, it is closed."""
    centre = phones.centre
    await phones.log_in("101")
    talk = await talking(phones, centre.number())
    await talk.officer.press_many(EMERGENCY)
    opened = await of_call(centre, talk.id)
    await talk.officer.press_many(PRANK)
    async with asyncio.timeout(UNTIL_S):
        while (gone := await one(centre, opened["id"]))["state"] != "closed":  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    assert (gone["how"], gone["calls"]) == ("withdrawn", [])
    await talk.call.hang_up()
