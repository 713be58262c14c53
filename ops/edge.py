"""``python -m ops.edge KAMAILIO …``: the edge, of which nothing is left when it has ended.

Kamailio is several processes. When its first is killed the others live on and keep the ports, so
that it could not be started again. Here they end with it, and it ends with this process.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys

from ops.children import die_with_parent


def run(command: list[str]) -> int:
    """Run Kamailio until it ends by itself or by SIGTERM; gives its exit status."""
    process = subprocess.Popen(  # noqa: S603  (the supervisor's own words)
        command,
        process_group=0,
        preexec_fn=die_with_parent,  # noqa: PLW1509  (no threads, one C call)
    )
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    try:
        return process.wait()
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
