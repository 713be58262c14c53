from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from router.alarms import RULES, Kind
from router.alarms.board import MAX_ALARMS, MAX_WAITING, Board
from router.alarms.core import Event

ABSENT, FELL = Kind.AGENCY_ABSENT, Kind.TIER_FELL
WAIT = 180.0


def board() -> Board:
    return Board({ABSENT: WAIT})


def see(made: Board, at: float, *agencies: str, unknown: tuple[Kind, ...] = ()) -> list[str]:
    made.judge({(ABSENT, agency): "0/2" for agency in agencies}, at, unknown)
    return [f"{told.event}:{told.alarm.subject}" for told in made.tick(at)]


def test_what_lasts_is_raised_after_its_time_and_once() -> None:
    """An agency that is absent becomes an alarm after its time, and only then, and once."""
    made = board()
    assert see(made, 0, "damkar") == []
    assert see(made, WAIT - 1, "damkar") == []
    assert see(made, WAIT, "damkar") == ["alarm_raised:damkar"]
    assert see(made, WAIT + 1, "damkar") == []


def test_what_comes_and_goes_is_not_forgotten_at_once() -> None:
    """A handset that logs in for a moment does not make the wait begin anew."""
    made = board()
    see(made, 0, "damkar")
    see(made, 100)  # back for less than the time after which it is over
    see(made, 105, "damkar")
    assert see(made, WAIT, "damkar") == ["alarm_raised:damkar"]


def test_what_is_right_for_long_enough_is_cleared_and_told() -> None:
    """An alarm is cleared when it was right for its time, not before, and may come again."""
    made = board()
    see(made, 0, "damkar")
    see(made, WAIT, "damkar")
    assert see(made, 200) == []
    clear = RULES[ABSENT].clear_after_s
    assert see(made, 200 + clear - 1) == []
    assert see(made, 200 + clear) == ["alarm_cleared:damkar"]
    assert made.raised == []
    see(made, 1000, "damkar")
    assert see(made, 1000 + WAIT, "damkar") == ["alarm_raised:damkar"]


def test_what_lasts_is_told_again() -> None:
    """An alarm that stands is repeated, at its own pace."""
    made = board()
    see(made, 0, "damkar")
    see(made, WAIT, "damkar")
    again = WAIT + RULES[ABSENT].repeat_s
    assert see(made, again - 1, "damkar") == []
    assert see(made, again, "damkar") == ["alarm_repeated:damkar"]
    assert see(made, again + 1, "damkar") == []


def test_what_is_not_known_changes_nothing() -> None:
    """While nothing is known of handsets, an alarm neither comes nor goes."""
    made = board()
    see(made, 0, "damkar")
    see(made, WAIT, "damkar")
    assert see(made, 9000, unknown=(ABSENT,)) == ["alarm_repeated:damkar"]
    assert [alarm.subject for alarm in made.raised] == ["damkar"]


def test_a_moment_is_raised_at_once_and_over_when_it_stays_away() -> None:
    """A fall to a lower tier is told at once, counted, and over after its quiet time."""
    made = Board()
    made.wrong(FELL, "2", "call-1", 0)
    assert [told.event for told in made.tick(0)] == [Event.RAISED]
    made.judge({}, 1)  # that nothing lasting is wrong says nothing of it
    assert made.tick(1) == []
    made.wrong(FELL, "2", "call-2", 100)
    assert made.tick(100) == []
    assert [(a.count, a.detail) for a in made.raised] == [(2, "call-2")]
    quiet = RULES[FELL].clear_after_s
    assert made.tick(quiet + 99) == []
    assert [told.event for told in made.tick(quiet + 100)] == [Event.CLEARED]


def test_a_clock_that_is_set_back_holds_nothing_up() -> None:
    """After the clock was set back by a day, what is wrong is raised and cleared all the same."""
    made = board()
    see(made, 86_400, "damkar")
    assert see(made, 10, "damkar") == []
    assert see(made, 10 + WAIT, "damkar") == ["alarm_raised:damkar"]
    see(made, 5)
    assert see(made, 5 + RULES[ABSENT].clear_after_s) == ["alarm_cleared:damkar"]


def test_an_alarm_is_unheard_until_somebody_took_it() -> None:
    """A standing alarm that no receiver took rang nowhere; a taken one did not."""
    made = Board()
    made.wrong(FELL, "2", "", 0)
    (told,) = made.tick(0)
    assert [alarm.subject for alarm in made.unheard] == ["2"]
    made.taken(told, 1)
    assert made.unheard == []
    assert not made.waiting


def test_board_is_the_same_after_a_restart() -> None:
    """Alarms, their times, and what was not told yet survive a restart."""
    made = board()
    made.wrong(FELL, "2", "call-1", 5)
    see(made, 10, "damkar")
    see(made, 10 + WAIT, "damkar")
    other = board()
    other.restore(made.to_json())
    assert other.alarms == made.alarms
    assert other.waiting == made.waiting
    assert see(other, 11 + WAIT, "damkar") == []


def test_board_is_bounded() -> None:
    """Neither alarms nor announcements that nobody takes grow without end."""
    made = Board()
    for number in range(MAX_ALARMS + 50):
        made.wrong(FELL, str(number), "", 0)
    made.tick(0)
    assert len(made.alarms) == MAX_ALARMS
    assert len(made.waiting) == MAX_WAITING
    assert made.dropped == MAX_ALARMS - MAX_WAITING


@given(st.lists(st.tuples(st.floats(0, 600), st.booleans()), max_size=60))
def test_raised_and_cleared_alternate(seen: list[tuple[float, bool]]) -> None:
    """Whatever is seen when, an alarm is raised, then cleared, then raised: never twice the same.

    It is never raised while it is right, and never before it was wrong for its time.
    """
    made, now, last = board(), 0.0, Event.CLEARED
    began: float | None = None
    for wait, is_wrong in seen:
        now += wait
        key = f"{ABSENT}:damkar"
        was = made.alarms.get(key)
        began = now if was is None else was.began
        made.judge({(ABSENT, "damkar"): ""} if is_wrong else {}, now)
        for told in made.tick(now):
            if told.event is Event.REPEATED:
                assert last is Event.RAISED
                continue
            assert told.event is not last
            last = told.event
            if told.event is Event.RAISED:
                assert is_wrong
                assert now - began >= WAIT


def test_every_kind_says_what_to_do_in_both_languages() -> None:
    """Each kind has a rule with words and an action, and a moment is over by itself."""
    assert set(RULES) == set(Kind)
    for rule in RULES.values():
        assert rule.text
        assert rule.text_en
        assert rule.todo
        assert rule.todo_en
        assert not rule.is_moment or rule.clear_after_s > 0
