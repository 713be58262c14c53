from __future__ import annotations

from dataclasses import replace

import pytest

from ops.evening.account import Rung
from ops.evening.model import Kind
from ops.evening.turns import DIGIT, FLAGGED, UNKNOWN, joins, rank, turns
from tests.unit.ops.evening.history import BEGAN, History


def two(
    *, mine: float | None = 2.0, theirs: float | None = 2.0, later: float = 3.0, mark: str = ""
) -> History:
    """A real caller who waits for the operators for 14 s, and another who calls and is served.

    Args:
        mine: when the real caller chose; None: never.
        theirs: when the other did.
        later: how long after the real one the other calls.
        mark: what the handset shows of the other.
    """
    made = History()
    made.call("0811", Kind.REAL, 10.0, rung=16.0, answered=18.0, ended=25.0, chosen=mine)
    made.call(
        "0812", Kind.PRANK, 10.0 + later, rung=12.5, answered=14.0, ended=20.0, chosen=theirs,
        mark=mark,
    )  # fmt: skip
    return made


def behind(made: History) -> int:
    return len(turns(made.evidence()).behind)


def test_a_prank_that_came_later_and_is_served_first() -> None:
    """The same rank, later, the same agency: that must not be."""
    assert behind(two(later=1.1)) == 1


@pytest.mark.parametrize("later", [0.0, 0.9, -3.0])
def test_a_prank_that_came_earlier_may_be_served_first(later: float) -> None:
    """Or so little later that Asterisk may have seen it earlier."""
    assert behind(two(later=later)) == 0


@pytest.mark.parametrize(("theirs", "mark"), [(None, ""), (2.0, " DITANDAI")])
def test_a_lower_rank_that_came_earlier_must_wait(theirs: float | None, mark: str) -> None:
    """Who pressed nothing, or whose number is flagged, is behind who pressed a key."""
    assert behind(two(theirs=theirs, mark=mark, later=-1.0)) == 1


def test_a_higher_rank_goes_first() -> None:
    """A prank by a key before somebody who presses nothing: counted, as the plan wants it so."""
    made = two(mine=None, later=3.0)
    made.change(made.accounts[0], rings=(replace(made.accounts[0].rings[0], at=BEGAN + 30),))
    found = turns(made.evidence())
    assert (found.seen, len(found.behind), found.by_key) == (1, 0, 1)


def test_who_went_before_another_who_waited_is_counted() -> None:
    """It shows that there was somebody to be behind of."""
    made = two(theirs=None, later=-15.0)
    ghost, real = made.accounts[1], made.accounts[0]
    made.change(ghost, rings=(replace(ghost.rings[0], at=BEGAN + 30),))
    found = turns(made.evidence())
    assert (found.ahead, len(found.behind)) == (1, 0)
    made.change(real, rings=(replace(real.rings[0], at=BEGAN + 31),))
    assert turns(made.evidence()).ahead == 0


def test_who_gets_a_handset_in_the_same_look_was_not_behind() -> None:
    """Two handsets were free; Asterisk looks for each caller once a second."""
    made = two(later=1.1)
    real = made.accounts[0]
    made.change(real, rings=(replace(real.rings[0], at=BEGAN + 24.9),))
    assert behind(made) == 0


def test_who_is_being_rung_for_is_not_waiting() -> None:
    """Even when that handset does not answer."""
    made = two(later=1.1)
    real = made.accounts[0]
    vain = Rung("101", "v", BEGAN + 23.0, "PETUGAS", None, BEGAN + 25.5)
    made.change(real, rings=(vain, *real.rings))
    assert behind(made) == 0


def test_who_has_left_is_not_waiting() -> None:
    """Nor who is answered."""
    made = two(later=1.1)
    made.change(made.accounts[0], ended=BEGAN + 22.0, rings=())
    assert behind(made) == 0


def test_another_agency_is_another_queue() -> None:
    """A prank for RSUD's handsets takes nobody's turn at Kominfo's."""
    made = two(later=1.1)
    prank = made.accounts[1]
    ring = replace(prank.rings[0], extension="301", display="MEDIS")
    made.change(prank, rings=(ring,))
    assert behind(made) == 0


def test_a_leg_that_is_rung_into_a_call_takes_no_turn() -> None:
    """A human has judged that call."""
    made = two(later=1.1)
    prank = made.accounts[1]
    made.change(prank, rings=(replace(prank.rings[0], display="GABUNG PETUGAS"),))
    assert behind(made) == 0


def test_ranks_are_what_telephones_know() -> None:
    """A key, a call a short while ago, nothing, a flag."""
    made = History()
    digit = made.call("0811", Kind.REAL, 1.0)
    nothing = made.call("0812", Kind.REAL, 1.0, chosen=None)
    flagged = made.call("0813", Kind.REAL, 1.0, mark=" DITANDAI")
    repeat = made.call("0814", Kind.REAL, 1.0, chosen=None)
    made.change(repeat, rings=(replace(repeat.rings[0], display="ULANG PETUGAS"),))
    evidence = made.evidence()
    found = [rank(evidence, account) for account in (digit, nothing, flagged, made.accounts[-1])]
    assert found == [DIGIT, UNKNOWN, FLAGGED, DIGIT]


def test_when_somebody_joined_a_queue() -> None:
    """By the key, by the menu's longest, or after the agency before was rung for its time."""
    made = History()
    made.call("0811", Kind.REAL, 1.0, emergency="fire")
    made.call("0812", Kind.REAL, 1.0, chosen=None, rung=None, answered=None)
    made.call("0813", Kind.REAL, 40.0, emergency="fire", extension="101")
    made.notes.away = (BEGAN + 30, BEGAN + 60)
    evidence = made.evidence()
    fire, silent, away = evidence.played
    assert joins(evidence, fire, "damkar") == BEGAN + 3
    assert joins(evidence, fire, "kominfo") == BEGAN + 11
    assert joins(evidence, fire, "rsud") is None
    assert joins(evidence, silent, "kominfo") == BEGAN + 13
    assert joins(evidence, away, "kominfo") == BEGAN + 42


def test_an_absent_agency_that_still_talks_is_waited_for() -> None:
    """Who logs out in the middle of a call is busy until it is over."""
    made = History()
    made.call("0810", Kind.REAL, 30.0, emergency="fire", ended=30.0)
    made.call("0813", Kind.REAL, 40.0, emergency="fire", extension="101")
    made.notes.away = (BEGAN + 39, BEGAN + 70)
    evidence = made.evidence()
    assert joins(evidence, evidence.played[1], "kominfo") == BEGAN + 50
