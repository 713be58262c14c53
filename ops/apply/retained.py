"""Which earlier versions stay loaded: those that calls are on, and the latest."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from siaga.plan import LoadedPlan, PlanError, load_plan

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from siaga.plan.versions import Entry, VersionStore

LATELY: Final = timedelta(hours=1)
"""A version that was in force so lately stays loaded whether or not a call is seen on it: a call
that arrives in the moment of a change is between two looks."""
MANY: Final = 12
"""At most so many stay for that reason; versions that calls are on stay all."""


def retained(
    entries: Sequence[Entry], new: str, in_calls: frozenset[str], now: datetime
) -> tuple[str, ...]:
    """The versions to keep loaded beside ``new``, the latest first.

    Args:
        entries: all versions up to the one in force.
        new: the version that is about to be.
        in_calls: versions that calls are on.
        now: an aware moment.
    """
    ended = {entry.version: after.at for entry, after in pairwise(entries)}
    if entries:
        ended.pop(entries[-1].version, None)
        ended[entries[-1].version] = now
    latest = [name for name, end in reversed(ended.items()) if now - end < LATELY]
    names = dict.fromkeys((*latest[:MANY], *sorted(in_calls)))
    return tuple(name for name in names if name != new)


def loaded(store: VersionStore, versions: Sequence[str]) -> Iterator[LoadedPlan]:
    """The plans of versions; one whose text is gone or no longer understood is left out."""
    for version in versions:
        try:
            yield load_plan(store.text(version))
        except PlanError:
            continue
