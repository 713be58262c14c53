"""What one version of the plan has for itself: the plan's meaning, as dialplan."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.dialplan import Dialplan, parse
from ops.dialplan_lint import rendered
from ops.render.days import announced, days, shut
from ops.render.music import music
from siaga.names import CANARY_PHONE, CANARY_QUEUE, Context
from siaga.plan import calendar, parse_plan
from siaga.settings import PROJECT
from tests.unit.ops.render_plans import RICH, own, rich

if TYPE_CHECKING:
    from pathlib import Path

LOADED = rich()
PLAN = LOADED.plan
V = LOADED.version
DIALPLAN: Dialplan = parse(own(LOADED)["extensions.conf"])


def applications(context: str, exten: str) -> list[str]:
    """What an extension of the version does, in order."""
    return [line.application for line in DIALPLAN[f"{V}-{context}"][exten].lines]


def holds(condition: str, **values: int) -> bool:
    """A condition of ours (``|`` binds least, then ``&``), for values of variables."""
    for name, value in values.items():
        condition = condition.replace(f"${{{name}}}", str(value))
    text = condition.removeprefix("$[").removesuffix("]")
    return any(all(_holds_one(part) for part in side.split(" & ")) for side in text.split(" | "))


def _holds_one(text: str) -> bool:
    match text.split():
        case [left, ">=", right]:
            return int(left) >= int(right)
        case [left, "<", right]:
            return int(left) < int(right)
        case [left, "=", right]:
            return int(left) == int(right)
        case [value]:
            return int(value) != 0
    raise AssertionError(text)


moments = st.datetimes(datetime(2026, 11, 20), datetime(2027, 1, 10))  # noqa: DTZ001
edges = st.builds(
    lambda day, minute: datetime(2026, 11, 30) + timedelta(days=day, minutes=minute),  # noqa: DTZ001
    st.integers(0, 30),
    st.sampled_from(
        (0, 359, 360, 449, 450, 479, 480, 659, 660, 719, 720, 780, 959, 960, 1319, 1439)
    ),
)


@given(moments | edges)
def test_schedules_are_open_when_the_plan_says_so(at: datetime) -> None:
    """At any moment the dialplan's conditions for the day are what the calendar decides."""
    found = {day.extension: day for day in days(PLAN)}
    day = found.get(at.strftime("%Y%m%d")) or found[str(at.isoweekday())]
    for name in PLAN.schedules:
        now = at.hour * 100 + at.minute
        assert holds(day.schedules[name], SIAGA_TIME=now) == calendar.is_open(PLAN, name, at)


@given(moments | edges)
def test_agencies_are_closed_when_the_plan_says_so(at: datetime) -> None:
    """At any moment an agency's condition is what its hours and closures make of it."""
    conditions = dict(shut(PLAN))
    values = {f"SIAGA_OPEN_{name}": calendar.is_open(PLAN, name, at) for name in PLAN.schedules}
    numbers = {name: int(value) for name, value in values.items()}
    for agency in PLAN.agencies:
        closed = holds(conditions.get(agency, "0"), SIAGA_NOW=calendar.epoch(PLAN, at), **numbers)
        assert closed == calendar.is_closed(PLAN, agency, at)


@given(moments)
def test_announcements_are_due_when_the_plan_says_so(at: datetime) -> None:
    """At any moment the first announcement in its dates is the one that the calendar chooses."""
    due = [
        name
        for name, elsewhen in announced(PLAN)
        if elsewhen and not holds(elsewhen, SIAGA_NOW=calendar.epoch(PLAN, at))
    ]
    assert (due[0] if due else None) == calendar.announcement(PLAN, at)


def test_every_context_and_music_class_is_the_versions_own() -> None:
    """Two versions can run side by side: no context and no class has a name without the version."""
    files = own(LOADED)
    for file in files.values():
        names = re.findall(r"^\[([^]]+)\]", file, re.MULTILINE)
        assert names
        assert [name for name in names if not name.startswith(f"{V}-")] == []


def test_a_route_takes_the_places_of_its_chain_in_turn() -> None:
    """A chain, and the other one while a schedule is open, lead on to the last resort."""
    assert applications("route-disaster", "s")[-4:] == [
        "GotoIf(${SIAGA_OPEN_night}?on-night,1)",
        f"Gosub({V}-turn,to-bpbd,start(20,disaster,))",
        f"Gosub({V}-turn,to-kominfo,start(15,disaster,))",
        f"Goto({V}-last-resort,s,start)",
    ]
    assert applications("route-disaster", "on-night")[-3:] == [
        f"Gosub({V}-turn,to-kominfo,start(20,disaster,))",
        f"Gosub({V}-turn,to-damkar,start(20,disaster,))",
        f"Goto({V}-last-resort,s,start)",
    ]


_UNLESS_TEST = re.compile(r"\$\{IF\(\$\[\$\{LEN\(\$\{SIAGA_TEST\}\)\} > 0\]\?([\w/-]+):([^)]+)\)\}")


def ringing(context: str, exten: str) -> list[str]:
    """What an extension rings for a caller, in order."""
    found = (_UNLESS_TEST.sub(r"\2", text) for text in applications(context, exten))
    return [text for text in found if text.startswith(("Queue(", "Dial("))]


@pytest.mark.parametrize("file", sorted((PROJECT / "plans").glob("*.yaml")), ids=lambda f: f.stem)
def test_a_test_call_rings_the_canarys_telephone_and_nobody_else(file: Path) -> None:
    """Whatever a version rings or dials, it does so only when the call is no test call."""
    contexts = parse(rendered(file))
    lines = [
        line.application
        for context, extensions in contexts.items()
        if context != Context.HANDSET and not context.startswith(Context.CALLBACK)
        for extension in extensions.values()
        for line in extension.lines
        if line.name in ("Queue", "Dial")
    ]
    assert lines
    for line in lines:
        found = _UNLESS_TEST.search(line)
        assert found, line
        assert found[1] in (CANARY_QUEUE, f"PJSIP/{CANARY_PHONE}"), line
        assert line.index("${IF(") == line.index("(") + 1, line


def test_an_agency_rings_posts_then_handsets_then_numbers() -> None:
    """The queues and numbers of an agency stand in the order in which they are rung."""
    assert [text.partition(",")[0] for text in ringing("ring", "to-damkar")] == [
        "Queue(damkar-pos",
        "Queue(damkar-pos",
        "Queue(damkar",
        "Queue(damkar",
        "Dial(PJSIP/+62549111222@trunk-telkom",
    ]


def test_each_number_is_dialled_over_the_first_trunk_that_may_send_it() -> None:
    """Numbers of the last resort go out by the trunk whose beginnings fit."""
    dialled = [text for text in ringing("last-resort", "s") if text.startswith("Dial(")]
    answered = "${IF($[${LEN(${SIAGA_ROOM})} > 0]?U(siaga-leg-answered^%s):U(siaga-taken))}"
    assert dialled == [
        f"Dial(PJSIP/0549999@trunk-telkom,30,m{answered % '0549999'})",
        f"Dial(PJSIP/9123456@trunk-other,30,m{answered % '9123456'})",
    ]


def test_a_number_that_no_trunk_may_send_is_not_dialled() -> None:
    """The step is told of and given up at once, nothing is dialled."""
    loaded = replace(LOADED, plan=PLAN.model_copy(update={"trunks": {}}))
    dialplan = parse(own(loaded)["extensions.conf"])
    lines = [line.application for line in dialplan[f"{V}-last-resort"]["s"].lines]
    assert not any("9123456" in line for line in lines)
    assert "CELGenUserEvent(SiagaStepEnd,kominfo|CHANUNAVAIL)" in lines


def test_live_state_is_asked_in_the_order_that_decides() -> None:
    """Diversion wins over all, closed over open, open over the plan's own hours."""
    lines = " ".join(applications("turn", "to-bpbd"))
    order = ["siaga/divert/bpbd", "forced", "siaga/closed/bpbd", "siaga/open/bpbd", "SIAGA_SHUT_"]
    places = [lines.index(word) for word in order]
    assert places == sorted(places)


def test_who_waits_is_ranked_as_the_plan_says() -> None:
    """Whoever is not named comes last; who is rung into an officer's call before all."""
    callers = PLAN.callers.model_copy(update={"rank": ("digit", "flagged")})
    loaded = replace(LOADED, plan=PLAN.model_copy(update={"callers": callers}))
    dialplan = parse(own(loaded)["extensions.conf"])

    def ranks(context: str, exten: str) -> list[str]:
        lines = (line.application for line in dialplan[f"{V}-{context}"][exten].lines)
        return [line for line in lines if line.startswith("Set(QUEUE_PRIO=")]

    assert ranks("caller", "flagged") == ["Set(QUEUE_PRIO=10)"]
    assert ranks("known", "0811111111") == ["Set(QUEUE_PRIO=0)"]
    assert ranks("overload", "s") == ["Set(QUEUE_PRIO=0)"]
    (rank,) = ranks("menu", "s")
    assert rank.endswith('"${SIAGA_REASON}" = "repeat"]?20:0)})})')
    assert ranks("dispatch", "to-damkar") == ["Set(QUEUE_PRIO=100)"]


def test_music_is_there_for_every_turn() -> None:
    """Whoever can be rung in a chain, covers included, has the class that the dialplan asks for."""
    classes = {found.name for found in music(LOADED)}
    for context, extensions in DIALPLAN.items():
        for extension in extensions.values():
            for line in extension.lines:
                found = re.match(rf"Gosub\({V}-turn,to-(\w+),start\(\d+,(\w+),", line.application)
                if found is None or found[2] == "wait":
                    continue
                agency: str | None = found[1]
                while agency:
                    for language in PLAN.centre.languages:
                        assert f"{V}-{found[2]}-{agency}-{language}" in classes, context
                    agency = PLAN.agencies[agency].cover
    for agency in PLAN.agencies:
        assert f"{V}-calling-{agency}-id" in classes
    assert {f"{V}-wait-id", f"{V}-wait-en"} <= classes


def test_known_numbers_are_found_in_each_of_their_forms() -> None:
    """A number written internationally is also an extension in its national form."""
    assert set(DIALPLAN[f"{V}-known"]) == {"62811111111", "0811111111"}
    assert "Set(SIAGA_RESULT=disaster)" in applications("known", "0811111111")


def test_a_wait_that_does_not_fit_lasts_as_long_as_there_is_time() -> None:
    """A native menu that began late waits for the time left, as the menu in Python does."""
    (first, _) = (text for text in applications("native", "s") if text.startswith("Read("))
    left, length = "${SIAGA_LIMIT} - ${STRFTIME(,,%s.%3q)}", "${SIAGA_LENGTH}"
    wait = PLAN.menu.wait
    assert f",${{IF($[{left} < {length} + {wait}]?$[{left} - {length}]:{wait})}})" in first


def test_the_native_menu_knows_how_long_its_prompts_are() -> None:
    """Greeting, sub-menu and announcement each have their own length, in each language."""
    for prompt, seconds in (
        ("id-menu", "8.4"),
        ("id-menu-accident", "3.1"),
        ("id-announce-flood", "9.9"),
    ):
        assert applications("length", prompt) == [f"Set(SIAGA_LENGTH={seconds})", "Return()"]
    assert applications("length", "_[a-z].")[0] == "Set(SIAGA_LENGTH=0)"


def test_choosing_on_begins_time_and_tries_anew() -> None:
    """Language and sub-menu set the limit and the tries again before they go on."""
    for digit in ("d3", "d9"):
        lines = applications("native", digit)
        assert "Set(SIAGA_TRIES=0)" in lines
        assert any(line.startswith("Set(SIAGA_LIMIT=") for line in lines)
    assert applications("native", "d3")[-1] == f"Goto({V}-native-accident,s,first)"


def test_languages_mean_nothing_in_a_sub_menu() -> None:
    """The digit that changes the language of the first menu is no digit of a sub-menu."""
    assert "d9" in DIALPLAN[f"{V}-native"]
    assert "d9" not in DIALPLAN[f"{V}-native-accident"]


def test_a_choice_is_kept_only_where_repeat_callers_are_asked_for() -> None:
    """Nothing is written about callers unless the plan has them recognised."""
    assert any("DB(siaga-recent" in line for line in applications("menu", "s"))
    without = own(rich(("  repeat: {within: 5m}\n", "")))["extensions.conf"]
    assert "siaga-recent" not in without


def test_blocks_name_the_line_of_the_plan_that_they_come_from() -> None:
    """An agency's and a sub-menu's block say where they stand in the plan's text."""
    text = own(parse_plan(RICH.encode()))["extensions.conf"]
    lines = RICH.splitlines()
    agency = 1 + lines.index("  bpbd:")
    assert f"; agencies.bpbd, routing.yaml:{agency}\n" in text
    menu = 2 + lines.index("menus:")
    assert f"; menus.accident, routing.yaml:{menu}\n" in text


def test_a_silent_caller_who_is_watched_is_led_to_the_operators_alone() -> None:
    """By a sound, a key, the end of the time, an Asterisk that cannot listen; nothing ends it."""
    dialplan = parse(rendered(PROJECT / "plans" / "contoh-lengkap.yaml"))
    (name,) = (context for context in dialplan if re.fullmatch(r"[0-9a-f]{12}-silent", context))
    lines = [line for extension in dialplan[name].values() for line in extension.lines]
    version = name.removesuffix("-silent")
    away = {line.application for line in lines if line.name == "Goto" and version in line.arguments}
    assert away == {f"Goto({version}-route-operator,s,start)"}
    asked = [line.arguments for line in lines if line.name == "GotoIf"]
    assert [text.partition("?")[2] for text in asked if "LEN" not in text] == [
        "held,1",
        "held,1",
        "heard,1",
    ]


def test_without_the_word_nobody_is_listened_to() -> None:
    """A plan that says nothing of silent callers costs nothing, and leads to the last resort."""
    whole = rendered(PROJECT / "plans" / "kutim.yaml")
    assert "TALK_DETECT" not in whole
    assert "listened" not in whole
    (line,) = parse(whole)[Context.SILENT]["s"].lines
    assert line.application.endswith("-last-resort,s,start)")
