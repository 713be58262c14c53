"""Transactions that change incidents: one at a time, and subscribers are told what they changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from router.store import incident_steps
from router.store.hook_news import incidents_told

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

T = TypeVar("T")


def locked(work: Callable[[Connection], T], connection: Connection) -> T:
    """What ``work`` gives, which has the incidents to itself."""
    incident_steps.lock(connection)
    with incidents_told(connection):
        return work(connection)
