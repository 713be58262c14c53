"""What stands in the boxes: names and figures of the plan as short lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from siaga.plan.model import Plan, Text


def both(text: Text) -> str:
    """A text in both languages, once when they are the same."""
    return text.id if text.id == text.en else f"{text.id} / {text.en}"


def seconds(value: float) -> str:
    """A duration as the plan writes it: ``20s``, ``5m``, ``2h``."""
    for unit, name in ((3600, "h"), (60, "m")):
        if value >= unit and value % unit == 0:
            return f"{value / unit:g}{name}"
    return f"{value:g}s"


def agency_name(plan: Plan, name: str) -> str:
    """What an agency is called; its key where the plan does not have it."""
    agency = plan.agencies.get(name)
    return agency.name.id if agency else name


def emergency_name(plan: Plan, name: str) -> str:
    """What an emergency is called; its key where the plan does not have it."""
    emergency = plan.emergencies.get(name)
    return emergency.name.id if emergency else name


def equipment(plan: Plan, name: str) -> str:
    """What rings at an agency, in the order in which it rings."""
    agency = plan.agencies.get(name)
    if agency is None:
        return "?"
    posts = f"{len(agency.posts)} pos" if agency.posts else ""
    handsets = f"{len(agency.extensions)} pesawat" if agency.extensions else ""
    numbers = f"{len(agency.pstn)} nomor" if agency.pstn else ""
    return ", ".join(filter(None, (posts, handsets, numbers)))


def when_closed(plan: Plan, name: str) -> str:
    """When an agency is there, and who is rung when it is not; empty: it always is."""
    agency = plan.agencies.get(name)
    if agency is None or (agency.hours is None and agency.cover is None):
        return ""
    hours = f"jam {agency.hours}" if agency.hours else ""
    cover = f"tutup: {agency_name(plan, agency.cover)}" if agency.cover else "tutup: lanjut"
    return ", ".join(filter(None, (hours, cover)))
