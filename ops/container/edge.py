"""``python -m ops.container.edge``: Kamailio before several nodes, as the container's program.

It reads the plan of ``SIAGA_PLAN`` at its start alone: whose calls it takes stands there.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from ops import edge, render
from ops.container.front import front
from ops.render.edge import FILE, Keys, render_front
from ops.runtime import KAMAILIO, find_tool, install_hint
from siaga import secrets, settings
from siaga.edge import APART, NAME
from siaga.errors import MissingError, SiagaError
from siaga.plan import load_plan

if TYPE_CHECKING:
    from siaga.settings import Settings


def command(own: Settings) -> list[str]:
    """Write the configuration; gives the words that start Kamailio by it.

    Raises:
        MissingError, PlanError, SettingsError, OSError: it cannot be started.
    """
    wanted = front(os.environ)
    program = find_tool(own, KAMAILIO)
    if program is None:
        raise MissingError(f"Kamailio: tidak ada / missing. {install_hint([KAMAILIO])}")
    own.etc.mkdir(parents=True, exist_ok=True)
    run = own.home / "run"
    run.mkdir(exist_ok=True)
    plan = load_plan(own.plan).plan
    secret = secrets.shared(own.secret_file)
    known = secrets.ensure(own.secrets, plan.telephones, (), secret)
    key = secrets.edge_key(secret, known)
    render.write(own, render_front(own, plan, wanted, Keys(key, known.handsets)))
    log = ["-DD", "-E", "-f", str(own.etc / FILE)]
    return [str(program), *log, "-Y", str(run), "-P", str(run / "kamailio.pid")]


def main() -> int:
    """Run until Kamailio ends or SIGTERM comes."""
    try:
        # Its address is the edge's alone: a node's settings do not hold for it.
        words = command(settings.load({**os.environ, NAME: "", APART: ""}))
    except (SiagaError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return edge.run(words)


if __name__ == "__main__":
    sys.exit(main())
