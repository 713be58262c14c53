"""Keys found again: of what is pressed, told, and kept, each counts once and in its turn."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.keys import Keys

PRESSED = st.lists(
    # A key, whether a command tells of it, how many later ones are kept by then, and whether it is
    # kept twice.
    st.tuples(st.sampled_from("0123456789*#"), st.booleans(), st.integers(0, 3), st.booleans()),
    max_size=30,
).filter(lambda keys: all(one[0] != two[0] for one, two in pairwise(keys)))


@given(PRESSED)
def test_each_key_counts_once_in_its_turn(keys: list[tuple[str, bool, int, bool]]) -> None:
    """Whichever keys commands tell of, however late, and whichever are kept twice."""
    pressed = "".join(key for key, *_ in keys)
    found, menu = "", Keys()

    def kept(count: int) -> str:
        return "".join(key * 2 if twice else key for key, _, _, twice in keys[:count])

    for place, (key, told, later, _) in enumerate(keys, 1):
        # What is kept by then is not told of yet, and may not be taken for dropped.
        if told and key not in pressed[len(found) : place - 1]:
            found += menu.told(kept(place + later), key)
            assert found == pressed[:place]
    assert found + menu.dropped(kept(len(keys))) == pressed


@given(st.text("0123456789*#", max_size=20))
def test_the_same_key_again_counts_when_a_command_is_told(pressed: str) -> None:
    """What a menu hears, it takes, however often."""
    menu, found = Keys(), ""
    for place, key in enumerate(pressed, 1):
        found += menu.told(pressed[:place], key)
    assert found == pressed


@given(st.text("0123456789*#", max_size=20))
def test_nothing_kept_is_no_matter(pressed: str) -> None:
    """Where Asterisk keeps no keys, those told are all there are."""
    menu = Keys()
    assert "".join(menu.told("", key) for key in pressed) == pressed


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
    assert menu.dropped(kept) == new
    assert menu.dropped(kept + "3") == "3"
