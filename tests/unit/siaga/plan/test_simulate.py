from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga.names import MenuReason
from siaga.plan import Plan, compile_menu, last_resort, load_plan, route
from siaga.plan.live import Live
from siaga.plan.route import EVERYONE, Situation
from siaga.plan.simulate import (
    Event,
    Kind,
    Result,
    Scenario,
    answering,
    path,
    simulate,
    without_menu,
)
from siaga.plan.source import parse
from siaga.plan.virtual_menu import Press

PLANS = Path(__file__).parents[4] / "plans"
NIGHT = datetime(2026, 11, 25, 2, 10)  # noqa: DTZ001 (the centre's own)
TEXT = """
centre: {name: Uji, timezone: Asia/Makassar}
areas: [utara, selatan]
schedules: {kantor: mon-fri 07:30-16:00}
agencies:
  kominfo: {name: Kominfo, handsets: ["101"]}
  damkar:
    name: Damkar
    handsets: ["201"]
    pstn: ["0811", "0921"]
    posts: {utara: {name: Pos Utara, handsets: ["211"], areas: [utara], ring: 5s}}
  rsud: {name: RSUD, handsets: ["301"], hours: kantor, cover: kominfo}
  klinik: {name: Klinik, handsets: ["401"], hours: kantor}
emergencies:
  fire: {name: Kebakaran, agency: damkar, ring: 20s, overflow: [kominfo]}
  medical:
    name: Medis
    agency: rsud
    ring: 15s
    during: {kantor: {agency: klinik, overflow: [{agency: rsud, ring: 10s}]}}
  injured: {name: Luka, agency: klinik, overflow: [damkar]}
menu: {digits: {"1": fire, "2": medical, "3": accident}, languages: {"9": en}, default: medical}
menus: {accident: {name: Kecelakaan, digits: {"1": injured, "2": fire}, default: medical}}
announcements:
  banjir: {text: Banjir, from: 2026-11-25 00:00, until: 2026-11-26 00:00}
  gangguan: {text: Gangguan}
callers:
  hidden: fire
  known:
    - {number: "+62549300", name: RSUD, emergency: injured, area: utara}
    - {number: "0811555", name: Sungai, area: utara}
  repeat: {within: 10m}
trunks: {utama: {host: 192.0.2.1, may_send: ["08"]}}
last_resort: {agency: kominfo, ring: 30s, pstn: ["0815"], pstn_ring: 10s, everyone: 12s}
"""


def plan_of(text: str) -> Plan:
    return Plan.model_validate(parse(text.encode()).value)


PLAN = plan_of(TEXT)


def scenario(plan: Plan = PLAN, at: datetime = NIGHT, keys: str = "", **more: Any) -> Scenario:
    kinds = ("menu", "options", "retry-no-input", "retry-no-match")
    lengths = {f"{kind}{name}": 3000 for kind in kinds for name in ("", "-accident")}
    lengths |= {"announce-banjir": 5000, "announce-gangguan": 4000, "all-busy": 2500, "ring": 500}
    spec = compile_menu(plan, "0" * 12, {"id": lengths, "en": lengths})
    return Scenario(plan, spec, at, tuple(Press(key) for key in keys), **more)


def choice(events: tuple[Event, ...]) -> tuple[int, str, MenuReason | None, str]:
    found = next(event for event in events if event.kind is Kind.CHOICE)
    return found.at_ms, found.name, found.reason, found.language


def said(events: tuple[Event, ...]) -> list[tuple[int, str, str]]:
    return [(e.at_ms, e.name, e.language) for e in events if e.kind is Kind.PROMPT]


def test_a_key_leads_to_the_agency_at_the_end_of_the_prompt() -> None:
    """A key pressed at the end of the menu starts the route of its emergency then."""
    events = simulate(scenario(load_plan(PLANS / "kutim.yaml").plan, keys="1", rounds=0))
    assert [(e.at_ms, e.kind) for e in events if e.kind is not Kind.STILL_WAITING] == [
        (0, Kind.ARRIVAL),
        (0, Kind.PROMPT),
        (3000, Kind.KEY),
        (3000, Kind.CHOICE),
        (3000, Kind.STEP),
        (23000, Kind.STEP_END),
        (23000, Kind.STEP),
        (43000, Kind.STEP_END),
    ]
    assert path(events) == (
        ("choice", "fire", "digit"),
        ("step", "damkar", "queue", "no_answer"),
        ("step", "kominfo", "queue", "no_answer"),
    )


def test_sub_menus_and_languages_are_walked_through() -> None:
    """Keys lead through a language and a sub-menu, each of which says its own prompt."""
    events = simulate(scenario(keys="931", rounds=0))
    assert said(events) == [
        (0, "announce-banjir", "id"),
        (5000, "announce-banjir", "en"),
        (10000, "menu-accident", "en"),
    ]
    assert choice(events) == (13000, "injured", MenuReason.DIGIT, "en")


def test_a_key_may_come_in_the_middle_of_a_prompt() -> None:
    """A key with a time is pressed then, and stops what is being said."""
    mine = replace(scenario(rounds=0), presses=(Press("3", 700), Press("2", 1100)))
    events = simulate(mine)
    assert said(events) == [(0, "announce-banjir", "id"), (700, "menu-accident", "id")]
    assert choice(events) == (1800, "fire", MenuReason.DIGIT, "id")


def test_nothing_pressed_leads_to_the_default_in_time() -> None:
    """Who presses nothing is on the way to the default before the plan's limit."""
    at_ms, name, reason, _ = choice(simulate(scenario()))
    assert (name, reason) == ("medical", MenuReason.NO_INPUT)
    assert at_ms + 700 <= PLAN.menu.human_within * 1000


@pytest.mark.parametrize(
    ("live", "prompt"),
    [
        (Live(), "announce-banjir"),
        (Live(announced=frozenset({"gangguan"})), "announce-banjir"),
        (Live(silenced=frozenset({"banjir"})), "menu"),
        (
            Live(silenced=frozenset({"banjir"}), announced=frozenset({"gangguan"})),
            "announce-gangguan",
        ),
    ],
)
def test_the_announcement_in_force_is_said(live: Live, prompt: str) -> None:
    """The first announcement that is switched on, or in its dates and not off, is said."""
    assert said(simulate(scenario(live=live)))[0][1] == prompt


@pytest.mark.parametrize(
    ("number", "recent", "expected"),
    [
        ("", None, ("fire", MenuReason.HIDDEN)),
        ("12", None, ("fire", MenuReason.HIDDEN)),
        ("anonymous", "medical", ("fire", MenuReason.HIDDEN)),
        ("0549300", None, ("injured", MenuReason.KNOWN)),
        ("62549300", None, ("injured", MenuReason.KNOWN)),
        ("+62 549-300", "fire", ("injured", MenuReason.KNOWN)),
        ("628115550", "fire", ("fire", MenuReason.REPEAT)),
        (None, "fire", ("fire", MenuReason.REPEAT)),
        (None, "no_longer", ("medical", MenuReason.NO_INPUT)),
        ("62811555", "fire", ("medical", MenuReason.NO_INPUT)),
    ],
)
def test_the_caller_decides_whether_there_is_a_menu(
    number: str | None, recent: str | None, expected: tuple[str, MenuReason]
) -> None:
    """Hidden, known and repeat callers are told apart by the digits of their numbers."""
    events = simulate(scenario(number=number, recent=recent))
    assert choice(events)[1:3] == expected


def test_a_known_caller_has_the_area_of_the_plan() -> None:
    """The post of the area is rung first, that of a known number before that of the trunk."""
    events = simulate(scenario(keys="1", number="0811555", area="selatan", rounds=0))
    posts = [e.step.post for e in events if e.kind is Kind.STEP and e.step and e.step.post]
    assert posts == ["utara"]
    assert not any(item[2:3] == ("post",) for item in path(simulate(scenario(keys="1"))))


def test_numbers_ring_while_the_trunk_is_up_and_may_send_them() -> None:
    """A number rings only over a trunk that is up and may send it; a mute trunk takes its time."""
    up = without_menu(scenario(rounds=0), "fire")
    down = without_menu(scenario(trunk_up=False, rounds=0), "fire")
    mute = without_menu(scenario(trunk_up=False, mute=True, rounds=0), "fire")
    results = [[e.result for e in events if e.result is not None] for events in (up, down, mute)]
    assert results[0] == [
        Result.NO_ANSWER,
        Result.NO_ANSWER,
        Result.UNAVAILABLE,
        Result.NO_ANSWER,
    ]
    assert results[1] == results[2]
    assert [events[-1].at_ms for events in (up, down, mute)] == [70000, 40000, 70000]
    assert [e.at_ms for e in mute if e.kind is Kind.STEP] == [0, 20000, 50000, 50000]


def test_a_closed_agency_is_stood_in_for() -> None:
    """At night the cover is rung in place of a closed agency, and one without cover is left out."""
    events = without_menu(scenario(rounds=0), "medical")
    assert path(events)[1:] == (("step", "kominfo", "queue", "no_answer"),)
    assert [(e.name, e.other) for e in events if e.kind is Kind.STANDS_IN] == [("rsud", "kominfo")]
    left_out = without_menu(scenario(rounds=0), "injured")
    assert [(e.name, e.other) for e in left_out if e.kind is Kind.STANDS_IN] == [("klinik", "")]


def test_the_last_resort_goes_round_with_comfort_between() -> None:
    """Each round rings its places, then everyone, then comforts, then the chain again."""
    events = without_menu(scenario(down=frozenset({"rsud"}), rounds=5), "medical")
    comforts = [(e.name, e.at_ms) for e in events if e.kind is Kind.COMFORT]
    assert [name for name, _ in comforts] == [
        "all-busy", "ring", "ring", "ring", "ring", "all-busy", "ring",
    ]  # fmt: skip
    assert comforts[:2] == [("all-busy", 67000), ("ring", 69500)]
    everyone = next(e for e in events if e.kind is Kind.STEP and e.name == EVERYONE)
    assert (everyone.ringing, everyone.at_ms) == (("kominfo", "damkar", "klinik"), 55000)
    assert [e.round for e in events if e.kind is Kind.LAST_RESORT] == [1, 2, 3, 4, 5]


def test_too_many_calls_lead_past_the_menu_to_the_operators() -> None:
    """A caller above the limit is led to the last resort at once, then into the default's chain."""
    events = simulate(scenario(keys="1", crowded=True, rounds=1))
    assert choice(events) == (0, PLAN.menu.default, MenuReason.OVERLOAD, "id")
    assert said(events) == []
    assert path(events)[1] == ("last_resort", 1)
    first = next(event for event in events if event.kind is Kind.STEP)
    assert (first.name, first.at_ms) == (PLAN.last_resort.agency, 0)
    chain = path(without_menu(scenario(rounds=0), PLAN.menu.default))[1:]
    assert path(events)[-len(chain) :] == chain


def test_whoever_needs_no_menu_goes_their_way_in_a_crowd() -> None:
    """Hidden, known and repeat callers are led as ever: the limit takes the menu's place alone."""
    for number in ("", "0812000001"):
        alone = simulate(scenario(number=number, recent="medical", rounds=1))
        crowd = simulate(scenario(number=number, recent="medical", rounds=1, crowded=True))
        assert choice(alone)[2] in (MenuReason.HIDDEN, MenuReason.REPEAT)
        assert crowd == alone


def test_hours_are_judged_anew_in_each_round() -> None:
    """A call that waits past the opening hour rings who has opened from the next round on."""
    at = datetime(2026, 11, 25, 7, 28, 40)  # noqa: DTZ001 (the centre's own)
    items = path(without_menu(scenario(at=at, rounds=3), "medical"))
    rounds = [items[i + 1 :] for i, item in enumerate(items) if item[0] == "last_resort"]
    chains = [[item[1] for item in found if item[0] == "step"][3:5] for found in rounds if found]
    assert chains == [["kominfo", "kominfo"], ["klinik", "rsud"], ["klinik", "rsud"]]


def test_who_answers_ends_the_simulation() -> None:
    """The first ring of an agency that answers is the last event of the call."""
    events = without_menu(scenario(answers=frozenset({"klinik"})), "medical")
    last = events[-1]
    assert (last.kind, last.name, last.step and last.step.agency) == (
        Kind.ANSWERED,
        "klinik",
        EVERYONE,
    )
    assert path(events)[-1] == ("step", EVERYONE, "queue", "answered")


def test_everybody_but_the_silent_answers() -> None:
    """With some agencies silent, the first of the others takes the call."""
    events = without_menu(scenario(answers=answering(PLAN, ["damkar"])), "fire")
    assert events[-1].name == "kominfo"


def test_a_paused_handset_does_not_ring() -> None:
    """A queue whose handsets are all paused is left at once."""
    events = without_menu(scenario(live=Live(paused=frozenset({"101"})), rounds=0), "medical")
    assert path(events)[1:] == (("step", "kominfo", "queue", "unavailable"),)
    assert events[-1].at_ms == 0


HOURS = st.datetimes(min_value=NIGHT, max_value=datetime(2026, 12, 9))  # noqa: DTZ001 (as above)


@given(
    HOURS, st.sampled_from([None, "utara", "selatan"]), st.sampled_from(sorted(PLAN.emergencies))
)
def test_the_steps_are_those_of_route(at: datetime, area: str | None, emergency: str) -> None:
    """At any time, the steps of a call are those of the route, then those of the last resort."""
    events = without_menu(scenario(at=at, area=area, rounds=1), emergency)
    steps = [event.step for event in events if event.kind is Kind.STEP]
    resort_at = next(i for i, e in enumerate(events) if e.kind is Kind.LAST_RESORT)
    before = [e.step for e in events[:resort_at] if e.kind is Kind.STEP]
    assert before == list(route(PLAN, emergency, Situation(at, area)))
    again = Situation(at + timedelta(milliseconds=events[resort_at].at_ms), area)
    assert steps[len(before) :] == [
        *last_resort(PLAN, again),
        *route(PLAN, emergency, again),
    ]
