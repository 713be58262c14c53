"""What one version of the plan has for itself: its contexts and its music classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ops.render.days import announced, days, shut
from ops.render.music import CALLING, CROWDED, WAIT, WATCHED, music
from ops.render.native import native_times
from ops.render.templates import SUFFIX, Words, environment
from siaga import silence
from siaga.plan.arrival import MIN_DIGITS, known_numbers
from siaga.plan.phones import trunk_for
from siaga.plan.rank import BROUGHT_IN, priorities, spoke
from siaga.plan.route import (
    EVERYONE,
    MAX_HOPS,
    dispatch_ring,
    entries,
    resort_entries,
    resort_steps,
)
from siaga.plan.simulate import CHALLENGE, CHALLENGE_WAIT_S
from siaga.plan.trunks import sources

if TYPE_CHECKING:
    from collections.abc import Iterable

    from siaga.menuspec import MenuSpec
    from siaga.plan import LoadedPlan
    from siaga.settings import Settings

FILES: Final = ("extensions.conf", "musiconhold.conf")


def _owned(agency: str, extensions: Iterable[str]) -> list[tuple[str, str]]:
    return [(agency, extension) for extension in extensions]


def render_version(settings: Settings, loaded: LoadedPlan, spec: MenuSpec) -> dict[str, str]:
    """The files of one version, by name; ``spec`` has the lengths of its prompts."""
    plan = loaded.plan
    words = Words(settings, loaded)
    made = environment()
    # Known to the macros too, which a template imports.
    made.globals.update(
        s=settings,
        plan=plan,
        version=loaded.version,
        w=words,
        c=words.context,
        secs=words.seconds,
        origin=words.origin,
        trunk_for=lambda number: trunk_for(plan, number),
        EVERYONE=EVERYONE,
        WAIT=WAIT,
        CALLING=CALLING,
        CROWDED=CROWDED,
        limits=settings.admission,
        MAX_HOPS=MAX_HOPS,
        MIN_DIGITS=MIN_DIGITS,
        CHALLENGE=CHALLENGE,
        CHALLENGE_WAIT_S=CHALLENGE_WAIT_S,
        BROUGHT_IN=BROUGHT_IN,
        rank=priorities(plan),
        SPOKE=spoke(plan),
        WATCHED=WATCHED,
        TALK=silence.TALK,
        NEVER_MS=silence.NEVER_MS,
        NOISE_MS=silence.NOISE_MS,
        entries=entries,
        dispatch_ring=dispatch_ring,
        owned=_owned,
    )
    values = {
        "days": list(days(plan)),
        "shut": dict(shut(plan)),
        "announced": list(announced(plan)),
        "known": known_numbers(plan),
        "sources": sources(plan),
        "music": list(music(loaded)),
        "native": native_times(plan, spec),
        "resort": resort_entries(plan),
        "resort_steps": resort_steps(plan),
        "everyone": [
            pair
            for name, agency in plan.agencies.items()
            for pair in _owned(name, agency.extensions)
        ],
    }
    return {name: made.get_template(f"plan/{name}{SUFFIX}").render(values) for name in FILES}
