from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from router.calls.celfile import CelFile
from tests.unit.router.calls.celmaker import Script, lines

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

HOSTILE = st.text(st.sampled_from('\r\n",.01aHANGUP_ é')) | st.sampled_from(
    ('\n"HANGUP","1.0",', '"\n"HANGUP","1.0","', '\n""HANGUP"",""1.0"",', "\n\n\n")
)


@given(numbers=st.lists(HOSTILE, min_size=1, max_size=4))
def test_whatever_a_number_holds_each_line_is_one_event(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[str]
) -> None:
    """Line ends and quotes in callers' numbers neither lose an event nor add one."""
    path = tmp_path_factory.mktemp("cel") / "cel.csv"
    script = Script()
    for number in numbers:
        script.event("CHAN_START", number=number)
    path.write_bytes(lines(script.events))
    file = CelFile(path)
    assert [event.number for event in file.read()] == numbers
    assert file.malformed == 0


def test_a_line_is_not_taken_before_its_end(tmp_path: Path) -> None:
    """What is written so far of a line whose number holds a line end is read once it is whole."""
    path = tmp_path / "cel.csv"
    script = Script()
    script.event("CHAN_START", number="081\nx")
    whole = lines(script.events)
    cut = whole.index(b"x")
    path.write_bytes(whole[:cut])
    file = CelFile(path)
    assert list(file.read()) == []
    with path.open("ab") as more:
        more.write(whole[cut:])
    assert [event.number for event in file.read()] == ["081\nx"]


def test_a_stump_between_quotes_loses_only_itself(tmp_path: Path) -> None:
    """Asterisk died after a line end in a number; the lines that follow are all read."""
    path = tmp_path / "cel.csv"
    script = Script()
    script.event("CHAN_START", number="081\nx")
    stump = lines(script.events).partition(b"x")[0]
    script.events.clear()
    script.event("ANSWER")
    script.event("HANGUP")
    path.write_bytes(stump + lines(script.events))
    file = CelFile(path)
    assert [event.kind for event in file.read()] == ["ANSWER", "HANGUP"]
    assert file.malformed == 1
