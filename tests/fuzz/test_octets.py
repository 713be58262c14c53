"""The fuzzer of bytes, for a few examples of each protocol."""

from __future__ import annotations

import pytest

from tests.fuzz import octets
from tests.fuzz.hammer import hammer
from tests.fuzz.octets import PROPERTIES

EXAMPLES = 100


@pytest.mark.parametrize("name", PROPERTIES)
def test_no_bytes_break_a_protocol(name: str) -> None:
    """A hundred streams, the same in every run."""
    assert hammer(name, EXAMPLES, first=112) >= EXAMPLES // 2


def test_a_protocol_that_breaks_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A parser that trips over one byte does not get away with it."""

    class Fragile(octets.FrameParser):
        def receive(self, data: bytes | memoryview) -> None:
            if b"\xff" in bytes(data):
                raise UnicodeError("tripped")
            super().receive(data)

    monkeypatch.setattr(octets, "FrameParser", Fragile)
    with pytest.raises(UnicodeError, match="tripped"):
        hammer("ami", EXAMPLES, first=112)
