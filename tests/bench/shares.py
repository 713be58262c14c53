"""Shares of the machine: what may use how much CPU, and how much it used, by Linux's cgroups.

So several nodes fit on one machine, each no stronger than its share. Needs the right to make
groups, as root has it.
"""

from __future__ import annotations

import contextlib
import os
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path("/sys/fs/cgroup")
PERIOD_US: Final = 20_000
"""Short, as a call must not wait long for the next one."""
ENDS_S: Final = 10.0


class NoGroupsError(Exception):
    """This machine lets us make no groups."""


@dataclass(frozen=True, slots=True)
class Share:
    """A group of processes.

    Attributes:
        folders: of the group: one (version 2), or one each for the limit and the account (1).
    """

    folders: tuple[Path, ...]

    def take(self, pids: list[int]) -> None:
        """Have these processes, and those that they start from now on, in the group.

        Real-time threads, which no share holds for, are made ordinary ones.
        """
        for pid in pids:
            with contextlib.suppress(OSError):  # It has ended meanwhile.
                for thread in Path(f"/proc/{pid}/task").iterdir():
                    os.sched_setscheduler(int(thread.name), os.SCHED_OTHER, os.sched_param(0))
                for folder in self.folders:
                    (folder / "cgroup.procs").write_text(str(pid))

    def used_s(self) -> float:
        """CPU used so far, in seconds."""
        last = self.folders[-1]
        if (last / "cpuacct.usage").exists():
            return int((last / "cpuacct.usage").read_text()) / 1e9
        lines = dict(line.split() for line in (last / "cpu.stat").read_text().splitlines())
        return int(lines["usage_usec"]) / 1e6


@contextmanager
def share(name: str, processors: float | None, root: Path = ROOT) -> Iterator[Share]:
    """A group that may use so many processors (None: all) as long as the block lasts.

    Raises:
        NoGroupsError: it cannot be made.
    """
    quota = -1 if processors is None else round(processors * PERIOD_US)
    first = (root / "cpu").is_dir()
    parents = [root / "cpu", root / "cpuacct"] if first else [root]
    with ExitStack() as stack:
        made: list[Path] = []
        try:
            for parent in parents:
                folder = parent / f"siaga112-bench-{os.getpid()}-{name}"
                folder.mkdir()
                stack.callback(_removed, folder)
                made.append(folder)
            if first:
                (made[0] / "cpu.cfs_period_us").write_text(str(PERIOD_US))
                (made[0] / "cpu.cfs_quota_us").write_text(str(quota))
            else:
                most = "max" if processors is None else str(quota)
                (made[0] / "cpu.max").write_text(f"{most} {PERIOD_US}")
        except OSError as error:
            raise NoGroupsError(str(error)) from error
        yield Share(tuple(made))


def _removed(folder: Path) -> None:
    """Its processes have been told to end."""
    deadline = time.monotonic() + ENDS_S
    while True:
        try:
            folder.rmdir()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def of_home(home: Path) -> list[int]:
    """Every process of an instance, by its home."""
    mark = f"SIAGA_HOME={home}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
    return found
