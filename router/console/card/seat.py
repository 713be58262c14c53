"""Which call is at a handset, of the board's state as the router tells it. Pure."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from siaga.plan.route import EVERYONE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True)
class At:
    """What a handset does.

    Attributes:
        call: id of its call; None: none, or it is not known which.
        where: ``ringing``, ``talking``, or empty.
        several: it rings, and which of these calls is behind it is not known.
    """

    call: str | None = None
    where: str = ""
    several: tuple[str, ...] = ()


def at(state: Mapping[str, Any] | None, handset: str) -> At:
    """What is at a handset now; ``state`` None: nothing is known."""
    if state is None or not handset:
        return At()
    for agency, phone in phones(state):
        if phone["extension"] != handset:
            continue
        talks = [call for call in phone["calls"] if call in state["calls"]]
        if talks:
            return At(talks[-1], "talking")
        if phone["state"] == "ringing":
            return _rings(state, agency["key"], phone)
    return At()


def _rings(state: Mapping[str, Any], agency: str, phone: Mapping[str, Any]) -> At:
    # A channel of the call's own tells it; those by which a room rings somebody in do not.
    if phone.get("rings") in state["calls"]:
        return At(phone["rings"], "ringing")
    maybe = tuple(
        key
        for key, call in state["calls"].items()
        if any(party["agency"] in (agency, EVERYONE) for party in call["ringing"])
    )
    return At(maybe[0], "ringing") if len(maybe) == 1 else At(None, "ringing", maybe)


def phones(state: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Every handset with its agency."""
    for agency in state["agencies"]:
        for phone in agency["handsets"]:
            yield agency, phone


def mark(call: Mapping[str, Any] | None) -> str:
    """Another one whenever anything of a call that is up is another; empty: it is not up."""
    if call is None:
        return ""
    text = json.dumps(call, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
