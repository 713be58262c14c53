"""``python -m tests.upgrade COMMIT``: run the program of that commit, and keep the home it leaves.

Its centre takes an answered call and one that nobody answers, gets an incident, a hold, a class, an
account, a pause, a plan of its own and a prompt that somebody spoke. Written to this folder, as
``home-VERSION.tar.xz``: the home, without what each start makes anew, and what the program's own
commands said of it.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import time
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ops import freeports
from ops.prepare import child_environment
from ops.runtime import find_runtime
from siaga import settings
from siaga.settings import PROJECT
from tests.live.calls import converse
from tests.live.centre import Centre
from tests.live.phones import telephones

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER: Final = Path(__file__).parent
KEPT: Final = (
    *("siaga.db", "secrets.json", "plan", "takes", "recordings", "cel", "lib/astdb.sqlite3"),
    *("alarms.json", "live.jsonl", "canary.json"),
)
"""What of a home is nobody's to make again; the prompts in use are made of the takes."""

ASKED: Final[Mapping[str, tuple[str, ...]]] = {
    "calls": ("calls", "--json"),
    "callbacks": ("callbacks", "--json"),
    "incidents": ("incidents", "--json"),
    "holds": ("holds", "--json"),
    "accounts": ("accounts", "--json"),
    "versions": ("versions", "--json"),
    "prompts": ("prompts", "--json"),
    "handsets": ("handsets", "--json"),
}
"""What the old program is asked of its home, and the new one again."""


class Old:
    """The program of another commit, on this checkout's tools."""

    def __init__(self, code: Path, centre: Centre) -> None:
        self._code, self._centre = code, centre

    def environment(self) -> dict[str, str]:
        """As the old program is started."""
        own = {**os.environ, **child_environment(self._centre.settings)}
        return {**own, "PYTHONPATH": str(self._code)}

    def words(self, *words: str) -> list[str]:
        """A command of the old program."""
        return [sys.executable, "-P", "-m", "ops", *words]

    def command(self, *words: str) -> str:
        """Run one; gives what it printed."""
        done = subprocess.run(
            self.words(*words),
            env=self.environment(),
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        )
        return done.stdout


async def _live(old: Old, centre: Centre) -> None:
    """What happens at the centre."""
    talked, left = "081200000001", "081200000002"
    async with telephones(centre) as phones:
        await phones.log_in("201")
        call = await phones.line.call(talked)
        await call.answered()
        await call.press("1")
        ring = await phones.bank.ring("201")
        await ring.answer()
        await converse(call, ring)
        await call.hang_up()
        call = await phones.line.call(left)
        await call.answered()
        await call.press("1")
        await phones.bank.ring("201")
        await call.hang_up()
        record = await centre.record(talked)
        await centre.record(left)
        old.command("incidents", "open", record.id, "--by", "Sari")
        old.command("incidents", "note", "1", "api di lantai dua", "--by", "Sari")
        old.command("hold", record.id, "--why", "penyidikan", "--by", "Sari")
        old.command("class", record.id, "emergency", "--by", "Sari")
        old.command("accounts", "add", "Sari", "admin", "--by", "Budi")
        old.command("live", "pause", "102", "--why", "istirahat", "--for", "3d", "--by", "Sari")
        where, spoken = "id/hold", _spoken(centre)
        made = json.loads(old.command("prompts", "add", where, str(spoken), "--json"))
        old.command("prompts", "use", where, made["id"], "--by", "Sari")
        old.command("apply", str(PROJECT / "plans" / "kutim-polres.yaml"), "--by", "Sari")
        await centre.until_login_is_kept("201")
    for word, asked in ASKED.items():
        (centre.settings.home / f"said-{word}.jsonl").write_text(old.command(*asked))


def _spoken(centre: Centre) -> Path:
    file = centre.settings.home / "spoken.wav"
    words = (centre.runtime.espeak, "-v", "id", "-w", file, "Terima kasih, tetap di telepon")
    subprocess.run(words, check=True)
    return file


def _keep(home: Path, file: Path) -> None:
    """Pack it without anything of this machine in it."""

    def plain(info: tarfile.TarInfo) -> tarfile.TarInfo:
        info.uid = info.gid = 0
        info.uname = info.gname = ""
        return info

    with tarfile.open(file, "w:xz", preset=9) as archive:
        for name in (*KEPT, *(f"said-{word}.jsonl" for word in ASKED)):
            if (home / name).exists():
                archive.add(home / name, name, filter=plain)


def _code(commit: str, folder: Path) -> None:
    packed = subprocess.run(
        ("git", "archive", commit), cwd=PROJECT, stdout=subprocess.PIPE, check=True
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")


def main() -> int:
    """Exit status 0: the home was kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.upgrade")
    parser.add_argument("commit")
    commit = parser.parse_args().commit
    with tempfile.TemporaryDirectory(prefix="siaga112-old-") as made:
        code, home = Path(made) / "code", Path(made) / "home"
        code.mkdir()
        home.mkdir()
        _code(commit, code)
        project: dict[str, Any] = tomllib.loads((code / "pyproject.toml").read_text())["project"]
        own = settings.load({**os.environ, "SIAGA_HOME": str(home), "SIAGA_CANARY_EVERY": "0"})
        with freeports.reserved(replace(own, plan=code / "plans" / "kutim.yaml")) as chosen:
            output = home / "up.log"
            centre = Centre(chosen, find_runtime(chosen), None, output)  # type: ignore[arg-type]
            old = Old(code, centre)
            with output.open("wb") as log:
                process = subprocess.Popen(
                    old.words("up"), env=old.environment(), stdout=log, stderr=log
                )
            try:
                while "Siap menerima panggilan" not in output.read_text():
                    if process.poll() is not None:
                        raise SystemExit(output.read_text())
                    time.sleep(0.2)
                asyncio.run(_live(old, centre))
            finally:
                process.terminate()
                process.wait(timeout=120)
        _keep(home, FOLDER / f"home-{project['version']}.tar.xz")
    return 0


if __name__ == "__main__":
    sys.exit(main())
