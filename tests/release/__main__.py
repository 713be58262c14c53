"""``python -m tests.release``: the wheel installed into a fresh environment, and used from there.

Builds what is committed, makes an environment without any of ours in it, installs the locked
packages (this needs the package index) and the wheel, and then lets the installed centre work with
nothing of the checkout in reach: a plan is printed, proven and tried on paper, the centre starts in
a home of its own, says its version, is examined by its doctor, takes one real call, and stops.

The telephony tools and the pages' scripts are those of ``SIAGA_RUNTIME``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
import venv
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ops import freeports
from ops.prepare import child_environment
from ops.release.build import build
from siaga import __version__, settings
from siaga.settings import PROJECT

if TYPE_CHECKING:
    from collections.abc import Mapping

START_S = 120
STOP_S = 60


class TrialError(Exception):
    """The installed centre does not do what it should."""


def main() -> int:
    """Exit status 0: the wheel serves."""
    with tempfile.TemporaryDirectory(prefix="siaga112-trial-") as folder:
        place = Path(folder)
        try:
            python = _installed(place)
            _trial(place, python)
        except TrialError as error:
            sys.stderr.write(f"{error}\n")
            return 1
    return 0


def _installed(place: Path) -> Path:
    wheel, _ = build(PROJECT, place / "dist")
    _say(f"built {wheel.name}, {wheel.stat().st_size // 1000} kB")
    venv.create(place / "venv", with_pip=True)
    python = place / "venv" / "bin" / "python"
    pip = (str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
    env = _plain(place)
    lock = PROJECT / "requirements.lock"
    _run([*pip, "--require-hashes", "-r", str(lock)], env, place, timeout_s=600)
    _run([*pip, "--no-deps", str(wheel)], env, place)
    _run([str(python), "-m", "pip", "check"], env, place)
    found = _run([str(python), "-c", "import ops, siaga; print(ops.__file__)"], env, place)
    if not Path(found.strip()).is_relative_to(place / "venv"):
        raise TrialError(f"not the installed packages: {found}")
    _say("installed into a fresh environment; pip check finds nothing amiss")
    return python


def _plain(place: Path) -> dict[str, str]:
    """An environment in which nothing leads to the checkout."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "SIAGA_", "VIRTUAL_ENV"))
    }
    return {**kept, "HOME": str(place)}


def _trial(place: Path, python: Path) -> None:
    siaga112 = str(python.with_name("siaga112"))
    env = _plain(place)
    said = _run([siaga112, "--version"], env, place)
    if said != f"siaga112 {__version__}\n":
        raise TrialError(f"--version says {said}")
    _run([siaga112, "--help"], env, place)
    plan = place / "routing.yaml"
    plan.write_text(_run([siaga112, "example", "kutim"], env, place), encoding="utf-8")
    _run([siaga112, "check", str(plan)], env, place)
    _run([siaga112, "simulate", str(plan), "--press", "1"], env, place)
    _say("siaga112 --version, --help, example, check, simulate")
    home = place / "home"
    base = settings.load({"SIAGA_HOME": str(home), "SIAGA_CANARY_EVERY": "0"})
    runtime = settings.load(os.environ).runtime
    with freeports.reserved(replace(base, plan=plan, runtime=runtime)) as chosen:
        spelled = {**env, **child_environment(chosen), "HOME": str(place)}
        del spelled["PYTHONPATH"]
        _serve(siaga112, spelled, chosen, place)


def _serve(siaga112: str, env: dict[str, str], chosen: settings.Settings, place: Path) -> None:
    output = place / "up.log"
    began = time.monotonic()
    with output.open("wb") as file:
        process = subprocess.Popen(
            [siaga112, "up"],
            cwd=place,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        while "Siap menerima panggilan" not in (text := output.read_text(encoding="utf-8")):
            if process.poll() is not None or time.monotonic() - began > START_S:
                raise TrialError(f"did not start:\n{text}")
            time.sleep(0.1)
        _say(f"up: ready after {time.monotonic() - began:.1f} s")
        for part, port in (("router", chosen.ports.router), ("console", chosen.ports.http)):
            told = _asked(f"http://127.0.0.1:{port}/health")
            if told["version"] != __version__:
                raise TrialError(f"{part}: {told}")
        _asked_page(f"http://127.0.0.1:{chosen.ports.http}/login")
        _foreign(chosen.home)
        _say(f"router and console say {__version__}; no process has the checkout in its path")
        shown = _run([siaga112, "demo", "--json"], env, place, timeout_s=180)
        call = json.loads(shown)
        _say(f"demo: one call, {call.get('outcome', sorted(call))}")
    finally:
        process.terminate()
        process.wait(STOP_S)
    _say(f"stopped, exit status {process.returncode}")


def _foreign(home: Path) -> None:
    """No process of the centre has the checkout among its words or in its PYTHONPATH."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            own = (folder / "environ").read_bytes().decode("utf-8", "replace").split("\0")
            words = (folder / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
        except OSError:
            continue
        if f"SIAGA_HOME={home}" not in own:
            continue
        paths = [one for one in own if one.startswith("PYTHONPATH=") and str(PROJECT) in one]
        if paths or str(PROJECT / ".runtime" / "venv") in words[0]:
            raise TrialError(f"a process stands on the checkout: {words} {paths}")


def _asked(address: str) -> dict[str, object]:
    with urllib.request.urlopen(address, timeout=20) as answer:  # noqa: S310 - our own
        told: dict[str, object] = json.load(answer)
    return told


def _asked_page(address: str) -> None:
    with urllib.request.urlopen(address, timeout=20) as answer:  # noqa: S310 - our own
        if answer.status != 200:
            raise TrialError(f"{address}: {answer.status}")


def _run(words: list[str], env: Mapping[str, str], place: Path, *, timeout_s: float = 120) -> str:
    done = subprocess.run(
        words,
        cwd=place,
        env=dict(env),
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    if done.returncode:
        raise TrialError(f"{' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
