"""``siaga112 backup``: everything of worth in one file, while calls are up."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

from ops.backup.form import CEL, MANIFEST, BackupError, Manifest, Member, is_ours
from ops.backup.sources import sources
from router.store.engine import database_url, sqlite_file

if TYPE_CHECKING:
    from ops.backup.sources import Source
    from siaga.settings import Settings


def backup(settings: Settings, file: Path, *, without_database: bool = False) -> str:
    """Make a backup; gives what to say. ``file`` is there whole, or not at all.

    Raises:
        BackupError: it could not be made, or would not be whole.
        OSError: no room, no permission.
    """
    url = database_url(settings.database)
    path = sqlite_file(url)
    if path is None and not without_database:
        raise BackupError(
            "Catatan panggilan ada di PostgreSQL dan tidak ikut dicadangkan di sini: cadangkan "
            "dengan pg_dump -Fc, lalu ulangi dengan --without-database.\n"
            "The call records are in PostgreSQL and are not backed up here: back them up by "
            "pg_dump -Fc, then repeat with --without-database."
        )
    if path is not None and path.resolve() != (settings.home / "siaga.db").resolve():
        raise BackupError(
            f"Basis data {path} tidak berada di SIAGA_HOME. / The database {path} is not in "
            f"SIAGA_HOME: back it up by sqlite3's .backup, then repeat with --without-database."
        )
    if file.exists():
        raise BackupError(
            f"{file} sudah ada; pilih nama lain. / {file} is there already: choose another name."
        )
    partial = file.with_name(f".{file.name}.partial-{os.getpid()}")
    with tempfile.TemporaryDirectory(dir=file.absolute().parent, prefix=".siaga112-") as scratch:
        try:
            with os.fdopen(
                os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb"
            ) as out:
                manifest, left = _write(settings, Path(scratch), out, database=path is not None)
                out.flush()
                os.fsync(out.fileno())
            partial.rename(file)
        finally:
            partial.unlink(missing_ok=True)
    return _told(file, manifest, left)


def _told(file: Path, manifest: Manifest, left: list[str]) -> str:
    lines = [
        f"{file}: {len(manifest.members)} berkas / files, {file.stat().st_size} bita / bytes",
        (
            "Berisi rekaman dan sandi: simpan di tempat aman. / "
            "It holds recordings and passwords: keep it safe."
        ),
    ]
    if manifest.database != "sqlite":
        lines.append(
            "TANPA catatan panggilan: pg_dump -Fc. / WITHOUT the call records: pg_dump -Fc."
        )
    if left:
        names = ", ".join(ascii(name) for name in left[:5])
        lines.append(f"{len(left)} berkas dilewati / files left out: {names}")
    return "\n".join(lines)


def _write(
    settings: Settings, scratch: Path, out: IO[bytes], *, database: bool
) -> tuple[Manifest, list[str]]:
    members = []
    left = []
    # GNU's form and names of this length: no member is anything but a header and its bytes.
    with tarfile.open(fileobj=out, mode="w|", format=tarfile.GNU_FORMAT) as tar:
        for source in sources(settings.home, scratch, database=database):
            if not is_ours(source.name):
                left.append(source.name)
                continue
            member = _add(tar, source)
            if member is not None:
                members.append(member)
        manifest = Manifest(
            made=datetime.now(UTC).isoformat(timespec="seconds"),
            node=settings.node,
            database="sqlite" if database else "postgresql",
            cel=_identity(settings.home / CEL),
            members=tuple(members),
        )
        data = manifest.to_json()
        info = tarfile.TarInfo(MANIFEST)
        info.size, info.mode = len(data), 0o600
        tar.addfile(info, io.BytesIO(data))
    return manifest, left


def _add(tar: tarfile.TarFile, source: Source) -> Member | None:
    """Add a file as long as it is now; None: it is gone meanwhile, by the rule of its age."""
    try:
        file = source.path.open("rb")
    except FileNotFoundError:
        return None
    with file:
        status = os.fstat(file.fileno())
        info = tarfile.TarInfo(source.name)
        info.size, info.mode, info.mtime = status.st_size, status.st_mode & 0o777, status.st_mtime
        reader = _Reader(file)
        try:
            tar.addfile(info, reader)
        except OSError as error:
            if reader.ended_early:
                raise BackupError(
                    f"{source.name} dipotong sewaktu dibaca; ulangi. / "
                    f"{source.name} was cut short while it was read: try again."
                ) from error
            raise
    return Member(source.name, info.size, info.mode, reader.digest.hexdigest())


class _Reader(io.RawIOBase):
    """Reads a file and notes what it was."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__()
        self.digest = hashlib.sha256()
        self.ended_early = False
        self._file = file

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        data = self._file.read(size)
        self.ended_early = len(data) < size
        self.digest.update(data)
        return data


def _identity(cel: Path) -> str:
    """How positions in the CEL file name it."""
    try:
        status = cel.stat()
    except OSError:
        return ""
    return f"{status.st_dev}:{status.st_ino}"
