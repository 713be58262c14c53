"""``siaga112 simulate``: a call on paper, second by second; or what changes between two plans."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from ops import simulate_lines
from router.live import live_at
from router.live.items import in_force
from siaga.errors import SiagaError
from siaga.names import MenuReason
from siaga.plan import load_plan
from siaga.plan.arrival import digits_of, flag_of
from siaga.plan.calendar import epoch, local
from siaga.plan.compare import compare as differences
from siaga.plan.live import Override
from siaga.plan.paper import paper_menu
from siaga.plan.problems import nearest
from siaga.plan.simulate import Scenario, answering, path
from siaga.plan.simulate import simulate as follow
from siaga.plan.virtual_menu import Press

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from router.live import Item
    from siaga.plan import LoadedPlan, Plan
    from siaga.plan.live import Live
    from siaga.plan.simulate import Event

KEYS: Final = "0123456789*#"
NOTHING: Final = "-"
HIDDEN: Final = "hidden"


class QuestionError(SiagaError):
    """The question cannot be asked of this plan; the text says what to do."""

    code = "question"
    exit_status = 2


def simulate(  # noqa: PLR0913 (the options of a command)
    plan: Path,
    *,
    press: str | None,
    at: str | None,
    down: list[str],
    silent: list[str],
    answer: str | None,
    area: str | None,
    caller: str | None,
    trunk_down: bool,
    live: Collection[Item],
    crowded: bool,
    flagged: bool = False,
    compare: Path | None,
    as_json: bool,
) -> int:
    """Print the call as it would go, or what changes since the plan ``compare``.

    Args:
        plan: the plan's file.
        press: keys in their order, each at the end of what is said; ``-`` or None: none.
        at: arrival in the centre's time; None: now.
        down: agencies without a handset logged in.
        silent: agencies that let it ring; if given, all others answer. Else nobody answers.
        answer: the only agency that answers.
        area: the caller's.
        caller: the caller's number, or ``hidden``; None: one that the plan does not know.
        trunk_down: outside numbers cannot be reached.
        live: overrides set in a running centre, each to be met until its end.
        crowded: more calls are up than ``SIAGA_MAX_CALLS``.
        flagged: the caller's number is flagged, as it may be by ``live`` too; with ``press``
            something is pressed at the warning, else nothing is heard.
        compare: an older plan.
        as_json: for machines.

    Returns:
        The exit status.

    Raises:
        PlanError: a plan cannot be used.
        QuestionError: a name or a value is not one of the plan's.
    """
    loaded = load_plan(plan)
    if compare is not None:
        _print_changes(load_plan(compare), loaded, as_json=as_json)
        return 0
    moment = _moment(loaded.plan, at)
    presses = _presses(press)
    scenario = Scenario(
        plan=loaded.plan,
        spec=paper_menu(loaded),
        at=moment,
        presses=presses,
        number=_number(caller),
        area=_area(loaded.plan, area),
        down=frozenset(_agencies(loaded.plan, down)),
        answers=_answers(loaded.plan, answer, silent),
        trunk_up=not trunk_down,
        live=_live(loaded.plan, live, moment),
        crowded=crowded,
        flagged=_flagged(loaded.plan, caller, live, moment, presses, flagged=flagged),
    )
    events = follow(scenario)
    if as_json:
        sys.stdout.write(json.dumps(_report(loaded, scenario, events), ensure_ascii=False) + "\n")
    else:
        head = f"{plan} ({loaded.version}), {scenario.at:%Y-%m-%d %H:%M}"
        lines = (head, *simulate_lines.lines(loaded.plan, events))
        sys.stdout.write("\n".join(lines) + "\n")
    return 0


def _print_changes(old: LoadedPlan, new: LoadedPlan, *, as_json: bool) -> None:
    found = differences(old.plan, new.plan)
    if as_json:
        changes = [{"id": change.id, "en": change.en} for change in found]
        report = {"old": old.version, "new": new.version, "changes": changes}
        sys.stdout.write(json.dumps(report, ensure_ascii=False) + "\n")
    elif not found:
        sys.stdout.write("tidak ada yang berubah bagi penelepon / nothing changes for callers\n")
    else:
        sys.stdout.write("".join(f"- {change.id}\n  {change.en}\n" for change in found))


def _report(loaded: LoadedPlan, scenario: Scenario, events: Iterable[Event]) -> dict[str, Any]:
    events = tuple(events)
    return {
        "file": loaded.file,
        "version": loaded.version,
        "at": f"{scenario.at:%Y-%m-%d %H:%M}",
        "events": [simulate_lines.as_json(event) for event in events],
        "path": [list(item) for item in path(events)],
    }


def _moment(plan: Plan, text: str | None) -> datetime:
    if text is None:
        return local(plan, datetime.now(UTC))
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M")  # noqa: DTZ007 (the centre's own)
    except ValueError as error:
        raise QuestionError(
            f"--at: {text!r} bukan waktu / is no time; tulis / write 2026-12-25 02:10"
        ) from error


def _live(plan: Plan, items: Collection[Item], moment: datetime) -> Live:
    """What of the live state is in force then, as far as this plan knows its names.

    Raises:
        QuestionError: an agency is diverted to one that the plan does not have.
    """
    live = live_at(items, datetime.fromtimestamp(epoch(plan, moment), UTC))
    for name, target in live.diverted.items():
        if name in plan.agencies:
            _known(f"--live: divert {name}", target, plan.agencies)
    return live


def _flagged(  # noqa: PLR0913 (all that it depends on)
    plan: Plan,
    caller: str | None,
    items: Collection[Item],
    moment: datetime,
    presses: tuple[Press, ...],
    *,
    flagged: bool = False,
) -> MenuReason | None:
    at = datetime.fromtimestamp(epoch(plan, moment), UTC)
    number = flag_of(digits_of(caller or ""))
    stands = (
        item.override is Override.FLAG and item.name == number for item in in_force(items, at)
    )
    if not flagged and not any(stands):
        return None
    return MenuReason.FLAGGED if presses else MenuReason.FLAGGED_SILENT


def _presses(text: str | None) -> tuple[Press, ...]:
    if text is None or text == NOTHING:
        return ()
    wrong = [key for key in text if key not in KEYS]
    if wrong:
        raise QuestionError(
            f"--press: {wrong[0]!r} bukan tombol / is no key; pakai / use {KEYS}, - = none"
        )
    return tuple(Press(key) for key in text)


def _number(text: str | None) -> str | None:
    if text is None:
        return None
    if text == HIDDEN:
        return ""
    if not text.removeprefix("+").isascii() or not text.removeprefix("+").isdigit():
        raise QuestionError(f"--caller: {text!r} bukan nomor / is no number, nor '{HIDDEN}'")
    return text


def _area(plan: Plan, area: str | None) -> str | None:
    return None if area is None else _known("--area", area, plan.areas)


def _agencies(plan: Plan, names: list[str], option: str = "--down") -> list[str]:
    return [_known(option, name, plan.agencies) for name in names]


def _answers(plan: Plan, answer: str | None, silent: list[str]) -> frozenset[str]:
    quiet = _agencies(plan, silent, "--silent")
    if answer is not None:
        return frozenset((_known("--answer", answer, plan.agencies),)) - frozenset(quiet)
    return answering(plan, quiet) if quiet else frozenset()


def _known(option: str, name: str, known: Collection[str]) -> str:
    if name not in known:
        hint = nearest(name, known)
        raise QuestionError(
            f"{option}: tidak ada {name!r}; {hint.id}\n{option}: there is no {name!r}; {hint.en}"
        )
    return name
