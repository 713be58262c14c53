"""The bench's own ways into its centre: each a copy of the real way that differs in one thing.

They are made from the rendered dialplan, so that they cannot say something else than it does, and
are put behind it in the bench's own home. No other instance has them.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from ops.dialplan import parse
from siaga.errors import SiagaError
from siaga.names import EMERGENCY_NUMBER, START, Context, Part, Var

if TYPE_CHECKING:
    from collections.abc import Iterator

LISTEN_MS: Final = 800
"""How long callers of the ways that end with the menu listen before they press."""
HANGS_UP_MS: Final = 1000
"""After so long a call without a menu is hung up: as long as one takes whose caller pressed."""
LOST_S: Final = 10
"""After so long a call is hung up whose menu did not take the key; the caller reports it before."""


class Entry(StrEnum):
    """What is dialled."""

    FASTAGI = EMERGENCY_NUMBER
    """The real way: tier 1."""
    PROCESS = "1122"
    """The same with the menu in tier 2, one AGI process a call."""
    NATIVE = "1123"
    """The same with the menu in tier 3, the dialplan."""
    MENU_NONE = "1130"
    """Answered and hung up, nothing else."""
    MENU_FASTAGI = "1131"
    """Answered, the menu of tier 1, hung up."""
    MENU_PROCESS = "1132"
    """Answered, the menu of tier 2, hung up."""


class DialplanChangedError(SiagaError):
    """The rendered dialplan has not the form that the bench knows."""

    code = "bench_dialplan"


def extra(rendered: str) -> str:
    """What to put behind ``extensions.conf``, given with its includes in place.

    Raises:
        DialplanChangedError: the real way cannot be recognised in it.
    """
    dialplan = parse(rendered)
    try:
        entered = dialplan[Context.TRUNK][EMERGENCY_NUMBER].lines
        (way_in,) = [line for line in entered if line.name == "Goto"]
        context = way_in.arguments.partition(",")[0]
        menu_context = f"{context.removesuffix(Part.ARRIVAL)}{Part.MENU}"
        arrival = [line.application for line in dialplan[context]["s"].lines]
        menu = dialplan[menu_context]["s"]
        fastagi, process = [line.application for line in menu.lines if line.name == "AGI"]
    except (KeyError, ValueError) as error:
        raise DialplanChangedError(
            "bench: bentuk dialplan berubah. / The dialplan has another form than the bench knows."
        ) from error
    entry = f"Goto({menu_context},s,{START})"
    if arrival[-1] != entry or not {"standby", "native"} <= menu.labels.keys():
        raise DialplanChangedError(
            "bench: akhir arrival atau label menu berubah. / The arrival's end or the menu's "
            "labels have another form than the bench knows."
        )
    ways = {
        Entry.PROCESS: [*arrival[:-1], f"Goto({menu_context},s,standby)"],
        Entry.NATIVE: [*arrival[:-1], f"Goto({menu_context},s,native)"],
        Entry.MENU_NONE: [*_answered(arrival), f"Wait({HANGS_UP_MS / 1000:g})", "Hangup()"],
        Entry.MENU_FASTAGI: [*_answered(arrival), fastagi, *_END],
        Entry.MENU_PROCESS: [*_answered(arrival), process, *_END],
    }
    lines = [
        "",
        "; --- the bench's own ways, in its own home only ---",
        f"[{Context.TRUNK}](+)",
        *(line for way, applications in ways.items() for line in _extension(way, applications)),
    ]
    return "\n".join(lines) + "\n"


_END: Final = (f"Wait(${{IF($[${{LEN(${{{Var.RESULT}}})}} = 0]?{LOST_S}:0)}})", "Hangup()")


def _answered(arrival: list[str]) -> Iterator[str]:
    """The arrival up to and including ``Answer``."""
    for application in arrival:
        yield application
        if application.startswith("Answer("):
            return
    raise DialplanChangedError("bench: arrival tanpa Answer. / The arrival does not answer.")


def _extension(way: Entry, applications: list[str]) -> Iterator[str]:
    for number, application in enumerate(applications):
        yield f" same => n,{application}" if number else f"exten => {way},1,{application}"
