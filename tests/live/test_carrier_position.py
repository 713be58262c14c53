"""Where a caller is, sent by the carrier with the call: a PIDF-LO document in a real INVITE."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from ops import classes
from tests.live import wire
from tests.live.centre import running_centre
from tests.live.desk import Desk, quiet_line
from tests.live.phones import telephones

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.phone import HandsetBank
    from tests.live.centre import Centre

# The centre of this file is made once.
pytestmark = pytest.mark.xdist_group("carrier_position")

CARRIER = "127.0.0.1"
OPERATOR = "0"
"""Key of the menu that rings an operator without its last prompt."""
CID = "where@carrier.example"
CIRCLE = """<gs:Circle srsName="urn:ogc:def:crs:EPSG::4326"><gml:pos>0.5003 117.5364</gml:pos>
<gs:radius uom="urn:ogc:def:uom:EPSG::9001">30.5</gs:radius></gs:Circle>"""
POINT = """<gml:Point srsName="urn:ogc:def:crs:EPSG::4326"><gml:pos>{}</gml:pos></gml:Point>"""


def document(shape: str, head: str = "") -> str:
    """A document as a carrier sends it, with this shape in it."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>{head}
<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model"
 xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10" xmlns:gml="http://www.opengis.net/gml"
 xmlns:gs="http://www.opengis.net/pidflo/1.0" entity="pres:caller@carrier.example">
<dm:device id="phone"><gp:geopriv><gp:location-info>{shape}</gp:location-info>
<gp:usage-rules><gp:retransmission-allowed>no</gp:retransmission-allowed></gp:usage-rules>
<gp:method>Cell</gp:method></gp:geopriv></dm:device></presence>"""


@pytest.fixture(scope="module")
def located(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    """A centre that reads what carriers say of the place."""
    folder = tmp_path_factory.mktemp("located")
    with running_centre(folder / "home", geolocation=True) as running:
        yield running


def invite(number: str, body: str, header: str = f"<cid:{CID}>") -> wire.Request:
    """A call to 112 with a session description and a document."""
    parts = (
        f"--b\r\nContent-Type: application/sdp\r\n\r\n{wire.offer(9)}\r\n"
        f"--b\r\nContent-Type: application/pidf+xml\r\nContent-ID: <{CID}>\r\n\r\n{body}\r\n"
        "--b--\r\n"
    )
    return wire.Request(
        "INVITE",
        "112",
        number,
        headers=(f"Geolocation: {header}", "Geolocation-Routing: yes"),
        body=parts,
        content_type="multipart/mixed; boundary=b",
    )


async def talked(centre: Centre, bank: HandsetBank, request: wire.Request, keys: str = "") -> str:
    """The caller presses these keys or none, an operator answers; gives the call's id."""
    async with wire.udp(centre, CARRIER) as line:
        taken = await line.ask(request)
        assert taken.status == 200, taken.start
        await line.send(request.follow("ACK", taken))
        desk = Desk(line, request, taken)
        async with quiet_line(taken, CARRIER):
            await desk.enter(keys)
            ring = await bank.ring("101", timeout=30)
        await ring.answer()
        record = await centre.record(
            request.caller, lambda one: one.answered is not None, filed=False
        )
        assert (await line.ask(desk.invite.follow("BYE", taken))).status == 200
        await ring.ended()
    return record.id


async def incident(centre: Centre, call: str) -> dict[str, Any]:
    """The incident that a call opens when it is classed as an emergency."""
    await classes.give(centre.settings, call, "emergency", "101")
    told = await asyncio.to_thread(centre.command, "incidents", "--all", "--json")
    assert told.returncode == 0, told.stderr
    (mine,) = [each for each in map(json.loads, told.stdout.splitlines()) if call in each["calls"]]
    found: dict[str, Any] = mine
    return found


async def test_the_incident_is_where_the_carrier_has_the_caller(located: Centre) -> None:
    """Its place, until somebody tells a better one; the log says from whom and how exact it is."""
    async with telephones(located) as phones:
        await phones.log_in("101")
        call = await talked(located, phones.bank, invite(located.number(), document(CIRCLE)))
        found = await incident(located, call)
    where = (found["latitude"], found["longitude"], found["position_by"])
    assert where == (0.5003, 117.5364, "carrier")
    assert found["district"]["name"] == "Sangatta Utara"
    shown = await asyncio.to_thread(
        located.command, "incidents", "show", str(found["id"]), "--json"
    )
    (line,) = [each for each in json.loads(shown.stdout)["log"] if each["what"] == "place"]
    assert (line["who"], line["text"]) == ("carrier", "0.50030,117.53640 ±30 m")


LAUGHS = '<!ENTITY l0 "ha ">' + "".join(
    f'<!ENTITY l{level} "{f"&l{level - 1};" * 10}">' for level in range(1, 10)
)
"""Which would be three billion letters."""
HOSTILE = {
    "nothing": "",
    "no document": "\x00<<<",
    "not closed": document(CIRCLE)[:300],
    "off the earth": document(POINT.format("95.0 117.5")),
    "not a number": document(POINT.format("nan inf")),
    "an expression": document(POINT.format("${SHELL(id)} $[1/0]")),
    "a line end": document(POINT.format("0.5&#10;Action: Logoff 117.5")),
    "a file": document(
        POINT.format("&x;"), '<!DOCTYPE p [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    ),
    "laughs": document(POINT.format("&l9;"), f"<!DOCTYPE p [{LAUGHS}]>"),
    "very long": document(POINT.format("0" * 20_000 + " 117.5")),
}


@pytest.mark.parametrize("what", HOSTILE)
async def test_whatever_is_sent_there_the_call_is_answered(located: Centre, what: str) -> None:
    """It tells no place, and harms nobody."""
    pid = located.pid("asterisk")
    async with telephones(located) as phones:
        await phones.log_in("101")
        call = await talked(located, phones.bank, invite(located.number(), HOSTILE[what]), OPERATOR)
        found = await incident(located, call)
    assert found["latitude"] is None
    assert located.pid("asterisk") == pid


@pytest.mark.parametrize(
    "header", ["<https://carrier.example/where>", "<cid:other>", "x", "<cid:${SHELL(id)}>"]
)
async def test_a_reference_to_elsewhere_is_not_followed(located: Centre, header: str) -> None:
    """The document beside it counts only when it is the one that is meant."""
    async with telephones(located) as phones:
        await phones.log_in("101")
        request = invite(located.number(), document(CIRCLE), header)
        call = await talked(located, phones.bank, request, OPERATOR)
        found = await incident(located, call)
    assert found["latitude"] is None
