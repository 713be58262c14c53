"""What all versions of the plan share: everything but their contexts and music classes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ops.render.music import WAIT
from ops.render.templates import SUFFIX, TEMPLATES, Words, environment
from router.callbacks.attempt import ASK_S, RING_S
from router.callbacks.numbers import MIN_DIALLED
from router.calls.events import FIELDS as CEL_FIELDS
from siaga import silence
from siaga.names import CANARY_PHONE, CANARY_QUEUE, TRUNK_PREFIX
from siaga.plan.model import RING_ALL
from siaga.plan.route import EVERYONE, dispatch_ring

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ops.runtime import Runtime
    from siaga.menuspec import MenuSpec
    from siaga.plan import LoadedPlan, Plan
    from siaga.plan.model import Agency, Handset, Trunk
    from siaga.secrets import Secrets
    from siaga.settings import Settings


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue as Asterisk has it.

    Attributes:
        each: seconds that it rings one handset before it goes on; the step's time decides when
            that is shorter.
        wrap_up: seconds that a handset rests after a call of it.
        origin: where in the plan it comes from.
    """

    name: str
    strategy: str
    each: int
    wrap_up: int
    extensions: tuple[str, ...]
    origin: str


WHOLE_STEP: Final = 300
"""Longer than any step."""
CANARY: Final = Queue(
    CANARY_QUEUE, RING_ALL, WHOLE_STEP, 0, (CANARY_PHONE,), "test calls of our own"
)
"""Rung by test calls in place of every other queue."""


def queues(settings: Settings, loaded: LoadedPlan) -> Iterator[Queue]:
    """The queues of a plan: of every agency that has handsets, of every post, of everyone."""
    words = Words(settings, loaded)
    origin = words.origin
    for name, agency in loaded.plan.agencies.items():
        if agency.extensions:
            at = origin("agencies", name)
            yield _queue(words, name, agency, agency.extensions, at)
        for key, post in agency.posts.items():
            phones = tuple(handset.extension for handset in post.handsets)
            at = origin("agencies", name, "posts", key)
            yield _queue(words, f"{name}-{key}", agency, phones, at)
    resort = origin("last_resort")
    yield Queue(EVERYONE, RING_ALL, WHOLE_STEP, 0, loaded.plan.extensions, resort)


def _queue(words: Words, name: str, agency: Agency, extensions: tuple[str, ...], at: str) -> Queue:
    rest = round(agency.wrap_up)
    # A handset alone rings on without a pause.
    if agency.strategy == RING_ALL or len(extensions) == 1:
        return Queue(name, RING_ALL, WHOLE_STEP, rest, extensions, at)
    each = words.seconds(agency.ring_each)
    return Queue(name, agency.strategy, each, rest, extensions, at)


@dataclass(frozen=True, slots=True)
class Phone:
    """A handset of ``agency`` that may log in; ``name`` is shown to others.

    Attributes:
        browser: it is one in a browser.
    """

    extension: str
    name: str
    agency: str
    origin: str
    browser: bool = False


def phones(settings: Settings, loaded: LoadedPlan) -> Iterator[Phone]:
    """Every handset of a plan."""
    origin = Words(settings, loaded).origin
    for name, agency in loaded.plan.agencies.items():
        for handset, shown in _shown(agency):
            at = origin("agencies", name)
            yield Phone(handset.extension, shown, name, at, handset.browser)


def _shown(agency: Agency) -> Iterator[tuple[Handset, str]]:
    for handset in agency.handsets:
        yield handset, handset.name or agency.name.id
    for post in agency.posts.values():
        for handset in post.handsets:
            yield handset, handset.name or post.name.id


def networks(settings: Settings, plan: Plan) -> tuple[str, ...]:
    """Whence calls for 112 may come to this instance."""
    planned = (address for trunk in plan.trunks.values() for address in trunk.sources)
    return tuple(dict.fromkeys((*settings.trunks, *planned)))


def _outgoing(plan: Plan) -> dict[str, Trunk]:
    """Trunks that calls can go out by, by endpoint."""
    return {
        f"{TRUNK_PREFIX}{name}": trunk
        for name, trunk in plan.trunks.items()
        if trunk.host is not None
    }


def render(  # noqa: PLR0913, PLR0917 - each is a whole part of what Asterisk is told
    settings: Settings,
    loaded: LoadedPlan,
    spec: MenuSpec,
    secrets: Secrets,
    runtime: Runtime,
    retained: Sequence[LoadedPlan] = (),
) -> dict[str, str]:
    """Every file by name, the versions' own excepted.

    Args:
        settings: of the instance.
        loaded: the plan in force.
        spec: its menu.
        secrets: passwords of all its handsets and of the AMI accounts.
        runtime: where Asterisk's own files are.
        retained: older plans that calls are still on, newest first.
    """
    plan = loaded.plan
    older = {old.version: old for old in retained if old.version != loaded.version}
    known = {queue.name: queue for queue in queues(settings, loaded)}
    for old in older.values():
        for queue in queues(settings, old):
            known.setdefault(queue.name, queue)
    made = environment()
    words = Words(settings, loaded)
    values = {
        "s": settings,
        "limits": settings.admission,
        "plan": plan,
        "version": loaded.version,
        "versions": (loaded.version, *older),
        "c": words.context,
        "w": words,
        "WAIT": WAIT,
        "silence": silence,
        "spec": spec,
        "secrets": secrets,
        "runtime": runtime,
        "queues": [*known.values(), CANARY],
        "phones": list(phones(settings, loaded)),
        "networks": settings.edge.hosts if settings.edge else networks(settings, plan),
        "outgoing": _outgoing(plan),
        "dispatch_ring": dispatch_ring,
        "MIN_DIALLED": MIN_DIALLED,
        "CALLBACK_WAIT_S": ASK_S,
        "CALLBACK_RING_S": RING_S,
        "cel_fields": ",".join(CEL_FIELDS),
    }
    return {
        template.name.removesuffix(SUFFIX): made.get_template(template.name).render(values)
        for template in sorted(Path(TEMPLATES).glob(f"*{SUFFIX}"))
    }
