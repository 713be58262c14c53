"""``siaga112 nodes``: the nodes that share a database, and taking one off that is gone for good."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ops.calls import zone_of
from ops.printing import printable
from ops.storage.database import opened
from router.accounts.trail import SHELL, Actor
from router.store.engine import sqlite_file
from router.store.errors import NodeUnknownError
from router.store.node_forgetting import forget as take_off
from router.store.nodes import NodeStore
from siaga.plan.versions import person

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.store.nodes import Node
    from siaga.settings import Settings

ALONE: Final = (
    "Node ini sendirian: beberapa node memakai satu PostgreSQL (SIAGA_DATABASE_URL).\n"
    "This node is alone: several share a PostgreSQL (SIAGA_DATABASE_URL)."
)


async def show(settings: Settings, *, as_json: bool) -> None:
    """Print all nodes there are and were, by name.

    Raises:
        MissingError, StoreError: there is no database yet, or it does not work.
    """
    async with opened(settings) as engine:
        found = await _all(engine, settings.node)
    zone = zone_of(settings)
    if as_json:
        for node in found or ():
            sys.stdout.write(json.dumps(as_row(node, zone)) + "\n")
    elif found is None:
        sys.stdout.write(ALONE + "\n")
    else:
        _table(found, zone)


async def forget(settings: Settings, name: str, by: str | None) -> str:
    """Take a node off the list; gives what to say.

    Raises:
        NodeUnknownError, NodeLivesError, NodeHasCallsError: it stays on it.
        MissingError, StoreError: there is no database yet, or it does not work.
    """
    actor = Actor(person(by), SHELL, datetime.now(UTC))
    async with opened(settings) as engine:
        if sqlite_file(engine.url) is not None:
            raise NodeUnknownError(name)
        await take_off(engine, name, actor)
    return (
        f"Node {printable(name)} dilupakan; catatan panggilannya tetap ada.\n"
        f"Node {printable(name)} is forgotten; the records of its calls stay."
    )


async def _all(engine: AsyncEngine, node: str) -> list[Node] | None:
    if sqlite_file(engine.url) is not None:
        return None
    store = NodeStore(engine, node)
    try:
        return await store.all()
    finally:
        store.close()


def as_row(node: Node, zone: ZoneInfo) -> dict[str, Any]:
    """A node as one JSON object; ``heard`` of last in ISO 8601 with the offset of ``zone``.

    ``plan``, ``version`` and ``calls`` are what it said of itself then.
    """
    return {
        "node": node.name,
        "state": "away" if node.is_away else "lives",
        "heard": node.at.astimezone(zone).isoformat(timespec="seconds"),
        "plan": node.state.get("plan"),
        "version": node.state.get("version"),
        "calls": node.state.get("calls"),
    }


def _table(found: Sequence[Node], zone: ZoneInfo) -> None:
    shown = Table()
    for heading in (
        "Node",
        "Keadaan / state",
        "Terdengar / heard",
        "Rencana / plan",
        "Versi / version",
        "Panggilan / calls",
    ):
        shown.add_column(heading)
    for node in found:
        row = as_row(node, zone)
        state = "hilang / away" if node.is_away else "hidup / lives"
        said = (str(row[key] if row[key] is not None else "-") for key in ("plan", "version"))
        calls = "-" if node.is_away or row["calls"] is None else str(row["calls"])
        cells = (node.name, state, row["heard"], *said, calls)
        shown.add_row(*(Text(printable(cell)) for cell in cells))
    Console().print(shown)
