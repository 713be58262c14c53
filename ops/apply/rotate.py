"""New passwords for handsets, loaded into the running Asterisk while calls are up."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Final

from ops import ready
from ops.apply import asterisk, lock, stage
from ops.apply.asterisk import LoadError
from ops.apply.snapshot import Snapshot
from ops.apply.stage import MODULES
from ops.logged import logged
from ops.runtime import find_runtime
from siaga import secrets
from siaga.errors import SiagaError
from siaga.files import write_atomic
from siaga.plan.versions import VersionStore, person
from siaga.shared import COMMAND

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from ops.apply.asterisk import Switch
    from ops.apply.stage import Staged
    from siaga.secrets import Secrets
    from siaga.settings import Settings

ENDPOINTS: Final = "pjsip.conf"


class UnknownHandsetError(SiagaError):
    """The plan in force has no such handset."""

    code = "unknown_handset"
    exit_status = 2


class EdgeHandsetsError(SiagaError):
    """The edge asks for the passwords, and it derives them."""

    code = "handsets_at_edge"
    exit_status = 1


async def rotate(
    settings: Settings,
    extensions: Collection[str] | None,
    *,
    by: str | None = None,
    as_json: bool = False,
) -> int:
    """Give handsets new passwords, and print them once; gives the exit status.

    A handset stays logged in until it has to log in again, by then with the new password.

    Args:
        settings: of the instance.
        extensions: of the handsets; None for all of the plan in force.
        by: name of a person.
        as_json: for machines.

    Raises:
        EdgeHandsetsError: it is not this node that handsets log in at.
        UnknownHandsetError: there is no such handset; nothing was changed.
        MissingError, BusyError: as :func:`ops.apply.apply`.
        LoadError, OSError: nothing was changed.
    """
    if settings.handsets_at_edge:
        raise EdgeHandsetsError(
            "Pesawat masuk di edge, bersandi dari SIAGA_SECRET_FILE: ganti berkas itu di edge dan "
            "di setiap simpul, lalu mulai ulang. / Handsets log in at the edge by passwords that "
            "SIAGA_SECRET_FILE gives: change that file on the edge and each node, and restart them."
        )
    if not await ready.ami(settings):
        raise asterisk.missing(settings)
    store = VersionStore(settings.home / "plan")
    with lock.held(store.folder, person(by)):
        current = stage.in_force(settings, store)
        if current is None:
            raise LoadError(
                f"Rencana yang berlaku tidak lengkap: jalankan ulang {COMMAND} up. / The plan in "
                f"force is not complete: restart {COMMAND} up."
            )
        chosen = _chosen(current, extensions)
        files = (settings.secrets, settings.etc / ENDPOINTS)
        before = Snapshot.take(files)
        with logged(settings, "apply"):
            async with asterisk.connected(settings) as switch:
                try:
                    known = _renew(settings.secrets, chosen)
                    await _load(settings, switch, current, known)
                except BaseException:
                    before.restore()
                    await switch.reload([MODULES[ENDPOINTS]])
                    raise
    if as_json:
        logins = {extension: known.handsets[extension] for extension in chosen}
        sys.stdout.write(json.dumps({"logins": logins}) + "\n")
        return 0
    for extension in chosen:
        sys.stdout.write(
            f"Pesawat / handset: {extension}  sandi baru / new password: "
            f"{known.handsets[extension]}\n"
        )
    return 0


def _chosen(current: Staged, extensions: Collection[str] | None) -> tuple[str, ...]:
    known = current.loaded.plan.telephones
    if extensions is None:
        return known
    for extension in extensions:
        if extension not in known:
            raise UnknownHandsetError(
                f"Tidak ada pesawat {extension[:20]!r}; yang ada: {', '.join(known)}. / "
                f"No handset {extension[:20]!r}; known are: {', '.join(known)}."
            )
    return tuple(dict.fromkeys(extensions))


def _renew(file: Path, extensions: Collection[str]) -> Secrets:
    """Forget passwords and have new ones made."""
    known = secrets.read(file)
    kept = {ext: word for ext, word in known.handsets.items() if ext not in extensions}
    write_atomic(file, json.dumps(asdict(replace(known, handsets=kept)), indent=1), mode=0o600)
    return secrets.ensure(file, extensions)


async def _load(settings: Settings, switch: Switch, current: Staged, known: Secrets) -> None:
    files = stage.base_files(settings, current, known, find_runtime(settings))
    write_atomic(settings.etc / ENDPOINTS, files[ENDPOINTS], mode=0o600)
    await switch.reload([MODULES[ENDPOINTS]])
