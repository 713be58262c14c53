from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
from configparser import RawConfigParser
from pathlib import Path

import pytest

from ops import children
from ops.service import told
from ops.service.files import COMMAND, ETC, HIDDEN, UNITS, Place, files, place
from ops.service.install import write
from siaga import shared
from siaga.errors import SettingsError

WHEEL = Place(Path("/opt/c/bin/siaga112"), Path("/opt/c/bin/python"), "", Path("/opt/c/tools"))
CHECKOUT = Place(
    Path("/opt/c/siaga112"), Path("/opt/c/.runtime/venv/bin/python"), "/opt/c", Path("/opt/c/rt")
)
PLACES = pytest.mark.parametrize("at", [WHEEL, CHECKOUT], ids=["wheel", "checkout"])


def _unit(text: str) -> RawConfigParser:
    parsed = RawConfigParser(strict=False, interpolation=None)
    parsed.optionxform = str  # type: ignore[assignment,method-assign]
    parsed.read_string(text)
    return parsed


@PLACES
@pytest.mark.parametrize("edge", [False, True], ids=["node", "edge"])
def test_a_unit_runs_as_its_own_user_and_can_write_nothing_else(at: Place, *, edge: bool) -> None:
    """Both units have a user, a read-only system and no way to gain rights."""
    name = "siaga112-edge" if edge else "siaga112"
    unit = _unit(files(at, edge=edge)[UNITS / f"{name}.service"].text)["Service"]
    assert unit["User"] == "siaga112"
    assert unit["ProtectSystem"] == "strict"
    assert unit["NoNewPrivileges"] == "yes"
    assert not unit["CapabilityBoundingSet"]
    assert unit["Restart"] == "always"
    assert unit["ExecStart"].startswith("/opt/c/")


@PLACES
@pytest.mark.parametrize("edge", [False, True], ids=["node", "edge"])
@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_understands_the_units(at: Place, tmp_path: Path, *, edge: bool) -> None:
    """systemd-analyze finds no word that it does not know, with programs that are there."""
    for path, file in files(at, edge=edge).items():
        if path.parent == UNITS:
            true = file.text.replace(str(at.program), "/bin/true").replace(
                str(at.python), "/bin/true"
            )
            (tmp_path / path.name).write_text(true.replace("User=siaga112", "User=root"))
            done = subprocess.run(
                ("systemd-analyze", "verify", "--man=no", tmp_path / path.name),
                capture_output=True,
                text=True,
                check=False,
            )
            about = [line for line in done.stderr.splitlines() if path.name in line]
            assert not about


def test_what_an_engineer_changed_stays(tmp_path: Path) -> None:
    """Installed again, settings and plan are as they were left, unit and command are new."""
    write(tmp_path, files(WHEEL), lambda _: None)
    kept = [tmp_path / (ETC / name).relative_to("/") for name in ("siaga112.env", "routing.yaml")]
    made = [tmp_path / path.relative_to("/") for path in (COMMAND, UNITS / "siaga112.service")]
    for file in (*kept, *made):
        file.write_text("changed")
    write(tmp_path, files(CHECKOUT), lambda _: None)
    assert [file.read_text() for file in kept] == ["changed", "changed"]
    assert all("/opt/c/siaga112" in file.read_text() for file in made)
    assert kept[0].stat().st_mode & 0o777 == 0o640
    assert made[0].stat().st_mode & 0o777 == 0o755


def test_the_command_has_the_services_settings(tmp_path: Path) -> None:
    """What stands in the settings file reaches the program as it stands, shell or no shell."""
    program = tmp_path / "program"
    program.write_text('#!/bin/sh\necho "$SIAGA_WEBHOOK|$SIAGA_HOME|$*"\n')
    program.chmod(0o755)
    settings = tmp_path / "siaga112.env"
    settings.write_text("# a comment\nSIAGA_WEBHOOK=https://x/?a=$(id)&b='c d'\nid\n")
    user = pwd.getpwuid(os.getuid()).pw_name
    at = Place(program, program, "", tmp_path)
    text = files(at)[COMMAND].text
    text = text.replace(str(ETC / "siaga112.env"), str(settings))
    text = text.replace("user=siaga112", f"user={user}")
    (tmp_path / "command").write_text(text)
    done = subprocess.run(
        ("sh", tmp_path / "command", "calls", "a b"), capture_output=True, text=True, check=True
    )
    assert done.stdout == "https://x/?a=$(id)&b='c d'|/var/lib/siaga112|calls a b\n"


@pytest.mark.parametrize(
    "runtime", [*(f"{folder}/x/tools" for folder in HIDDEN), "/opt/a b", "/opt/a%b"]
)
def test_a_place_that_a_service_cannot_use_is_refused(
    runtime: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that the unit hides or cannot name is refused with what to do."""
    monkeypatch.setattr("ops.service.files.PROJECT", Path("/opt/siaga112"))
    monkeypatch.setattr("sys.executable", "/opt/siaga112/python")
    with pytest.raises(SettingsError):
        place(runtime)


def test_systemd_is_told_where_it_asks(tmp_path: Path) -> None:
    """The state goes to the socket named, and nobody is missed where there is none."""
    name = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(name)
        assert told.tell(told.READY, {"NOTIFY_SOCKET": name})
        assert heard.recv(100) == b"READY=1"
    assert not told.tell(told.READY, {"NOTIFY_SOCKET": name})
    assert not told.tell(told.READY, {})


def test_messages_name_the_command_that_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A checkout has ./siaga112, a wheel its own program, a service what it says."""
    assert shared.command({}) == "./siaga112"
    assert shared.command({"SIAGA_COMMAND": "siaga112"}) == "siaga112"
    monkeypatch.setattr("siaga.shared.installed", lambda: True)
    monkeypatch.setattr("sys.prefix", str(tmp_path))
    (tmp_path / "bin").mkdir()
    own = tmp_path / "bin" / "siaga112"
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)
    assert shared.command({"PATH": "/nowhere"}) == str(own)
    assert shared.command({"PATH": str(own.parent)}) == "siaga112"


def test_asterisk_is_started_real_time_by_whoever_may(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not root, but allowed to: by chrt. Root's Asterisk does it itself, others cannot."""
    monkeypatch.setattr("shutil.which", lambda _: "/usr/bin/chrt")
    monkeypatch.setattr("os.geteuid", lambda: 10112)
    monkeypatch.setattr(children, "real_time", lambda: True)
    assert children.starter() == "/usr/bin/chrt --rr 10 "
    monkeypatch.setattr(children, "real_time", lambda: False)
    assert not children.starter()
    monkeypatch.setattr(children, "real_time", lambda: True)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert not children.starter()
