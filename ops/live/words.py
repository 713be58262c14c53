"""An override in words, Indonesian first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from siaga.plan.live import Override

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from router.live import Item
    from siaga.plan import Plan

KINDS: Final = {
    Override.CLOSED: "ditutup / closed",
    Override.OPEN: "dibuka / open",
    Override.DIVERT: "dialihkan / diverted",
    Override.PAUSE: "dijeda / paused",
    Override.ANNOUNCE: "diumumkan / announced",
    Override.SILENCE: "tidak diumumkan / silenced",
    Override.FLAG: "ditandai / flagged",
}


def subject(item: Item, plan: Plan) -> str:
    """What it is about, by name; of a diversion, also to whom."""
    if item.override is Override.PAUSE:
        return f"{item.name} ({owner(item.name, plan)})"
    if item.override is Override.FLAG:
        return f"+{item.name}"
    if item.override in (Override.ANNOUNCE, Override.SILENCE):
        return item.name
    names = (item.name,) if item.target is None else (item.name, item.target)
    return " → ".join(called(name, plan) for name in names)


def called(agency: str, plan: Plan) -> str:
    """An agency as people call it; its name when the plan has it no longer."""
    known = plan.agencies.get(agency)
    return agency if known is None else f"{known.name.id} ({agency})"


def owner(extension: str, plan: Plan) -> str:
    """Whose handset it is; ``?`` when the plan has it no longer."""
    owners = (agency.name.id for agency in plan.agencies.values() if extension in agency.extensions)
    return next(owners, "?")


def sentence(item: Item, plan: Plan, zone: ZoneInfo) -> str:
    """All of it in a line."""
    until = f"{item.until.astimezone(zone):%Y-%m-%d %H:%M}"
    return (
        f"{subject(item, plan)}: {KINDS[item.override]} sampai / until {until} — "
        f"{item.reason or '?'} ({item.by or '?'})"
    )
