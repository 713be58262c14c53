"""Who can be called back: subscribers' numbers, by the plan's trunks."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.callbacks.numbers import MAX_DIGITS, Way, subscriber, way
from siaga.plan.model import Plan, Trunk


@pytest.mark.parametrize(
    ("caller", "number"),
    [
        ("08123456789", "08123456789"),
        ("628123456789", "08123456789"),
        ("+628123456789", "08123456789"),
        ("054912345", "054912345"),
        ("+60123456789", "+60123456789"),
        *((text, None) for text in ("", "anonymous", "112", "0", "+", "0812", "erased", "201")),
        *((text, None) for text in ("0812 3456 789", "0812-3456789", "0812345678\n", "٠٨١٢٣٤٥٦٧٨")),
        *((text, None) for text in ("0809123456", "+62809123456", "0060123456789", "99123456")),
        *((text, None) for text in ("0812345678&PJSIP/201", "0812345678@x", "0" * 16, "08" * 40)),
        *((text, None) for text in ("+00812345678", "${SHELL(id)}", "0812345678|9", "+0012345678")),
    ],
)
def test_a_number_has_one_form_and_rubbish_has_none(caller: str, number: str | None) -> None:
    """As carriers send it; hidden, short, premium-rate and hostile ones are nobody's."""
    assert subscriber(caller) == number


@given(st.text(alphabet="+0123456789|&@/,\n ${}()abc", max_size=40))
def test_whatever_is_sent_only_digits_are_dialled(caller: str) -> None:
    """What comes out is a leading 0 or + and digits, and is known by itself again."""
    number = subscriber(caller)
    if number is not None:
        assert number[0] in "0+"
        assert number[1:].isdigit()
        assert 8 <= len(number.removeprefix("+")) <= MAX_DIGITS
        assert subscriber(number) == number


@pytest.mark.parametrize(
    ("may_send", "number", "expected"),
    [
        (["08"], "08123456789", Way("08123456789", "out")),
        (["+628"], "08123456789", Way("+628123456789", "out")),
        (["628"], "08123456789", Way("628123456789", "out")),
        (["0549"], "08123456789", None),
        (["08"], "+60123456789", None),
        (["+60"], "+60123456789", Way("+60123456789", "out")),
    ],
)
def test_a_number_goes_out_by_a_trunk_that_may_send_it(
    may_send: list[str], number: str, expected: Way | None
) -> None:
    """In the form that the trunk's beginnings are written in; else not at all."""
    trunk: Any = Trunk.model_validate({"host": "127.0.0.1", "may_send": may_send})
    plan: Any = Plan.model_construct(trunks={"in": Trunk.model_validate({}), "out": trunk})
    assert way(plan, number) == expected
