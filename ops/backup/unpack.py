"""Reading a backup that may have been made by anybody.

Only regular files with names that a backup of ours can have are ever written, each once, below one
new folder; links, devices, extended headers and whatever else tar knows are refused unread.
"""

from __future__ import annotations

import hashlib
import os
import tarfile
from typing import IO, TYPE_CHECKING, Final

from ops.backup.form import (
    BLOCK,
    MANIFEST,
    MANIFEST_MAX,
    BackupError,
    Manifest,
    Member,
    is_ours,
    parse,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SECRETS: Final = "secrets.json"
_CHUNK: Final = 1 << 20


def unpack(archive: IO[bytes], folder: Path) -> Manifest:
    """Write the files of a backup below ``folder``, which is empty, and hold them to its list.

    Raises:
        BackupError: damaged, cut short, or not a backup of ours; ``folder`` may hold part of it.
        OSError: no room.
    """
    found: dict[str, Member] = {}
    while True:
        info = _header(archive)
        if info is None:
            raise _damaged("terpotong / cut short")
        if info.name == MANIFEST:
            manifest = _manifest(archive, info.size)
            break
        if info.name in found:
            raise _damaged(f"{info.name!a} dua kali / twice")
        found[info.name] = _file(archive, info, folder)
    if _header(archive) is not None:
        raise _damaged("isi setelah daftar / content behind the list")
    _compare(found, manifest)
    return manifest


def _header(archive: IO[bytes]) -> tarfile.TarInfo | None:
    """The next member; None at the end."""
    block = archive.read(BLOCK)
    if block.count(0) == len(block):  # also when nothing is left
        return None
    try:
        info = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except tarfile.HeaderError as error:
        raise _damaged("bukan tar / not tar") from error
    regular = info.type in (tarfile.REGTYPE, tarfile.AREGTYPE)
    if not regular or info.size < 0 or not (info.name == MANIFEST or is_ours(info.name)):
        raise BackupError(
            f"Ditolak: {ascii(info.name)[:120]} bukan berkas cadangan kami; tidak ada yang diubah."
            f"\nRefused: {ascii(info.name)[:120]} is no file of a backup of ours; nothing was "
            f"changed."
        )
    return info


def _file(archive: IO[bytes], info: tarfile.TarInfo, folder: Path) -> Member:
    path = folder / info.name
    path.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    mode = info.mode & (0o600 if info.name == SECRETS else 0o777)
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as file:

        def take(chunk: bytes) -> None:
            digest.update(chunk)
            file.write(chunk)

        _content(archive, info.size, take)
        os.fchmod(file.fileno(), mode)
        os.utime(file.fileno(), (info.mtime, info.mtime))
        file.flush()
        os.fsync(file.fileno())
    return Member(info.name, info.size, info.mode & 0o777, digest.hexdigest())


def _manifest(archive: IO[bytes], size: int) -> Manifest:
    if size > MANIFEST_MAX:
        raise _damaged("daftar terlalu besar / list too large")
    data = bytearray()
    _content(archive, size, data.extend)
    return parse(bytes(data))


def _content(archive: IO[bytes], size: int, take: Callable[[bytes], None]) -> None:
    """Hand on the content of a member, and pass over what fills its last block."""
    left = size
    while left:
        chunk = archive.read(min(left, _CHUNK))
        if not chunk:
            raise _damaged("terpotong / cut short")
        take(chunk)
        left -= len(chunk)
    archive.read(-size % BLOCK)


def _compare(found: dict[str, Member], manifest: Manifest) -> None:
    listed = {member.name: member for member in manifest.members}
    wrong = sorted(
        name for name in found.keys() | listed.keys() if found.get(name) != listed.get(name)
    )
    if wrong:
        raise _damaged(f"tidak sesuai daftar / not as listed: {', '.join(map(ascii, wrong[:5]))}")


def _damaged(why: str) -> BackupError:
    return BackupError(
        f"Cadangan rusak ({why}); tidak ada yang diubah. / "
        f"The backup is damaged ({why}); nothing was changed."
    )
