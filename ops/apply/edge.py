"""The edge follows a plan: its list of whose calls are taken holds the plan's trunks."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ops import ready, render
from ops.parts import EDGE
from ops.render.edge import FILE
from ops.restart import Supervisor, until
from siaga import secrets
from siaga.errors import SiagaError

if TYPE_CHECKING:
    from siaga.plan import Plan
    from siaga.settings import Settings


async def follow(settings: Settings, plan: Plan) -> bool:
    """Have the edge take calls from the trunks of ``plan``; calls that are up do not notice.

    Returns:
        False when it does not: it, or its supervisor, does not run.

    Raises:
        OSError: its file cannot be written.
    """
    text = render.render_edge(settings, plan, secrets.read(settings.secrets))
    if text is None or text == (settings.etc / FILE).read_text(encoding="utf-8"):
        return True
    await asyncio.to_thread(render.write, settings, {FILE: text})
    supervisor = Supervisor(settings)
    try:
        # Its list is read at its start alone. What comes meanwhile comes again half a second later.
        await asyncio.to_thread(supervisor.stop, EDGE)
        await asyncio.to_thread(supervisor.start, EDGE)
    except SiagaError:
        return False
    return await until(lambda: ready.edge(settings))
