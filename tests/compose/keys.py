"""What officers do by the keys of a handset: an agency is brought in, they log in with a PIN."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from ops.phone.transfer import dial
from siaga.keys import DESK_KEYS, LOGIN, LOGOUT
from tests.compose.calls import CALLER_HZ, OFFICER_HZ
from tests.compose.desk import Desk, expect, over
from tests.compose.listening import OTHER_HZ, hears_among
from tests.compose.plan import OFFICER
from tests.compose.stack import NODES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ops.phone import Call, Ring

ADD_RSUD, LEAVE = "*13", "*3"


async def brought_in(desk: Desk) -> str:
    """An officer brings an agency in by keys, three hear each other, and he leaves by a key."""
    talk = await desk.talk("0", "101")
    number, calling, ring = talk.number, talk.calling, talk.ring
    await ring.press_many(ADD_RSUD)
    agency = await desk.take("301")
    expect("shown", (agency.caller_name, agency.caller_number), ("GABUNG PETUGAS", number))
    await three(calling, ring, agency)
    await ring.press_many(LEAVE)
    await ring.ended()
    ring.stop_tone()
    await asyncio.gather(calling.hears(OTHER_HZ), agency.hears(CALLER_HZ))
    expect("keys that others heard", calling.heard.keys + agency.heard.keys, [])
    await calling.hang_up()
    await agency.ended()
    row = await desk.record(number, over)
    legs = [(leg["kind"], leg["handset"], leg["end"]) for leg in row["legs"]]
    expect("legs", legs, [("route", "101", "released"), ("add", "301", "call_ended")])
    return f"at {row['node']}"


async def three(calling: Call, ring: Ring, agency: Ring) -> None:
    """Each of three hears both others."""
    calling.play_tone(CALLER_HZ)
    ring.play_tone(OFFICER_HZ)
    agency.play_tone(OTHER_HZ)
    await hears_among(calling, OFFICER_HZ, OTHER_HZ)
    await hears_among(ring, CALLER_HZ, OTHER_HZ)
    await hears_among(agency, CALLER_HZ, OFFICER_HZ)


async def logged_in(desk: Desk) -> str:
    """An officer logs in with a PIN at a handset, and each node's calls there are his."""
    node = next(iter(NODES))
    told = json.loads(await desk.inside(node, "cat", "/var/lib/siaga112/secrets.json"))
    await _dialled(desk, LOGIN, f"{OFFICER}#{told['officers'][OFFICER]}#")
    try:
        rows = [await _answered(desk) for _ in NODES]
    finally:
        await _dialled(desk, LOGOUT)
    rows += [await _answered(desk) for _ in NODES]
    found = [row["officer"] for row in rows]
    expect("officers", found, [OFFICER] * len(NODES) + [None] * len(NODES))
    return f"calls of {', '.join(row['node'] for row in rows)}"


async def _dialled(desk: Desk, what: str, keys: str = "") -> None:
    """Dial it at the officers' handset, enter what is asked, and be let go."""
    asked = await dial(desk.desk, "101", desk.passwords["101"], DESK_KEYS[what])
    desk.up.append(asked)
    await asked.answered()
    if keys:
        await asked.hears_sound()
        await asked.press_many(keys)
    await asked.ended()


async def _answered(desk: Desk) -> Mapping[str, Any]:
    talk = await desk.talk("0", "101")
    await talk.calling.hang_up()
    row: Mapping[str, Any] = await desk.record(talk.number, over)
    return row
