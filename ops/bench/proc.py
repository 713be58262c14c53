"""What Linux says about processes: CPU used, memory held, and how idle the machine was."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from siaga.errors import SiagaError

if TYPE_CHECKING:
    from collections.abc import Mapping

TICK_S: Final = 1 / os.sysconf("SC_CLK_TCK")
PROC: Final = Path("/proc")
_CPU_OF_PROCESS: Final = 2
"""``CPUCLOCK_SCHED`` of Linux's ``posix-timers``: what the scheduler has counted."""

MARKS: Final = {
    "asterisk": ("-C",),
    "ivr": ("-m", "ivr"),
    "router": ("-m", "router"),
}
"""Words of each part's command line, one after the other."""


class ProcessGoneError(SiagaError):
    """A part of the centre ended or was restarted while it was measured."""

    code = "bench_process"


@dataclass(frozen=True, slots=True)
class Times:
    """CPU of one process so far, user and system, in seconds.

    Attributes:
        own: of all its threads, also those that have ended.
        children: of the processes that it started and waited for.
    """

    own: float
    children: float


@dataclass(frozen=True, slots=True)
class Memory:
    """Memory of one process now, in KiB.

    Attributes:
        rss: in RAM. ``uss``: of that, what it shares with no other process.
    """

    rss: int
    uss: int


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine's time so far, all processors together, in ticks."""

    idle: int
    total: int

    def idle_since(self, before: Machine) -> float:
        """The share that it did nothing since ``before``, 0 to 1."""
        total = self.total - before.total
        return (self.idle - before.idle) / total if total > 0 else 0.0


def parse_stat(text: str) -> tuple[int, Times]:
    """The parent and the CPU times in ``/proc/PID/stat``."""
    fields = text.rpartition(")")[2].split()  # The name before may hold anything.
    user, system, child_user, child_system = (int(field) * TICK_S for field in fields[11:15])
    return int(fields[1]), Times(user + system, child_user + child_system)


def parse_smaps(text: str) -> Memory:
    """The memory in ``/proc/PID/smaps_rollup``."""
    values = {}
    for line in text.splitlines()[1:]:
        name, _, rest = line.partition(":")
        values[name] = int(rest.split()[0])
    return Memory(values["Rss"], values["Private_Clean"] + values["Private_Dirty"])


def parse_machine(text: str) -> Machine:
    """The times in ``/proc/stat``; waiting for a disk is idleness."""
    ticks = [int(field) for field in text.splitlines()[0].split()[1:9]]
    return Machine(ticks[3] + ticks[4], sum(ticks))


def times(pid: int) -> Times:
    """CPU times of a process: its own to the microsecond, its children's in ticks.

    A menu takes a millisecond or two of a call. Counted in ticks, 25 calls are 5 of them, and one
    more or less is a fifth of it.

    Raises:
        ProcessGoneError: it is not there.
    """
    children = parse_stat(_read(pid, "stat"))[1].children
    try:
        return Times(time.clock_gettime(_clock_of(pid)), children)
    except OSError as error:
        raise _gone(pid) from error


def _clock_of(pid: int) -> int:
    """The CPU clock of a process, as ``clock_getcpuclockid`` gives it, which Python has not."""
    return ~pid << 3 | _CPU_OF_PROCESS


def memory(pid: int) -> Memory:
    """Memory of a process.

    Raises:
        ProcessGoneError: it is not there.
    """
    return parse_smaps(_read(pid, "smaps_rollup"))


def machine() -> Machine:
    """The machine's times."""
    return parse_machine((PROC / "stat").read_text(encoding="ascii"))


def parts(supervisor: int) -> dict[str, int]:
    """Process ids of the supervisor's parts by name.

    Raises:
        ProcessGoneError: one of them does not run.
    """
    found: dict[str, int] = {}
    for entry in PROC.iterdir():
        if not entry.name.isdigit():
            continue
        try:
            parent = parse_stat((entry / "stat").read_text(encoding="utf-8", errors="replace"))[0]
            words = (entry / "cmdline").read_text(encoding="utf-8", errors="replace").split("\0")
        except OSError:
            continue  # It has ended meanwhile.
        if parent == supervisor and (name := part(words)):
            found[name] = int(entry.name)
    if missing := MARKS.keys() - found.keys():
        names = ", ".join(sorted(missing))
        raise ProcessGoneError(f"Tidak berjalan / not running: {names}.")
    return found


def part(words: list[str], marks: Mapping[str, tuple[str, ...]] = MARKS) -> str:
    """Which part a command line is of; empty when of none."""
    for name, mark in marks.items():
        spans = zip(*(words[offset:] for offset in range(len(mark))), strict=False)
        if mark in spans:
            return name
    return ""


def _read(pid: int, name: str) -> str:
    try:
        return (PROC / str(pid) / name).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise _gone(pid) from error


def _gone(pid: int) -> ProcessGoneError:
    return ProcessGoneError(
        f"Proses {pid} berhenti selama pengukuran. / Process {pid} ended while it was measured."
    )
