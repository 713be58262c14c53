"""What is asked of Asterisk: a caller into his room, somebody rung into it, a leg ended."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from router.ami import Hangup, Originate, Redirect
from siaga.names import (
    AGENCY_PREFIX,
    CALLER_EXTEN,
    LEG_EXTEN,
    OFFICER_EXTEN,
    PHONE_PREFIX,
    START,
    Context,
    Var,
)
from siaga.plan.route import dispatch_limit

if TYPE_CHECKING:
    from router.calls.record import CallRecord, Leg, LegKind
    from siaga.plan import Plan

ID: Final = re.compile(r"[A-Za-z0-9-]{1,60}-[0-9]{1,11}\.[0-9]{1,11}")
"""A call's id as Asterisk makes it: the only form in which one becomes the name of a room."""
MARGIN_S: Final = 15.0
"""From the end of the ringing until its end must be known."""


def enter(caller: str, officer: Leg | None) -> Redirect:
    """The caller's channel into the room of his call, and whoever he talks with."""
    return Redirect(
        caller,
        Context.ROOM,
        CALLER_EXTEN,
        START,
        extra_channel=officer.channel if officer else None,
        extra_place=(Context.OFFICER, OFFICER_EXTEN, START) if officer else None,
    )


def ring_agency(agency: str) -> str:
    """What rings an agency by its turn."""
    return _local(f"{AGENCY_PREFIX}{agency}")


def ring_handset(handset: str) -> str:
    """What rings one handset."""
    return _local(f"{PHONE_PREFIX}{handset}")


def _local(extension: str) -> str:
    # Not optimised away: the room must keep the leg that its milestones tell of. While the handset
    # is on hold the others hear no music.
    return f"Local/{extension}@{Context.DISPATCH}/nm"


def ring(  # noqa: PLR0913, PLR0917 - each is a whole part of a leg
    record: CallRecord, plan: Plan, channel: str, agency: str, kind: LegKind, leg: str, area: str
) -> Originate:
    """Ring ``channel`` into the room of a call.

    Args:
        record: of the call.
        plan: in force.
        channel: what rings.
        agency: whose handsets.
        kind: why.
        leg: id that the leg is to have.
        area: of the caller, as the dialplan has it.
    """
    emergency = plan.emergencies.get(record.emergency or "")
    shown = _plain(emergency.name.id if emergency else "112").upper()
    number = re.sub(r"[^0-9+]", "", record.caller)[:32]
    return Originate(
        channel,
        Context.OFFICER,
        LEG_EXTEN,
        START,
        timeout_ms=round((dispatch_limit(plan, agency) + MARGIN_S) * 1000),
        caller_id=f'"GABUNG {shown}" <{number}>',
        variables={
            f"__{Var.ROOM}": record.id,
            f"__{Var.LEG}": leg,
            f"__{Var.LEG_KIND}": kind,
            f"__{Var.LANGUAGE}": "en" if record.language == "en" else "id",
            Var.AREA: area if area in plan.areas else "",
        },
    )


def end(leg: Leg) -> Hangup:
    """End a leg, whether it rings or talks."""
    return Hangup(leg.channel)


def _plain(text: str) -> str:
    return re.sub(r"[^\w -]", "", text, flags=re.ASCII).strip()[:40]
