"""The packages, and a check that what was fetched is what was reviewed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import platform
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import yaml

from siaga.errors import SiagaError

if TYPE_CHECKING:
    from collections.abc import Iterable

FILE: Final = Path(__file__).parent / "packages.yaml"
MAX_UNPACKED: Final = 64 << 20
"""Bytes that a package may have unpacked; the largest, the bundler, has 11 MB."""
PREFIX: Final = "package/"
"""Folder that everything in a package of npm lies in."""

Use = Literal["page", "build", "test"]


class AssetError(SiagaError):
    """Scripts cannot be had, are not what they should be, or cannot be bundled."""

    code = "assets"
    exit_status = 3


@dataclass(frozen=True, slots=True)
class Package:
    """A package of npm.

    Attributes:
        integrity: ``sha512-`` and the digest of its file, in base64.
        licence: as its own description has it.
        use: whether pages get it, or only the bundler or the tests need it.
        machine: only there, as ``uname -m`` names it; None: everywhere.
    """

    name: str
    version: str
    integrity: str
    licence: str
    use: Use = "page"
    machine: str | None = None

    @property
    def spec(self) -> str:
        """What npm is asked for."""
        return f"{self.name}@{self.version}"

    @property
    def file(self) -> str:
        """Name that npm gives the packed file."""
        return f"{self.name.removeprefix('@').replace('/', '-')}-{self.version}.tgz"


def known(file: Path = FILE) -> tuple[Package, ...]:
    """All packages of the list."""
    listed = yaml.safe_load(file.read_text(encoding="utf-8"))["packages"]
    return tuple(Package(**each) for each in listed)


def needed(packages: Iterable[Package], *, tests: bool) -> tuple[Package, ...]:
    """Those that this machine needs; with ``tests``, those of the tests too."""
    here = platform.machine()
    return tuple(
        each for each in packages if each.machine in (None, here) and (tests or each.use != "test")
    )


def is_whole(package: Package, folder: Path) -> bool:
    """Whether its file in ``folder`` is there and has the digest of the list."""
    try:
        found = hashlib.sha512((folder / package.file).read_bytes()).digest()
    except OSError:
        return False
    wanted = package.integrity.removeprefix("sha512-")
    return hmac.compare_digest(base64.b64encode(found).decode(), wanted)


def check(packages: Iterable[Package], folder: Path) -> None:
    """Refuse files that are not those of the list.

    Raises:
        AssetError: one is missing or another; it is removed, so that it is fetched anew.
    """
    wrong = [each for each in packages if not is_whole(each, folder)]
    for each in wrong:
        (folder / each.file).unlink(missing_ok=True)
    if wrong:
        names = ", ".join(each.spec for each in wrong)
        raise AssetError(
            f"Paket npm berbeda dari yang diperiksa (SHA-512), tidak dipakai: {names}.\n"
            f"npm packages are not those that were reviewed (SHA-512), and not used: {names}."
        )


def unpack(package: Package, folder: Path, modules: Path) -> Path:
    """Unpack its file as ``modules/<name>``; gives that folder.

    Only plain files are taken, each below that folder.

    Raises:
        AssetError: it is no package, or of another name, version or licence.
    """
    home = modules / package.name
    home.mkdir(parents=True)
    size = 0
    with tarfile.open(folder / package.file, "r:gz") as packed:
        for member in packed:
            name = Path(member.name.partition("/")[2])
            source = packed.extractfile(member) if member.isreg() else None
            if source is None or name.is_absolute() or ".." in name.parts:
                continue
            size += member.size
            if size > MAX_UNPACKED:
                raise AssetError(f"{package.spec}: terlalu besar / too large")
            target = home / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read())
            if member.mode & 0o100:
                target.chmod(0o755)
    _check_description(package, home)
    return home


def _check_description(package: Package, home: Path) -> None:
    told = json.loads((home / "package.json").read_text(encoding="utf-8"))
    found = (told.get("name"), told.get("version"), told.get("license"))
    if found != (package.name, package.version, package.licence):
        raise AssetError(f"{package.spec}: berisi / holds {found}")
