from __future__ import annotations

import json
import subprocess
import sys

from siaga.settings import PROJECT

SCRIPT = """
import structlog
from siaga import log
log.configure("test")
logger = structlog.get_logger()
def fail(number):
    raise ValueError("broken")
try:
    fail("081234567890")
except ValueError:
    logger.exception("call_failed", call="node1-1.1")
"""


def test_traceback_in_a_log_line_shows_no_locals() -> None:
    """A caller's number in a failing frame does not reach the log; the fault itself does."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    line = json.loads(done.stdout)
    assert line["event"] == "call_failed"
    assert line["service"] == "test"
    assert "broken" in done.stdout
    assert "081234567890" not in done.stdout
