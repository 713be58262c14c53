"""Names that must be those of something in the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siaga.plan.problems import nearest
from siaga.plan.words import Words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from siaga.plan.checks.view import View
    from siaga.plan.model import Rung
    from siaga.plan.problems import Problem
    from siaga.plan.source import Path

_KINDS = {
    "agencies": Words("instansi", "agency"),
    "emergencies": Words("keadaan darurat", "emergency"),
    "schedules": Words("jadwal", "schedule"),
    "areas": Words("kecamatan", "area"),
}


def _unknown(view: View, kind: str, path: Path, name: str | None) -> Iterator[Problem]:
    known = view.names(kind)
    if name is not None and view.is_meant(name) and name not in known:
        what, code = _no(kind, name), f"unknown-{_KINDS[kind].en}"
        yield view.value(path, what, nearest(name, known), code)


def supervisors(view: View) -> Iterator[Problem]:
    """Handsets of supervisors."""
    known = view.plan.extensions
    for index, extension in enumerate(view.plan.centre.supervisors):
        if extension not in known:
            what = Words(f"tidak ada pesawat '{extension}'", f"no handset '{extension}'")
            path = ("centre", "supervisors", index)
            yield view.value(path, what, nearest(extension, known), "unknown-handset")


def _no(kind: str, name: str) -> Words:
    called = _KINDS[kind]
    return Words(f"tidak ada {called.id} '{name}'", f"no {called.en} '{name}'")


def agencies(view: View) -> Iterator[Problem]:
    """Agencies of chains, covers, closures and the last resort."""
    for path, name in _agencies(view):
        yield from _unknown(view, "agencies", path, name)


def _agencies(view: View) -> Iterator[tuple[Path, str | None]]:
    plan = view.plan
    for name, agency in plan.agencies.items():
        yield ("agencies", name, "cover"), agency.cover
    for index, closure in enumerate(plan.closures):
        yield ("closures", index, "agency"), closure.agency
    for at, chain in view.chains():
        yield (*at, "via"), chain.via
        yield (*at, "agency"), chain.agency
        yield from _rungs(at, chain.overflow)
    for name, emergency in plan.emergencies.items():
        for index, told in enumerate(emergency.notify):
            yield ("emergencies", name, "notify", index), told
    yield ("last_resort", "agency"), plan.last_resort.agency
    yield from _rungs(("last_resort",), plan.last_resort.overflow)


def _rungs(at: Path, overflow: Sequence[Rung]) -> Iterator[tuple[Path, str]]:
    for index, rung in enumerate(overflow):
        yield (*at, "overflow", index), rung.agency


def emergencies(view: View) -> Iterator[Problem]:
    """Emergencies of digits, defaults and callers."""
    plan, known = view.plan, view.names("emergencies") | view.names("menus")
    for digit, name in plan.menu.digits.items():
        if view.is_meant(name) and name not in known:
            yield view.value(
                ("menu", "digits", digit),
                Words(
                    f"tidak ada keadaan darurat atau menu '{name}'",
                    f"no emergency or menu '{name}'",
                ),
                nearest(name, known),
                "unknown-emergency",
            )
    for path, target in _emergencies(view):
        if target in view.names("menus") - view.names("emergencies"):
            what = Words(f"'{target}' adalah menu", f"'{target}' is a menu")
            todo = Words(
                "sebut keadaan darurat: menu hanya dapat dicapai dari tombol menu pertama",
                "name an emergency: a menu is reached by a digit of the first menu alone",
            )
            yield view.value(path, what, todo, "menu-in-menu")
        else:
            yield from _unknown(view, "emergencies", path, target)


def _emergencies(view: View) -> Iterator[tuple[Path, str | None]]:
    plan = view.plan
    yield ("menu", "default"), plan.menu.default
    for name, menu in plan.menus.items():
        yield ("menus", name, "default"), menu.default
        for digit, target in menu.digits.items():
            yield ("menus", name, "digits", digit), target
    for index, caller in enumerate(plan.callers.known):
        yield ("callers", "known", index, "emergency"), caller.emergency
    yield ("callers", "hidden"), plan.callers.hidden


def schedules(view: View) -> Iterator[Problem]:
    """Schedules of agencies, chains and exceptions."""
    plan = view.plan
    for name, agency in plan.agencies.items():
        yield from _unknown(view, "schedules", ("agencies", name, "hours"), agency.hours)
    for index, exception in enumerate(plan.exceptions):
        at: Path = ("exceptions", index, "schedule")
        yield from _unknown(view, "schedules", at, exception.schedule)
    for name, emergency in plan.emergencies.items():
        for schedule in emergency.during:
            if schedule not in (known := view.names("schedules")):
                at = ("emergencies", name, "during", schedule)
                what = _no("schedules", schedule)
                yield view.key(at, what, nearest(schedule, known), "unknown-schedule")


def areas(view: View) -> Iterator[Problem]:
    """Areas of posts, trunks and callers; and an area twice in the list of them."""
    plan = view.plan
    for index, area in enumerate(plan.areas):
        if area in plan.areas[:index]:
            what = Words(f"kecamatan '{area}' disebut dua kali", f"area '{area}' is named twice")
            todo = Words("hapus salah satu", "remove one of the two")
            yield view.value(("areas", index), what, todo, "twice")
    for path, name in _areas(view):
        yield from _unknown(view, "areas", path, name)


def _areas(view: View) -> Iterator[tuple[Path, str | None]]:
    for name, agency in view.plan.agencies.items():
        for post, found in agency.posts.items():
            for index, area in enumerate(found.areas):
                yield ("agencies", name, "posts", post, "areas", index), area
    for name, trunk in view.plan.trunks.items():
        yield ("trunks", name, "area"), trunk.area
    for index, caller in enumerate(view.plan.callers.known):
        yield ("callers", "known", index, "area"), caller.area
