"""The ways through a menu that are compared: ours in its tiers, and two that others would build.

Each is the real way but for what runs the menu: the same arrival (answer, recording, milestones),
the same queue behind it. The rivals stand where tier 1 stands and give their choice as it does.
"""

from __future__ import annotations

from dataclasses import dataclass

from ops.bench.entries import Entry, extra
from ops.dialplan import parse
from siaga.names import EMERGENCY_NUMBER, Context, Part

RIVAL_AGI = "1141"
RIVAL_ARI = "1142"
ARI_APP = "rival"
AGI_ROUTE = "menu"


@dataclass(frozen=True, slots=True)
class Way:
    """A way through the menu.

    Attributes:
        key: its name in the results.
        dialled: the number that leads into it.
        name: what it is.
    """

    key: str
    dialled: str
    name: str


WAYS = (
    Way("ours", Entry.FASTAGI, "siaga112, tier 1 (FastAGI server of its own)"),
    Way("native", Entry.NATIVE, "the same plan as native dialplan (tier 3)"),
    Way("panoramisk", RIVAL_AGI, "panoramisk's FastAGI server"),
    Way("ari", RIVAL_ARI, "ARI application, aiohttp over ARI's websocket"),
    Way("pyst2", Entry.PROCESS, "pyst2, one AGI process a call (tier 2)"),
)


def rivals(rendered: str, agi_port: int) -> str:
    """The bench's own ways with those of the rivals, to be put behind ``extensions.conf``.

    Raises:
        DialplanChangedError, ValueError: the real way cannot be recognised in it.
    """
    dialplan = parse(rendered)
    (way_in,) = [
        line for line in dialplan[Context.TRUNK][EMERGENCY_NUMBER].lines if line.name == "Goto"
    ]
    context = way_in.arguments.partition(",")[0]
    menu = f"{context.removesuffix(Part.ARRIVAL)}{Part.MENU}"
    arrival = [line.application for line in dialplan[context]["s"].lines][:-1]
    lines = [line.application for line in dialplan[menu]["s"].lines]
    at = next(number for number, text in enumerate(lines) if text.startswith("AGI(agi:"))
    before = [
        text for text in lines[:at] if not text.startswith(("GotoIf(", "Set(TIMEOUT(absolute)"))
    ]
    behind = f"Goto({menu},s,chosen)"
    ways = {
        RIVAL_AGI: [*arrival, *before, f"AGI(agi://127.0.0.1:{agi_port}/{AGI_ROUTE})", behind],
        RIVAL_ARI: [*arrival, *before, f"Stasis({ARI_APP})", behind],
    }
    text = extra(rendered)
    for dialled, applications in ways.items():
        for number, application in enumerate(applications):
            text += (
                f" same => n,{application}\n" if number else f"exten => {dialled},1,{application}\n"
            )
    return text
