"""The containers, driven by whichever compose there is."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from siaga import __version__
from siaga.settings import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

ADDRESS: Final = "127.0.0.112"
DESKS: Final = "127.0.0.113"
"""Where the handsets are."""
CARRIERS: Final = "127.0.0.1"
EDGE_PORT: Final = 5060
SERVICES: Final = ("postgres", "node1", "node2", "edge")
OURS: Final = tuple(f"siaga112-{name}:{__version__}" for name in ("node", "edge"))
"""The images that are made here."""
NODES: Final = {"node1": 5070, "node2": 5080}
CONSOLES: Final = {"node1": 8112, "node2": 8212}
FILE: Final = "docker-compose.yml"
READY_S: Final = 240.0
PROBED_S: Final = 60.0
BUILD_S: Final = 1800.0


@dataclass(frozen=True, slots=True)
class Stack:
    """One project of containers, its secrets in ``folder``.

    Attributes:
        version: tag of the images, when it is not that of docker-compose.yml.
        v2: by ``docker compose``, also where there is ``docker-compose``.
        plan: of the first start, when it is not that of docker-compose.yml.
        more: a file of compose that stands beside docker-compose.yml.
        third: where node3 takes calls, when it runs too.
    """

    folder: Path
    project: str = "siaga112-trial"
    version: str = ""
    v2: bool = False
    plan: Path | None = None
    more: Path | None = None
    third: str = ""

    @property
    def centre(self) -> Path:
        """The secret that both nodes have."""
        return self.folder / "centre"

    def secrets(self) -> None:
        """Make them."""
        subprocess.run((PROJECT / "ops/container/secrets.sh", self.folder), check=True)

    def run(self, *words: str, timeout_s: float = 120) -> str:
        """A command of compose; gives what it printed.

        Raises:
            CalledProcessError, TimeoutExpired: it failed.
        """
        done = subprocess.run(
            [*_compose(v2=self.v2), "-p", self.project, *self._files(), *words],
            cwd=PROJECT,
            env={
                **os.environ,
                "SIAGA_ADDRESS": ADDRESS,
                "SIAGA_SECRETS": str(self.folder),
                "SIAGA_POSTGRES_PORT": "15432",
                **({"SIAGA_VERSION": self.version} if self.version else {}),
                **({"SIAGA_PLAN_FILE": str(self.plan)} if self.plan else {}),
                **self._third(),
            },
            stdout=subprocess.PIPE,
            text=True,
            timeout=timeout_s,
            check=True,
        )
        return done.stdout

    def forget(self, *volumes: str) -> None:
        """Remove volumes of ours that docker-compose.yml does not know."""
        names = [f"{self.project}_{name}" for name in volumes]
        words = ("docker", "volume", "rm", "-f", *names)
        subprocess.run(words, stdout=subprocess.DEVNULL, timeout=30, check=True)

    def _third(self) -> dict[str, str]:
        asked = {"COMPOSE_PROFILES": "node3", "SIAGA_MORE_NODES": self.third}
        return asked if self.third else {}

    def _files(self) -> list[str]:
        return ["-f", FILE, "-f", str(self.more)] if self.more else []

    def until_healthy(self, *services: str) -> float:
        """Wait until their health checks pass; gives the seconds it took.

        Raises:
            TimeoutError: they do not.
        """
        began = time.monotonic()
        while lacking := [name for name in services if self.health(name) != "healthy"]:
            if time.monotonic() - began > READY_S:
                raise TimeoutError(f"not healthy after {READY_S:.0f} s: {', '.join(lacking)}")
            time.sleep(0.5)
        return time.monotonic() - began

    def until_unhealthy(self, service: str) -> None:
        """Wait until a container is not healthy: stopped, or another in its place."""
        began = time.monotonic()
        while self.health(service) == "healthy" and self.running(service):
            if time.monotonic() - began > READY_S:
                raise TimeoutError(f"{service} stays as it is")
            time.sleep(0.2)

    def running(self, service: str) -> bool:
        """Its container runs."""
        return self._ask(service, "{{.State.Running}}") == "true"

    def health(self, service: str) -> str:
        """What its health check says."""
        return self._ask(service, "{{.State.Health.Status}}")

    def until_probed(self, service: str) -> None:
        """Wait until its health is asked once more: it is not for the seconds that follow.

        Raises:
            TimeoutError: it is not.
        """
        began, before = time.monotonic(), self._probes(service)
        while self._probes(service) == before:
            if time.monotonic() - began > PROBED_S:
                raise TimeoutError(f"the health of {service} is not asked for")
            time.sleep(0.2)

    def _probes(self, service: str) -> str:
        return self._ask(service, "{{json .State.Health.Log}}")

    def restarts(self, service: str) -> int:
        """How often its container was started anew."""
        return int(self._ask(service, "{{.RestartCount}}"))

    def _ask(self, service: str, form: str) -> str:
        container = self.run("ps", "-q", service).strip()
        if not container:
            return ""
        words = ["docker", "inspect", "-f", form, container]
        done = subprocess.run(words, stdout=subprocess.PIPE, text=True, timeout=30, check=False)
        # One that went away in between is none, as one that was not there.
        return done.stdout.strip() if done.returncode == 0 else ""

    def crash(self, service: str) -> None:
        """SIGKILL to the first process of its container, which Docker then starts anew."""
        os.kill(int(self._ask(service, "{{.State.Pid}}")), signal.SIGKILL)

    def kill(self, service: str) -> None:
        """``kill -9`` of its container, which is not started again."""
        self.run("kill", "-s", "KILL", service)


def _compose(*, v2: bool) -> list[str]:
    old = None if v2 else shutil.which("docker-compose")
    return [old] if old else ["docker", "compose"]
