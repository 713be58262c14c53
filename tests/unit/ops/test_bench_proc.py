"""What the bench reads of processes: Linux's own texts, and real processes."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from ops.bench import proc
from ops.bench.proc import Machine, Memory, Times

STAT = (
    "4711 (a) b) S 42 1 1 0 -1 4194560 100 200 0 0 "
    "150 50 3000 1000 20 0 5 0 12345 1000000 500 " + "0 " * 28
)
SMAPS = """\
5d4c2c3f1000-7ffd2d5d6000 ---p 00000000 00:00 0          [rollup]
Rss:               30000 kB
Pss:               20000 kB
Shared_Clean:      12000 kB
Private_Clean:      1000 kB
Private_Dirty:     17000 kB
"""
BURN = "import time; end = time.process_time() + 0.3\nwhile time.process_time() < end: pass"


def test_times_are_read_behind_any_name() -> None:
    """A process name with spaces and brackets does not shift the fields."""
    parent, times = proc.parse_stat(STAT)
    assert parent == 42
    assert times == Times(200 * proc.TICK_S, 4000 * proc.TICK_S)


def test_memory_is_what_no_other_process_shares() -> None:
    """USS is the private part, clean and dirty; RSS all of it."""
    assert proc.parse_smaps(SMAPS) == Memory(rss=30000, uss=18000)


def test_waiting_for_a_disk_is_idleness() -> None:
    """Idle and iowait are idle, guest time (counted in user already) is not counted twice."""
    before = proc.parse_machine("cpu  100 0 100 700 100 0 0 0 50 0\ncpu0 1 2 3\n")
    assert before == Machine(idle=800, total=1000)
    assert Machine(idle=850, total=1100).idle_since(before) == pytest.approx(0.5)
    assert before.idle_since(before) == 0.0


@pytest.mark.parametrize(
    ("command", "part"),
    [
        (
            "/opt/ld.so --library-path /x /usr/sbin/asterisk -f -C /srv/etc/asterisk.conf",
            "asterisk",
        ),
        ("/venv/bin/python -m ivr", "ivr"),
        ("/venv/bin/python -m router", "router"),
        ("/venv/bin/python -m ivr.standby /x 1 id", ""),
        ("/venv/bin/python -m", ""),
        ("router -m", ""),
    ],
)
def test_parts_are_known_by_their_command_line(command: str, part: str) -> None:
    """Whole words in their order tell the parts apart, and from the standby script."""
    assert proc.part(command.split()) == part


def test_a_child_is_counted_when_it_was_waited_for() -> None:
    """CPU of a child that ended stands under ``children`` of the process that waited for it."""
    before = proc.times(os.getpid())
    subprocess.run([sys.executable, "-c", BURN], check=True)
    after = proc.times(os.getpid())
    assert after.children - before.children >= 0.29


def test_a_process_is_timed_finer_than_by_ticks() -> None:
    """What a menu takes of one call is seen: it is the clock that the process itself has."""
    before = time.process_time()
    own = proc.times(os.getpid()).own
    assert before <= own <= time.process_time()


def test_a_process_that_is_gone_is_told() -> None:
    """Measuring a process that has ended is an error a person can read, not a crash."""
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()
    with pytest.raises(proc.ProcessGoneError, match=str(child.pid)):
        proc.times(child.pid)
    with pytest.raises(proc.ProcessGoneError, match=r"asterisk, ivr, router"):
        proc.parts(os.getpid())
