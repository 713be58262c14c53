"""The board of the pages: what is held of the router's stream, rendered, and drawn as a map."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from router.console.board.feed import Feed
from router.console.board.follow import Follower
from router.console.board.fragments import Rendered, in_order, render
from router.console.board.held import STALE_S, Held, Link, OutOfStepError
from router.console.board.regency import area, drawing, outline
from router.console.link import RouterAwayError
from router.console.render import ENVIRONMENT
from router.console.words import speaker
from siaga import places
from siaga.settings import KUTIM

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HOSTILE = "\"><img src=x onerror=alert(1)>'{{ 7 * 7 }}"
AT = "2026-11-05T01:02:03.000+00:00"
WORDS = {"id": "Damkar", "en": "Fire brigade"}


GOALS = {"amber": 15.0, "red": 20.0}


def call(**changes: Any) -> dict[str, Any]:
    known = {"id": "n-1", "caller": "08121", "name": None, "began": AT, "where": "ringing"}
    known |= {"since": AT, "trunk": "siaga_trunks", "language": "id", "emergency": "fire"}
    known |= {"choice": "digit", "ringing": [], "talking": [], "answered": None, "flags": []}
    return {**known, "incident": None, **changes}


def state(*calls: dict[str, Any], hears: bool = True) -> dict[str, Any]:
    phone = {"extension": "201", "name": HOSTILE, "state": "ringing", "officer": None, "calls": []}
    agency = {"key": "damkar", "name": WORDS, "on_duty": True, "diverted": None}
    return {
        "centre": {
            "hears": hears,
            "goals": GOALS,
            "emergencies": {"fire": {"id": "Kebakaran", "en": "Fire"}},
        },
        "calls": {each["id"]: each for each in calls},
        "agencies": [{**agency, "handsets": [phone]}],
        "trunks": [],
        "parts": [],
        "disk": {"free": 1, "total": 2},
        "alarms": [],
        "incidents": [],
        "counts": {"calls": 0, "waiting": 0, "callbacks": None, "free": 0, "handsets": 1},
    }


def line(boot: str = "b", **what: Any) -> dict[str, Any]:
    return {"boot": boot, "seq": 1, "at": AT, **what}


def made(*calls: dict[str, Any], language: str = "id") -> Rendered:
    speaks = speaker("en" if language == "en" else "id")
    return render(ENVIRONMENT, state(*calls), speaks, language)


def test_what_is_held_is_true_only_while_the_router_speaks() -> None:
    """Nothing known, silence and a router that hears nothing are each told from a true board."""
    held = Held()
    assert held.link(0) is Link.ROUTER
    with pytest.raises(OutOfStepError):
        held.take(line(), 0)
    assert held.take(line(whole=state()), 0)
    assert held.link(STALE_S) is Link.LIVE
    assert held.link(STALE_S + 0.1) is Link.ROUTER
    assert not held.take(line(), 10)
    assert held.link(11) is Link.LIVE
    assert held.take(line(change={"centre": state(hears=False)["centre"]}), 11)
    assert held.link(11) is Link.ASTERISK
    with pytest.raises(OutOfStepError):
        held.take(line("another", change={}), 12)
    assert held.take(line("another", whole=state()), 12)
    assert held.version == 3


@pytest.mark.parametrize("language", ["id", "en"])
def test_whatever_is_said_is_text(language: str) -> None:
    """Markup in numbers, names and places is shown, not obeyed, in each fragment."""
    party = {"agency": HOSTILE, "handset": HOSTILE, "since": AT, "kind": HOSTILE}
    bad = call(id=HOSTILE, caller=HOSTILE, name=HOSTILE, trunk=HOSTILE, emergency=HOSTILE)
    bad |= {"ringing": [party], "talking": [party], "choice": HOSTILE}
    found = made(bad, language=language)
    text = "".join([*found.lists["calls"].values(), *found.lists["agencies"].values()])
    assert "<img" not in text
    assert "49" not in text
    assert "&lt;img" in text


def test_on_a_wall_there_is_no_number() -> None:
    """The row is there, with how long and where; neither the number nor a way to it is sent."""
    one, speaks = call(caller="081212345"), speaker("id")
    (row,) = render(ENVIRONMENT, state(one), speaks, "id", wall=True).lists["calls"].values()
    assert "Kebakaran" in row
    assert "081212345" not in row
    assert "/card/" not in row
    assert "081212345" in made(one).lists["calls"]["n-1"]


def test_only_what_is_another_is_told_again() -> None:
    """Of two calls the one that changed is told; the order of all is; an equal board is empty."""
    one, two = call(), call(id="n-2", caller="08122")
    before, after = made(one, two), made(one, {**two, "where": "talking"})
    news = json.loads(after.since(before))
    assert news["lists"]["calls"]["order"] == ["n-1", "n-2"]
    assert set(news["lists"]["calls"]["rows"]) == {"n-2"}
    assert set(news["lists"]) == {"calls"}
    assert news["parts"] == {}
    gone = json.loads(made(two).since(before))
    assert gone["lists"]["calls"] == {"order": ["n-2"], "rows": {}}
    assert json.loads(made(one).since(made(one))) == {"lists": {}, "parts": {}}
    whole = json.loads(before.since(None))
    assert set(whole["lists"]["calls"]["rows"]) == {"n-1", "n-2"}


def test_who_waits_comes_first() -> None:
    """Calls that nobody has come before those that somebody has, each in the order they began."""
    calls = {"a": {"where": "talking"}, "b": {"where": "menu"}, "c": {"where": "ringing"}}
    assert list(in_order(calls)) == ["b", "c", "a"]


async def test_a_router_that_comes_and_goes_is_followed() -> None:
    """A stream that breaks, or begins in the middle, is taken up anew."""
    streams = [[line(whole=state())], [line("other", change={})], [line("x", whole=state(call()))]]

    async def lines() -> AsyncIterator[bytes]:
        for each in streams.pop(0) if streams else []:
            yield json.dumps(each).encode()
        raise RouterAwayError

    follower = Follower(lines)
    feed = Feed(follower, ENVIRONMENT, speaker, "build")
    assert feed.rendered("id") is None
    running = asyncio.create_task(follower.run())
    async with asyncio.timeout(10):
        while not follower.held.state or not follower.held.state["calls"]:
            await follower.changed(follower.held.version, follower.link, 1)
    first = feed.rendered("id")
    assert first is not None
    assert feed.rendered("id") is first
    assert "Berdering" in first.lists["calls"]["n-1"]
    running.cancel()


def test_each_district_has_an_area_that_its_centre_is_in() -> None:
    """The areas do not meet: each centre is in its own, and nearer to no other's corner."""
    known = places.load(KUTIM)
    drawn = drawing(known)
    assert len(drawn) == 18
    centres = [(each.centre.latitude, each.centre.longitude) for each in known.districts]
    border = outline(centres)
    total = sum(_size(area(centre, centres, border)) for centre in centres)
    assert total == pytest.approx(_size(border), rel=1e-6)
    for each, centre in zip(drawn, centres, strict=True):
        assert len(each["outline"]) >= 3
        assert _size(area(centre, [centre], border)) == pytest.approx(_size(border))


def _size(corners: list[tuple[float, float]]) -> float:
    pairs = zip(corners, [*corners[1:], corners[0]], strict=True)
    return abs(sum(y * nx - ny * x for (y, x), (ny, nx) in pairs)) / 2
