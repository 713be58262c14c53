"""Handsets that ring one after another, in steps that end before the second does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siaga.plan.model import RING_ALL
from siaga.plan.words import Words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from siaga.plan.checks.view import View
    from siaga.plan.model import Overflow
    from siaga.plan.problems import Problem
    from siaga.plan.source import Path


def turns(view: View) -> Iterator[Problem]:
    """Agencies and posts whose second handset rings in no step, or not in one of them."""
    given = dict(_shortest(view))
    for name, agency in view.plan.agencies.items():
        if agency.strategy == RING_ALL:
            continue
        ring = given.get(name)
        if ring is not None and len(agency.extensions) > 1 and agency.ring_each >= ring:
            yield _never(view, name, ("agencies", name), ring)
        for key, post in agency.posts.items():
            if len(post.handsets) > 1 and agency.ring_each >= post.ring:
                yield _never(view, name, ("agencies", name, "posts", key), post.ring)


def _shortest(view: View) -> Iterator[tuple[str, float]]:
    """Each agency that is rung, with the shortest time it is given."""
    rings: dict[str, list[float]] = {}
    for _, chain in view.chains():
        for name in (chain.via, chain.agency):
            if name is not None:
                rings.setdefault(name, []).append(chain.ring)
        _add(rings, chain.overflow, chain.ring)
    resort = view.plan.last_resort
    rings.setdefault(resort.agency, []).append(resort.ring)
    _add(rings, resort.overflow, resort.ring)
    return ((name, min(times)) for name, times in rings.items())


def _add(rings: dict[str, list[float]], overflow: Overflow, ring: float) -> None:
    for rung in overflow:
        rings.setdefault(rung.agency, []).append(ring if rung.ring is None else rung.ring)


def _never(view: View, agency: str, at: Path, ring: float) -> Problem:
    each: Path = ("agencies", agency, "ring_each")
    place = each if view.source.has(each) else ("agencies", agency, "strategy")
    seconds = view.plan.agencies[agency].ring_each
    what = Words(
        f"'{at[-1]}' hanya didering {ring:g} dtk: pesawat keduanya tidak pernah berdering, "
        f"sebab tiap pesawat berdering {seconds:g} dtk",
        f"'{at[-1]}' is rung for {ring:g} s only: its second handset never rings, "
        f"as each rings {seconds:g} s",
    )
    todo = Words(
        "tulis ring_each yang lebih pendek, ring yang lebih lama, atau strategy: ringall",
        "write a shorter ring_each, a longer ring, or strategy: ringall",
    )
    return view.value(place, what, todo, "second-never-rings")
