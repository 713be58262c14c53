"""Keys found again: of what is pressed, told, and kept, each counts once and in its turn."""

from __future__ import annotations

from itertools import groupby, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.keys import Keys

PRESSED = st.lists(
    # A key, whether a command tells of it, and whether the next one comes before that and so waits.
    st.tuples(st.sampled_from("0123456789*#"), st.booleans(), st.booleans()),
    max_size=30,
)


def taken(keys: list[tuple[str, bool, bool]]) -> str:
    """What a menu takes in of these, the dropped ones found at the end at the latest."""
    menu, kept, found = Keys(), "", ""
    for place, (key, told, late) in enumerate(keys):
        kept += key
        waits = keys[place + 1][0] if late and place + 1 < len(keys) else ""
        if told:
            found += menu.heard(kept + waits, key, waited=False)
        elif not waits:
            assert menu.heard(kept, None, waited=False) == ""
        kept += waits
    return found + menu.heard(kept, None, waited=True)


@given(PRESSED.filter(lambda keys: all(one[0] != two[0] for one, two in pairwise(keys))))
def test_each_key_counts_once_in_its_turn(keys: list[tuple[str, bool, bool]]) -> None:
    """Whichever commands tell of, however late, and whichever are kept twice for that."""
    assert taken(keys) == "".join(key for key, *_ in keys)


@given(PRESSED)
def test_nothing_is_made_up_and_nothing_told_is_lost(keys: list[tuple[str, bool, bool]]) -> None:
    """Of the same key again, at least those told count, and never more than were pressed."""
    found = [(key, len(list(run))) for key, run in groupby(taken(keys))]
    runs = [list(run) for _, run in groupby(keys, key=lambda key: key[0])]
    assert [key for key, _ in found] == [run[0][0] for run in runs]
    for (_, count), run in zip(found, runs, strict=True):
        assert sum(told for _, told, _ in run) <= count <= len(run)


def test_the_same_key_again_is_found_when_it_comes_later() -> None:
    """What is kept after a command told of the key is another one."""
    menu = Keys()
    assert menu.heard("9", "9", waited=False) == "9"
    assert menu.heard("9#", "#", waited=False) == "#"
    assert menu.untold("9##") == "#"
    assert menu.heard("9##", None, waited=True) == "#"
    assert menu.untold("9##") == ""
    # Kept twice for it had to wait, told once.
    assert menu.heard("9##71", "7", waited=False) == "7"
    assert menu.heard("9##711", "1", waited=False) == "1"
    assert menu.untold("9##711") == ""


@given(st.text("0123456789*#", max_size=20))
def test_the_same_key_again_counts_when_a_command_is_told(pressed: str) -> None:
    """What a menu hears, it takes, however often."""
    menu, found = Keys(), ""
    for place, key in enumerate(pressed, 1):
        found += menu.heard(pressed[:place], key, waited=False)
    assert found == pressed


@given(st.text("0123456789*#", max_size=20))
def test_nothing_kept_is_no_matter(pressed: str) -> None:
    """Where Asterisk keeps no keys, those told are all there are."""
    menu = Keys()
    assert "".join(menu.heard("", key, waited=False) for key in pressed) == pressed


@pytest.mark.parametrize(
    ("seen", "kept", "new"),
    [
        (0, "12", "12"),
        (1, "12", "2"),
        (2, "12", ""),
        (9, "12", ""),
        (None, "12", ""),
        (1, "11", ""),
    ],
)
def test_what_was_looked_at_before_is_passed_over(seen: int | None, kept: str, new: str) -> None:
    """A tier begins where the dialplan has looked; later keys are new to all."""
    menu = Keys(seen)
    assert menu.heard(kept, None, waited=True) == new
    assert menu.heard(kept + "3", None, waited=True) == "3"
