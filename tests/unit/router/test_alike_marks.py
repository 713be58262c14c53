"""What is noted of overrides that all nodes have, and what follows from it."""

from __future__ import annotations

import pytest

from router.nodes.alike import Compared, Mark, Step, digest, step
from siaga.plan.live import Override
from tests.unit.router.live_asterisk import NOW, Desk


@pytest.mark.parametrize("value", [None, "", "x", "1", "|", "-1|a", "1" * 30 + "|a", "²|a"])
def test_a_mark_that_is_none_says_nothing(value: str | None) -> None:
    """Then all that is set here counts as changed here."""
    assert Mark.read(value) == Mark()
    desk = Desk()
    item = desk.item(Override.CLOSED, "damkar", since=NOW)
    assert step(Compared(item.key, item, None, Mark.read(value)), marked=True) is Step.TELL
    assert Mark.read(str(Mark(7, digest(item)))) == Mark(7, digest(item))
