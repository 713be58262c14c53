"""Whose telephones ring when in two plans, and when that differs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from siaga.plan.compare_times import Times
from siaga.plan.route import EVERYONE, Situation, last_resort, route

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from siaga.plan.compare_times import Said
    from siaga.plan.model import Plan
    from siaga.plan.route import Step

Steps: TypeAlias = "tuple[Step, ...]"

_WORLD: Final = ("agencies", "schedules", "holidays", "exceptions", "closures")
"""What a route depends on beside its chain."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference, in Indonesian and in English."""

    id: str
    en: str


def route_changes(old: Plan, new: Plan) -> Iterator[Change]:
    """Emergencies whose chains differ, those that differ alike together."""
    times = Times(old, new)
    alike: dict[tuple[Said, Said], list[str]] = {}
    same = all(getattr(old, part) == getattr(new, part) for part in _WORLD)
    for name, emergency in new.emergencies.items():
        if name not in old.emergencies or (same and old.emergencies[name] == emergency):
            continue

        def differs(was: Plan, now: Plan, at: datetime, name: str = name) -> Said | None:
            situation = Situation(at)
            return _difference(route(was, name, situation), route(now, name, situation))

        for said, when in times.differing(differs).items():
            alike.setdefault((times.words(when), said), []).append(name)
    for (when_said, said), names in alike.items():
        listed = ", ".join(names)
        yield Change(f"{listed}{when_said[0]}: {said[0]}", f"{listed}{when_said[1]}: {said[1]}")
    yield from _resort(times)
    yield from _posts(old, new)


def _resort(times: Times) -> Iterator[Change]:
    def differs(was: Plan, now: Plan, at: datetime) -> Said | None:
        situation = Situation(at)
        return _difference(last_resort(was, situation), last_resort(now, situation))

    for said, when in times.differing(differs).items():
        words = times.words(when)
        yield Change(f"upaya terakhir{words[0]}: {said[0]}", f"last resort{words[1]}: {said[1]}")


def _posts(old: Plan, new: Plan) -> Iterator[Change]:
    """Areas whose calls ring another post of an agency first."""
    for name, agency in new.agencies.items():
        before = old.agencies[name].posts if name in old.agencies else {}
        if before == agency.posts:
            continue
        posts = (*before.values(), *agency.posts.values())
        for area in sorted({area for post in posts for area in post.areas}):
            was = [post for post, found in before.items() if area in found.areas]
            now = [post for post, found in agency.posts.items() if area in found.areas]
            if was != now:
                was_said, now_said = ", ".join(was), ", ".join(now)
                yield Change(
                    f"panggilan dari {area}: {name} membunyikan pos {now_said or '-'} dulu, "
                    f"sebelumnya {was_said or '-'}",
                    f"calls from {area}: {name} rings post {now_said or '-'} first, "
                    f"before: {was_said or '-'}",
                )


def _difference(was: Steps, now: Steps) -> Said | None:
    """How two routes differ, the most important difference alone; None: they do not."""
    if was == now:
        return None
    was_first, now_first = _agencies(was)[:1], _agencies(now)[:1]
    if was_first != now_first:
        first, before = now_first or ("-",), was_first or ("-",)
        return (
            f"sekarang {first[0]} berdering dulu, sebelumnya {before[0]}",
            f"now rings {first[0]} first, before: {before[0]}",
        )
    if _agencies(was) != _agencies(now):
        then, before_then = " → ".join(_agencies(now)), " → ".join(_agencies(was))
        return f"sekarang {then}, sebelumnya {before_then}", f"now {then}, before: {before_then}"
    steps, before_steps = _told(was, now), _told(now, was)
    return (
        f"waktu atau nomor: sekarang {steps}, sebelumnya {before_steps}",
        f"times or numbers: now {steps}, before: {before_steps}",
    )


def _agencies(steps: Steps) -> tuple[str, ...]:
    return tuple(dict.fromkeys("*" if s.agency == EVERYONE else s.agency for s in steps))


def _told(others: Steps, steps: Steps) -> str:
    """The steps that the other route does not have."""
    told = (f"{s.agency} {s.number or s.kind} {s.seconds:g} s" for s in steps if s not in others)
    return ", ".join(told) or "-"
