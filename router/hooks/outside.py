"""What happens outside the database: another plan is in force, or something overrides it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.hooks.model import Happening, HookEvent
from router.hooks.posts import OverrideData, PlanData, moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from router.live import Item
    from router.plans import Plans


def told(node: str, plans: Plans, items: Iterable[Item]) -> Iterator[Happening]:
    """What is so now, each told once by its key: the same again is the same post."""
    since = plans.since
    if since is not None:
        key = plans.version, since.isoformat()
        yield Happening(HookEvent.PLAN_APPLIED, since, node, key, PlanData(plan=plans.version))
    for item in items:
        if item.since is None:
            continue
        data = OverrideData(
            override=str(item.override),
            until=moment(item.until),
            target=item.target,
            name=item.name,
            why=item.reason,
        )
        # One that is set anew has another beginning, and is told again.
        key = item.key, item.since.isoformat()
        yield Happening(HookEvent.OVERRIDE_SET, item.since, node, key, data)
