"""Random parts of a plan that have a time: schedules, exceptions, closures, announcements."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tests.fuzz.draw import moment_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fuzz.draw import Draw, Tree


def schedules(draw: Draw) -> Tree:
    """Schedules; ``day`` and ``night`` are never open together."""
    morning = f"{draw.random.randint(4, 9):02d}:{draw.pick('00', '30')}"
    evening = f"{draw.random.randint(13, 21):02d}:{draw.pick('00', '30')}"
    forms = (
        [f"mon-fri {morning}-{evening}"],
        [f"mon-thu {morning}-12:00", f"mon-thu 12:30-{evening}", f"fri {morning}-11:00"],
        [f"daily {morning}-{evening}"],
        {"hours": [f"sat-mon {morning}-{evening}"], "holidays": "as_usual"},
        {"hours": ["daily 00:00-24:00"]},
        [f"sat,sun 00:00-{morning}"],
    )
    found: Tree = {name: draw.pick(*forms) for name in draw.some(["office", "shift", "weekend"], 3)}
    if draw.chance(0.5):
        found["day"] = [f"daily {morning}-{evening}"]
        found["night"] = [f"daily 00:00-{morning}", f"daily {evening}-24:00"]
    return found


def exceptions(draw: Draw, names: list[str]) -> list[Tree]:
    """Other hours on a date, one at most for each schedule and date."""
    found: dict[tuple[str, str], Tree] = {}
    for _ in range(draw.random.randint(0, 3) if names else 0):
        on, schedule = str(draw.day()), draw.pick(*names)
        spans = draw.pick([], ["08:00-12:00"], ["00:00-01:30", "13:15-24:00"])
        found[on, schedule] = {"on": on, "schedule": schedule, "hours": spans}
    return list(found.values())


def closures(draw: Draw, agencies: list[str]) -> Iterator[Tree]:
    """Times in which an agency does not answer."""
    for _ in range(draw.pick(0, 0, 1, 2)):
        begin = draw.moment()
        end = begin + timedelta(minutes=draw.pick(1, 90, 4000))
        yield {
            "agency": draw.pick(*agencies),
            "from": moment_text(begin),
            "until": moment_text(end),
            "reason": "Renovasi",
        }


def announcements(draw: Draw) -> Tree:
    """Announcements, one after the other, some for nobody but who switches them on."""
    found: Tree = {}
    begin = draw.moment()
    for kind in ("banjir", "gempa", "asap")[: draw.pick(0, 0, 1, 2, 3)]:
        name = f"{kind}{draw.slot}"
        notice: Tree = {"text": {"id": f"Waspada {name}", "en": f"Beware of {name}"}}
        if draw.chance(0.7):
            end = begin + timedelta(minutes=draw.pick(30, 600, 5000))
            notice |= {"from": moment_text(begin), "until": moment_text(end)}
            begin = end + timedelta(minutes=draw.pick(0, 45))
        found[name] = notice
    return found
