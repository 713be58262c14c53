"""Keys found again: of what is pressed, told, and kept, each counts once and in its turn."""

from __future__ import annotations

from collections import Counter
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


def taken(keys: list[tuple[str, bool, bool]], *, calm: bool = False) -> str:
    """What a menu takes in of these, the dropped ones found at the end at the latest.

    Args:
        keys: pressed.
        calm: whether it is silent before the first, and whenever none is left to take in.
    """
    menu, kept, found, waits = Keys(), "", "", ""
    for place, (key, told, late) in enumerate(keys):
        if calm and not waits and not menu.untold(kept):
            menu.silent(kept)
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


@given(PRESSED, st.booleans())
def test_nothing_is_made_up_and_nothing_told_is_lost(
    keys: list[tuple[str, bool, bool]],
    calm: bool,  # noqa: FBT001  (hypothesis gives it)
) -> None:
    """Of a key, as many count as were told at least, and never more than were pressed."""
    found = [(key, len(list(run))) for key, run in groupby(taken(keys, calm=calm))]
    runs = [list(run) for _, run in groupby(keys, key=lambda key: key[0])]
    assert [key for key, _ in found] == [run[0][0] for run in runs]
    assert all(count <= len(run) for (_, count), run in zip(found, runs, strict=True))
    # Which of several is told is not known when ones before it were dropped: they count together.
    told, counted = Counter(key for key, told, _ in keys if told), Counter[str]()
    for key, count in found:
        counted[key] += count
    assert told <= counted


@given(PRESSED.filter(lambda keys: all(one[0] != two[0] for one, two in pairwise(keys))))
def test_silences_change_nothing_of_that(keys: list[tuple[str, bool, bool]]) -> None:
    """A caller who pauses between keys is understood as one who does not."""
    assert taken(keys, calm=True) == "".join(key for key, *_ in keys)


@pytest.mark.parametrize("before", ["", "7", "97"])
def test_the_same_key_twice_after_a_silence_is_two(before: str) -> None:
    """The first had nothing to wait for: kept twice, it was pressed twice."""
    menu = Keys()
    for place, key in enumerate(before, 1):
        assert menu.heard(before[:place], key, waited=False) == key
    menu.silent(before)
    assert menu.heard(before + "77", "7", waited=False) == "7"
    assert menu.untold(before + "77") == "7"
    assert menu.heard(before + "77", None, waited=True) == "7"
    assert menu.untold(before + "77") == ""


def test_the_same_key_twice_at_a_calls_very_beginning_is_two() -> None:
    """Nothing is before the first key of a call, that it could have waited for."""
    menu = Keys()
    assert menu.heard("77", None, waited=True) == "77"
    menu = Keys()
    assert menu.heard("777", "7", waited=False) == "7"
    assert menu.heard("777", None, waited=True) == "7"


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
        (1, "11", "1"),
        (2, "11", ""),
        (1, "22", "2"),
        (2, "122", ""),
    ],
)
def test_what_was_looked_at_before_is_passed_over(seen: int | None, kept: str, new: str) -> None:
    """A tier begins where the dialplan has looked; later keys are new to all."""
    menu = Keys(seen)
    assert menu.heard(kept, None, waited=True) == new
    assert menu.heard(kept + "3", None, waited=True) == "3"
