import itertools
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from siaga.menuspec import MenuSpec
from siaga.plan import Plan, compile_menu
from siaga.plan.phones import trunk_for
from siaga.plan.proof import prove
from siaga.plan.simulate import Event, Kind, Scenario, simulate, without_menu
from siaga.plan.situations import timeline

AGENCIES = ("a", "b", "c")
EMERGENCIES = ("x", "y")
AREAS = ("utara", "selatan")
ROUNDS = 12
"""With four seconds of comfort each, longer than the greatest limit below."""


def seconds(*values: int) -> st.SearchStrategy[str]:
    return st.sampled_from([f"{value}s" for value in values])


def chains() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"agency": st.sampled_from(AGENCIES), "ring": seconds(5, 10)},
        optional={
            "via": st.sampled_from(AGENCIES),
            "overflow": st.lists(st.sampled_from(AGENCIES), max_size=2),
        },
    )


@st.composite
def plans(draw: st.DrawFn, *, hours: bool) -> Plan:
    """A small plan; many strand somebody."""
    agencies: dict[str, Any] = {}
    for index, name in enumerate(AGENCIES):
        agency: dict[str, Any] = {"name": name}
        if draw(st.integers(0, 3)):
            agency["handsets"] = [f"{index}01"]
        if draw(st.booleans()):
            number = draw(st.sampled_from((f"081{index}", f"092{index}")))
            agency |= {"pstn": [number], "pstn_ring": draw(seconds(5, 10, 15))}
        if draw(st.integers(0, 3)) == 0:
            post = {"name": "P", "handsets": [f"{index}02"], "areas": ["utara"], "ring": "5s"}
            agency["posts"] = {"p": post}
        if hours and draw(st.booleans()):
            agency["hours"] = "s"
        if draw(st.booleans()):
            agency["cover"] = draw(st.sampled_from(AGENCIES))
        agencies[name] = agency
    emergencies: dict[str, Any] = {}
    for name in EMERGENCIES:
        emergencies[name] = {"name": name, **draw(chains())}
        if hours and draw(st.booleans()):
            emergencies[name]["during"] = {"s": draw(chains())}
    resort = {
        "agency": draw(st.sampled_from(AGENCIES)),
        "ring": draw(seconds(5, 10)),
        "everyone": draw(seconds(0, 5, 5)),
        "overflow": draw(st.lists(st.sampled_from(AGENCIES), max_size=1)),
        "pstn": draw(st.sampled_from(([], ["0815"], ["0815"], ["0815", "0816"]))),
        "pstn_ring": draw(seconds(5, 10)),
    }
    centre = {
        "name": "Uji",
        "timezone": "Asia/Makassar",
        "limits": {"reach": draw(seconds(3, 20, 40, 40))},
    }
    return Plan.model_validate(
        {
            "centre": centre,
            "areas": AREAS,
            "schedules": {"s": "daily 08:00-16:00"} if hours else {},
            "agencies": agencies,
            "emergencies": emergencies,
            "menu": {"digits": {"1": "x", "2": "y"}, "default": "x"},
            "trunks": {"t": {"host": "192.0.2.1", "may_send": ["08"]}},
            "last_resort": resort,
        }
    )


def menu_of(plan: Plan) -> MenuSpec:
    """A menu without fault; only the comfort prompt's length matters here."""
    lengths = {"menu": 1000, "all-busy": 2000, "ring": 3000}
    return compile_menu(plan, "0" * 12, {"id": lengths, "en": lengths})


def longest_silence(events: tuple[Event, ...]) -> float:
    """The longest time, in seconds, in which nobody's telephone rings."""
    longest = since = ringing = 0
    for event in events:
        if event.kind is Kind.STEP:
            ringing = bool(event.ringing)
            if ringing:
                longest = max(longest, event.at_ms - since)
        elif event.kind is Kind.STEP_END and ringing:
            since = event.at_ms
    return max(longest, events[-1].at_ms - since) / 1000


def failures(plan: Plan) -> Iterator[tuple[frozenset[str], bool]]:
    """Every set of agencies down, with the trunk up and mute, that leaves some telephone."""
    with_handsets = {name for name, agency in plan.agencies.items() if agency.extensions}
    numbers = [n for agency in plan.agencies.values() for n in agency.pstn]
    sent = any(trunk_for(plan, number) for number in (*numbers, *plan.last_resort.pstn))
    for count in range(len(AGENCIES) + 1):
        for down in itertools.combinations(AGENCIES, count):
            for trunk_up in (True, False):
                if with_handsets - set(down) or (trunk_up and sent):
                    yield frozenset(down), trunk_up


def stranded(plan: Plan, moments: list[datetime]) -> bool:
    """Whether any call of all those possible is stranded, by trying them out."""
    spec, limit = menu_of(plan), plan.centre.limits.reach
    for at, area, emergency in itertools.product(moments, (None, *AREAS), EMERGENCIES):
        for down, trunk_up in failures(plan):
            scenario = Scenario(
                plan, spec, at, area=area, down=down, trunk_up=trunk_up, mute=True, rounds=ROUNDS
            )
            if longest_silence(without_menu(scenario, emergency)) > limit:
                return True
    return False


def stranded_in_a_crowd(plan: Plan, moments: list[datetime]) -> bool:
    """Whether any call that is led past the menu, as there are too many, is stranded."""
    spec, limit = menu_of(plan), plan.centre.limits.reach
    return any(
        longest_silence(
            simulate(
                Scenario(
                    plan,
                    spec,
                    at,
                    down=down,
                    trunk_up=trunk_up,
                    mute=True,
                    crowded=True,
                    rounds=ROUNDS,
                )
            )
        )
        > limit
        for at in moments
        for down, trunk_up in failures(plan)
    )


def transfers_apart(plan: Plan) -> bool:
    """Whether the proof complains of more than transfers, which are not tried out here."""
    spec = menu_of(plan)
    return any(", transferred to " not in found.story.en for found in prove(plan, spec))


@settings(max_examples=40, deadline=None)
@given(plans(hours=False))
def test_the_proof_is_that_of_trying_everything_out(plan: Plan) -> None:
    """Without schedules, the proof finds a dead end just when some call of all is stranded."""
    assume(any(True for _ in failures(plan)))
    at = datetime(2026, 11, 25, 2, 10)  # noqa: DTZ001 (the centre's own)
    assert transfers_apart(plan) == stranded(plan, [at])


@settings(max_examples=15, deadline=None)
@given(plans(hours=True), st.lists(st.integers(1, 300), min_size=2, max_size=3))
def test_no_call_is_stranded_by_a_proven_plan(plan: Plan, before: list[int]) -> None:
    """With schedules, no call at any hour, nor as the hours change, is stranded if proven."""
    spec = menu_of(plan)
    borders = [slot.at for slot in timeline(plan)][:4]
    moments = [*borders, *(b - timedelta(seconds=s) for b in borders for s in before)]
    if not prove(plan, spec):
        assert not stranded(plan, moments)
        assert not stranded_in_a_crowd(plan, moments)
