"""``siaga112 restore``: a backup into a home of its own, checked before it is put in place."""

from __future__ import annotations

import fcntl
import shutil
import sqlite3
from contextlib import closing, suppress
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING

from ops.backup.form import CEL, DATABASE, BackupError
from ops.backup.unpack import unpack
from ops.prepare import check_home
from router.storage.disk import room

if TYPE_CHECKING:
    from pathlib import Path

    from ops.backup.form import Manifest
    from siaga.settings import Settings


def restore(settings: Settings, file: Path, *, force: bool = False) -> str:
    """Restore into ``SIAGA_HOME``, which is empty or not there; gives what to say.

    Args:
        settings: of the instance.
        file: the backup.
        force: a home that is not empty is moved aside, whole.

    Raises:
        BackupError: it cannot be restored; the home is as it was.
        SettingsError: the home's name is too long.
        OSError: no room, no permission.
    """
    home = settings.home
    check_home(home)
    with file.open("rb") as archive:
        aside = _make_way(home, force=force)
        made = not home.exists()
        try:
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
            home.chmod(0o700)
            manifest = _fill(home, file, archive)
        except BaseException:
            if made:
                home.rmdir()
            if aside is not None:
                aside.rename(home)
            raise
    return _told(settings, manifest, aside)


def _make_way(home: Path, *, force: bool) -> Path | None:
    """Have the home be empty; gives where what was in it is now."""
    if not home.exists() or not any(home.iterdir()):
        return None
    if not force:
        raise BackupError(
            f"{home} tidak kosong: pilih SIAGA_HOME lain, atau --force untuk memindahkan isinya "
            f"ke samping.\n{home} is not empty: choose another SIAGA_HOME, or --force to move what "
            f"is in it aside."
        )
    _refuse_running(home)
    aside = home.with_name(f"{home.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%S%f}")
    home.rename(aside)
    return aside


def _refuse_running(home: Path) -> None:
    with suppress(FileNotFoundError), (home / "up.lock").open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise BackupError(
                f"{home} sedang dipakai; hentikan dulu. / {home} is in use: stop it first."
            ) from error


def _fill(home: Path, file: Path, archive: IO[bytes]) -> Manifest:
    size = file.stat().st_size
    free = room(home).free
    if free < size:
        raise BackupError(
            f"Tidak cukup ruang di {home}: {free} dari {size} bita. / "
            f"Not enough room at {home}: {free} of {size} bytes."
        )
    stage = home / ".restore"
    stage.mkdir(mode=0o700)
    try:
        manifest = unpack(archive, stage)
        _follow_cel(stage, manifest)
        for path in sorted(stage.iterdir()):
            path.rename(home / path.name)
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return manifest


def _follow_cel(stage: Path, manifest: Manifest) -> None:
    """Have the router go on where it was in the CEL file, which is another file here."""
    database, cel = stage / DATABASE, stage / CEL
    if not manifest.cel or not database.exists() or not cel.exists():
        return
    status = cel.stat()
    identity = f"{status.st_dev}:{status.st_ino}"
    try:
        with closing(sqlite3.connect(database)) as connection, connection:
            connection.execute(
                "UPDATE cel_positions SET file = ? WHERE file = ? AND node = ?",
                (identity, manifest.cel, manifest.node),
            )
    except sqlite3.Error as error:
        raise BackupError(
            f"Basis data dalam cadangan tidak dapat dipakai ({error}). / "
            f"The database in the backup cannot be used ({error})."
        ) from error


def _told(settings: Settings, manifest: Manifest, aside: Path | None) -> str:
    lines = [
        (
            f"{settings.home}: {len(manifest.members)} berkas dari {manifest.made}, utuh. / "
            f"{len(manifest.members)} files of {manifest.made}, all as they were."
        ),
    ]
    if manifest.node != settings.node:
        lines.append(
            f"Cadangan ini dari SIAGA_NODE={manifest.node}. / It is of SIAGA_NODE={manifest.node}."
        )
    if manifest.database != "sqlite":
        lines.append(
            "Catatan panggilan ada di PostgreSQL: pg_restore. / "
            "The call records are in PostgreSQL: pg_restore."
        )
    if aside is not None:
        lines.append(f"Isi lama / what was there: {aside}")
    return "\n".join(lines)
