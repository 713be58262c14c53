"""What would a call meet: the question as the page asks it, and what is told of the answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from siaga.names import MenuReason
from siaga.plan.live import Live
from siaga.plan.paper import paper_menu
from siaga.plan.route import EVERYONE
from siaga.plan.simulate import Kind, Scenario, simulate
from siaga.plan.virtual_menu import Press

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from siaga.plan import LoadedPlan, Plan
    from siaga.plan.simulate import Event

KEYS: Final = frozenset("0123456789*#")
MOST_KEYS: Final = 10
FORM: Final = "%Y-%m-%dT%H:%M"
"""As a browser's field for a time has it."""


@dataclass(frozen=True, slots=True)
class Question:
    """A call that is asked about.

    Attributes:
        at: its arrival, in the centre's time. ``press``: the keys, in their order.
        caller: its number; empty: one that the plan does not know. ``hidden``: it has none.
        area: where it comes from; empty: not known.
        closed: agencies that do not answer. ``down``: those without a handset logged in.
        answer: the agency of which somebody answers; empty: nobody does.
        trunk_down: outside numbers cannot be reached. ``crowded``: too many calls are up.
        flagged: its number is flagged.
    """

    at: datetime
    press: str = ""
    caller: str = ""
    hidden: bool = False
    area: str = ""
    closed: frozenset[str] = frozenset()
    down: frozenset[str] = frozenset()
    answer: str = ""
    trunk_down: bool = False
    crowded: bool = False
    flagged: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the answer.

    Attributes:
        seconds: since the call's arrival.
        word: of its ``group`` of words, which may use ``name`` and ``other``.
        name, other: whom or what it is about.
        lasting: seconds that it rings.
        who: ``agency`` or ``emergency`` if ``name`` is one of the plan's.
    """

    seconds: float
    word: str
    name: str = ""
    other: str = ""
    lasting: str = ""
    who: str = ""
    group: str = "whatif"


def asked(query: Mapping[str, str], many: Mapping[str, Sequence[str]], now: datetime) -> Question:
    """The question of a form; what cannot be is left out."""
    try:
        at = datetime.strptime(query.get("at", ""), FORM)  # noqa: DTZ007 (the centre's own)
    except ValueError:
        at = now
    caller = "".join(char for char in query.get("caller", "") if char.isascii() and char.isdigit())
    return Question(
        at=at.replace(second=0, microsecond=0),
        press="".join(char for char in query.get("press", "") if char in KEYS)[:MOST_KEYS],
        caller=caller[:20],
        hidden="hidden" in query,
        area=query.get("area", ""),
        closed=frozenset(many.get("closed", ())),
        down=frozenset(many.get("down", ())),
        answer=query.get("answer", ""),
        trunk_down="trunk_down" in query,
        crowded="crowded" in query,
        flagged="flagged" in query,
    )


def answered(loaded: LoadedPlan, question: Question) -> tuple[Row, ...]:
    """What the call would meet, as far as the plan knows the names in the question."""
    plan = loaded.plan
    known = frozenset(plan.agencies)
    presses = tuple(Press(key) for key in question.press)
    flagged = MenuReason.FLAGGED if presses else MenuReason.FLAGGED_SILENT
    scenario = Scenario(
        plan=plan,
        spec=paper_menu(loaded),
        at=question.at,
        presses=presses,
        number="" if question.hidden else question.caller or None,
        area=question.area if question.area in plan.areas else None,
        down=question.down & known,
        answers=frozenset((question.answer,)) & known,
        trunk_up=not question.trunk_down,
        live=Live(closed=question.closed & known),
        crowded=question.crowded,
        flagged=flagged if question.flagged else None,
    )
    return tuple(_row(plan, event) for event in simulate(scenario))


_WORDS: Final = {Kind.COMFORT: "prompt"}


def _row(plan: Plan, event: Event) -> Row:
    seconds = event.at_ms / 1000
    if event.kind is Kind.STEP:
        return _step(plan, event, seconds)
    if event.kind is Kind.STEP_END:
        return Row(seconds, str(event.result), group="whatif_end")
    if event.kind is Kind.CHOICE:
        return Row(seconds, str(event.reason), event.name, who="emergency", group="whatif_why")
    if event.kind is Kind.STANDS_IN:
        word = "stands_in" if event.other else "left_out"
        return Row(seconds, word, event.name, event.other, who="agency")
    name = str(event.round) if event.kind is Kind.LAST_RESORT else event.name
    who = "agency" if event.kind is Kind.ANSWERED else ""
    return Row(seconds, _WORDS.get(event.kind, str(event.kind)), name, event.language, who=who)


def _step(plan: Plan, event: Event, seconds: float) -> Row:
    step = event.step
    if step is None:
        return Row(seconds, "everyone")
    lasting = f"{step.seconds:g}" if event.ringing else ""
    if step.agency == EVERYONE:
        return Row(seconds, "everyone", lasting=lasting)
    if step.kind == "pstn":
        return Row(seconds, "pstn", step.agency, step.number or "", lasting, "agency")
    if step.kind == "post" and step.post is not None:
        post = plan.agencies[step.agency].posts[step.post].name.id
        return Row(seconds, "post", step.agency, post, lasting, "agency")
    return Row(seconds, "queue", step.agency, lasting=lasting, who="agency")
