"""Random parts of a plan that are somebody: agencies, chains of them, callers, trunks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.fuzz.draw import given

if TYPE_CHECKING:
    from tests.fuzz.draw import Draw, Tree

SOURCES: Final = ("127.0.0.2", "127.0.0.3", "127.0.0.4")
"""Addresses that trunks of a plan's own call in from."""
STRATEGIES: Final = ("ringall", "linear", "rrmemory")


def agencies(draw: Draw, names: list[str], areas: list[str], schedules: list[str]) -> Tree:
    """Agencies; the first has handsets. None rests after a call: the next call would find it so."""
    found: Tree = {}
    for place, name in enumerate(names):
        agency: Tree = {"name": {"id": f"Dinas {name}", "en": f"Office {name}"}}
        agency["handsets"] = draw.handsets(1 if place == 0 else 0, 3)
        agency["posts"] = _posts(draw, areas) if areas and draw.chance(0.4) else {}
        agency["pstn"] = draw.outside(2) if draw.chance(0.4) else []
        if not (agency["handsets"] or agency["pstn"] or agency["posts"]):
            agency["handsets"] = draw.handsets(1, 2)
        agency["strategy"] = draw.pick(*STRATEGIES)
        agency["pstn_ring"] = draw.seconds(5, 40)
        if schedules and draw.chance(0.5):
            agency["hours"] = draw.pick(*schedules)
        # By one that stands before it, so that no covers go round.
        if place and draw.chance(0.4):
            agency["cover"] = draw.pick(*names[:place])
            draw.used.add(agency["cover"])
        found[name] = given(agency)
    return found


def _posts(draw: Draw, areas: list[str]) -> Tree:
    return {
        f"pos{area}": {
            "name": f"Pos {area}",
            "handsets": draw.handsets(1, 2),
            "areas": [area],
            "ring": draw.seconds(5, 40),
        }
        for area in draw.some(areas, 2)
    }


def chain(draw: Draw, names: list[str]) -> Tree:
    """A chain that names nobody twice."""
    rung = draw.some(names, 4) or [names[-1]]
    draw.used.update(rung)
    found: Tree = {}
    if len(rung) > 1 and draw.chance(0.3):
        found["via"] = rung.pop(0)
    found["agency"] = rung.pop(0)
    found["ring"] = draw.seconds(5, 70)
    found["overflow"] = [
        {"agency": name, "ring": draw.seconds(5, 60)} if draw.chance(0.4) else name for name in rung
    ]
    return given(found)


def resort(draw: Draw, found: Tree) -> Tree:
    """The last resort, with all who are nobody's turn else."""
    first = draw.pick(*(name for name, agency in found.items() if agency.get("handsets")))
    others = [name for name in found if name != first]
    overflow = draw.some(others, 1)
    overflow += [name for name in others if name not in draw.used and name not in overflow]
    return given(
        {
            "agency": first,
            "ring": draw.seconds(5, 100),
            "overflow": overflow,
            "pstn": draw.outside(1) if draw.chance(0.4) else [],
            "pstn_ring": draw.seconds(5, 40),
            "everyone": draw.pick("0s", "5s", "30s", "60s"),
        }
    )


def callers(draw: Draw, emergencies: list[str], areas: list[str]) -> Tree:
    """Rules by the caller's number."""
    known = []
    for serial in range(draw.pick(0, 0, 1, 3)):
        form = draw.pick("0811{}{}", "+62811{}{}", "62811{}{}", "811{}{}")
        caller: Tree = {"number": form.format(f"{draw.slot:02d}", f"{serial:03d}")}
        caller["name"] = f"RS {serial}"
        if draw.chance(0.6):
            caller["emergency"] = draw.pick(*emergencies)
        if areas and draw.chance(0.5):
            caller["area"] = draw.pick(*areas)
        known.append(caller)
    found: Tree = {"known": known}
    if draw.chance(0.4):
        found["hidden"] = draw.pick(*emergencies)
    if draw.chance(0.5):
        found["repeat"] = {"within": draw.pick("30s", "10m", "24h")}
    return given(found)


def trunks(draw: Draw, areas: list[str]) -> Tree:
    """A way out where there are numbers to dial, and ways in that have an area."""
    found: Tree = {}
    if draw.numbers:
        found[f"t{draw.slot}"] = {
            "host": "127.0.0.1",
            "port": str(draw.trunk_port),
            "may_send": draw.pick(["0"], ["0549"], [f"0549{draw.slot:02d}"]),
        }
    for address in draw.some(SOURCES, 2) if areas else ():
        found[f"in{draw.slot}x{address[-1]}"] = {"from": [address], "area": draw.pick(*areas)}
    return found
