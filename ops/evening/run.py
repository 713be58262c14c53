"""``siaga112 demo --evening``: a busy evening played, judged and told."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.text import Text

from ops import freeports
from ops.evening.account import accounts, called_back
from ops.evening.evidence import Evidence
from ops.evening.judge import judge
from ops.evening.notes import Notes
from ops.evening.script import make
from ops.evening.show import document, tell
from ops.evening.siplog import read
from ops.evening.stage import Logs, play
from siaga import places
from siaga.gateways import Gateways
from siaga.plan import load_plan
from siaga.settings import CallbackRule
from siaga.storage import StorageRules

if TYPE_CHECKING:
    from ops.evening.model import Script, Wanted
    from ops.evening.stage import Told
    from siaga.settings import Settings

LOOPBACK: Final = "127.0.0.1"
TRIES: Final = CallbackRule(2, 0)
"""Who does not answer is tried twice, at once: an hour is minutes here."""


async def evening(settings: Settings, wanted: Wanted, *, as_json: bool) -> int:
    """Play and judge; 0 when every check holds, else 1, and then its home is kept.

    Raises:
        ScriptError, NoRoomError: no such evening can be made.
        StartError, MissingError, PlanError: the centre could not be started.
        PhoneError, EveningError: it could not be played to its end.
    """
    console = Console()
    script = make(wanted, places.load(settings.places))

    def say(text: str) -> None:
        if not as_json:
            console.print(f"[dim]· {text} …[/]", highlight=False)

    home = Path(tempfile.mkdtemp(prefix="siaga112-evening-"))
    keep = False
    try:
        notes = Notes()
        with freeports.reserved(_own(settings, home)) as moved:
            told = await play(moved, script, notes, say)
        evidence = _evidence(moved, script, notes, told)
        checks = judge(evidence)
        keep = not all(check.holds for check in checks)
        if as_json:
            found = document(evidence, checks, home if keep else None)
            sys.stdout.write(json.dumps(found) + "\n")
        else:
            tell(console, evidence, checks)
            if keep:
                console.print(Text(f"disimpan / kept: {home}"), soft_wrap=True)
        return int(keep)
    finally:
        if not keep:
            shutil.rmtree(home, ignore_errors=True)


def _own(settings: Settings, home: Path) -> Settings:
    """Settings of a centre that shares nothing with any other."""
    return replace(
        settings,
        home=home,
        plan=home / "evening.yaml",
        node="evening",
        bind=LOOPBACK,
        trunks=(LOOPBACK,),
        edge=None,
        database_url="",
        tls_required=False,
        webhook=None,
        gateways=Gateways(),
        limits=None,
        canary_every=0,
        callbacks=TRIES,
        storage=StorageRules(),
    )


def _evidence(settings: Settings, script: Script, notes: Notes, told: Told) -> Evidence:
    logs = Logs(settings.home / "sipp")
    return Evidence(
        script,
        load_plan(settings.plan_in_force).plan,
        notes,
        accounts(read(logs.callers.read_bytes()), read(logs.handsets.read_bytes())),
        called_back(read(logs.far.read_bytes())),
        told.report,
        told.records,
        told.incidents,
        told.due,
    )
