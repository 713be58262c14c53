"""Nodes whose containers are made anew with something otherwise, and as they were afterwards."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.compose.stack import NODES, READY_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from tests.compose.desk import Desk
    from tests.compose.stack import Stack


@asynccontextmanager
async def renewed(desk: Desk, other: Mapping[str, Any]) -> AsyncIterator[Stack]:
    """Both nodes with what this file of compose says beside docker-compose.yml; gives the stack."""
    path = desk.stack.folder.parent / "override.json"
    path.write_text(json.dumps(other), encoding="utf-8")  # JSON is YAML
    stack = replace(desk.stack, more=path)
    try:
        await _up(desk, stack)
        yield stack
    finally:
        await _up(desk, desk.stack)
        if volumes := other.get("volumes"):
            await asyncio.to_thread(desk.stack.forget, *volumes)


async def _up(desk: Desk, stack: Stack) -> None:
    """The nodes' containers away and made: one that is replaced keeps its volume."""
    for words in (("stop", *NODES), ("rm", "-f", *NODES)):
        await asyncio.to_thread(desk.stack.run, *words, timeout_s=READY_S)
    words = ("up", "-d", "--no-build", "--no-deps", *NODES)
    await asyncio.to_thread(stack.run, *words, timeout_s=READY_S)
    await desk.healthy(*NODES)
    for console in desk.consoles.values():
        await console.up()
