"""The bench's own ways into its centre, made from the real dialplan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ops.bench import plan
from ops.bench.entries import DialplanChangedError, Entry, extra
from ops.dialplan import parse
from ops.dialplan_lint import rendered
from siaga.plan import load_plan
from siaga.settings import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

KUTIM = PROJECT / "plans" / "kutim.yaml"
TEXT = rendered(KUTIM)
V = load_plan(KUTIM).version


def applications(entry: Entry) -> list[str]:
    made = parse(extra(TEXT).replace("(+)", ""))["from-trunk"][entry]
    return [line.application for line in made.lines]


@pytest.mark.parametrize(("entry", "label"), [(Entry.NATIVE, "native"), (Entry.PROCESS, "standby")])
def test_a_way_differs_from_the_real_one_in_where_it_enters_the_menu_only(
    entry: Entry, label: str
) -> None:
    """A call forced to another tier goes through the very lines of a real call but for the last."""
    real = [line.application for line in parse(TEXT)[f"{V}-arrival"]["s"].lines]
    assert applications(entry)[:-1] == real[:-1]
    assert applications(entry)[-1] == f"Goto({V}-menu,s,{label})"
    assert label in parse(TEXT)[f"{V}-menu"]["s"].labels


def test_menu_only_calls_run_the_scripts_that_real_calls_run() -> None:
    """The menu-only ways name the same FastAGI address and the same script as the real menu."""
    menu = [line.application for line in parse(TEXT)[f"{V}-menu"]["s"].lines]
    for entry in (Entry.MENU_FASTAGI, Entry.MENU_PROCESS):
        (script,) = [text for text in applications(entry) if text.startswith("AGI(")]
        assert script in menu
        assert ("agi://" in script) == (entry is Entry.MENU_FASTAGI)


def test_menu_only_calls_are_neither_recorded_nor_queued() -> None:
    """What is subtracted from and compared is the menu: no recording, no queue, in any of them."""
    for entry in (Entry.MENU_NONE, Entry.MENU_FASTAGI, Entry.MENU_PROCESS):
        names = {text.partition("(")[0] for text in applications(entry)}
        # TryExec stores the keys, as GotoIf has it: what every answered call does.
        assert names <= {"Set", "GotoIf", "TryExec", "Answer", "AGI", "Wait", "Hangup"}
        assert applications(entry)[-1] == "Hangup()"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (f"Goto({V}-menu,s,start)", f"Goto({V}-menu,s,native)"),
        (f"Goto({V}-arrival,s,start)", f"Goto({V}-menu,s,start)"),
        ("n(native)", "n(natif)"),
        ("AGI(agi://", "NoOp(agi://"),
        (f"[{V}-menu]", "[menu]"),
    ],
)
def test_a_dialplan_of_another_form_is_refused(old: str, new: str) -> None:
    """A dialplan that the bench does not recognise stops it instead of being measured wrongly."""
    assert old in TEXT
    with pytest.raises(DialplanChangedError):
        extra(TEXT.replace(old, new))


def test_the_plan_of_the_bench_is_valid(tmp_path: Path) -> None:
    """The bench's plan passes the check that every plan passes, and its key leads to its agency."""
    file = tmp_path / "plan.yaml"
    file.write_text(plan.TEXT, encoding="utf-8")
    loaded = load_plan(file).plan
    chosen = loaded.emergencies[loaded.menu.digits[plan.DIGIT]]
    assert loaded.agencies[chosen.agency].extensions == plan.HANDSETS
