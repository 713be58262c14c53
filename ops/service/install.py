"""Write the service's files and make its user; nothing that somebody changed is written over."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ops.service.files import BACKUPS, ETC, HOME, USER, File, files, place
from siaga.errors import SiagaError
from siaga.files import write_atomic

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ROOT: Final = Path("/")


class ServiceError(SiagaError):
    """The service cannot be installed here."""

    code = "service"


def install(root: Path, say: Callable[[str], None], *, edge: bool) -> None:
    """Write below ``root``; below ``/`` for the machine itself, with the user made.

    Raises:
        SiagaError, OSError: not everything is there.
    """
    wanted = files(place(os.environ.get("SIAGA_RUNTIME", "")), edge=edge)
    machine = root == ROOT
    if machine:
        if os.geteuid() != 0:
            raise ServiceError(
                "Hanya root yang dapat memasang layanan: pakai sudo.\n"
                "Only root can install a service: use sudo."
            )
        _make_user()
    write(root, wanted, say)
    if machine:
        _own(wanted)
        if shutil.which("systemctl") and Path("/run/systemd/system").is_dir():
            subprocess.run(("systemctl", "daemon-reload"), check=False)  # noqa: S607
    unit = "siaga112-edge" if edge else "siaga112"
    settings = ETC / ("edge.env" if edge else "siaga112.env")
    say(
        f"Isi {settings}, lalu: systemctl enable --now {unit}\n"
        f"Fill in {settings}, then: systemctl enable --now {unit}"
    )


def write(root: Path, wanted: Mapping[Path, File], say: Callable[[str], None]) -> None:
    """Write the files that are ours, and those that are not there yet."""
    for path, file in wanted.items():
        where = root / path.relative_to("/")
        if where.exists() and not file.ours:
            say(f"  {path}  tetap / kept")
            continue
        where.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(where, file.text, mode=file.mode)
        say(f"  {path}  ditulis / written")


def _make_user() -> None:
    try:
        pwd.getpwnam(USER)
    except KeyError:
        words = ("--system", "--user-group", "--no-create-home", "--home-dir", str(HOME))
        shell = ("--shell", "/usr/sbin/nologin", USER)
        done = subprocess.run(("useradd", *words, *shell), check=False)  # noqa: S603, S607
        if done.returncode:
            raise ServiceError(
                f"Pengguna {USER} tidak dapat dibuat.\nThe user {USER} cannot be made."
            ) from None


def _own(wanted: Mapping[Path, File]) -> None:
    group = pwd.getpwnam(USER).pw_gid
    for path, file in wanted.items():
        if file.private:
            os.chown(path, 0, group)
    os.chown(ETC, 0, group)
    ETC.chmod(0o750)
    for folder in (HOME, BACKUPS):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        os.chown(folder, pwd.getpwnam(USER).pw_uid, group)
