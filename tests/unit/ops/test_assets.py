"""The scripts of the pages: what is fetched is checked, and made into the same bytes each time."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import shutil
import tarfile
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ops.assets.__main__ import ENTRIES, main
from ops.assets.bundle import MANIFEST, build
from ops.assets.packages import FILE, AssetError, Package, check, is_whole, known, needed, unpack
from siaga import settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FETCHED = settings.load().runtime / "npm"
"""What set-up fetched for this very run."""


def digest(data: bytes) -> str:
    return "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode()


def packed(files: Mapping[str, str], links: Mapping[str, str] | None = None) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
        for name, target in (links or {}).items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            archive.addfile(member)
    return made.getvalue()


def package(data: bytes, folder: Path, **changes: str) -> Package:
    made = Package("thing", "1.2.3", digest(data), "MIT")
    (folder / made.file).write_bytes(data)
    return replace(made, **changes)


DESCRIPTION = json.dumps({"name": "thing", "version": "1.2.3", "license": "MIT"})


def contents(folder: Path) -> dict[str, bytes]:
    files = (file for file in folder.rglob("*") if file.is_file())
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


def test_the_same_packages_give_the_same_bytes(tmp_path: Path) -> None:
    """Two makings agree in every byte, each path holds its digest, each licence is told."""
    served = [each for each in needed(known(), tests=False) if each.use != "test"]
    made = []
    for place in ("one", "two"):
        target = tmp_path / place / "assets"
        target.parent.mkdir()
        build(served, FETCHED, ENTRIES, tmp_path / place / "work", target)
        assert not (tmp_path / place / "work").exists()
        made.append(contents(target))
    assert made[0] == made[1]
    paths = json.loads(made[0][MANIFEST])
    assert set(paths) == {file.name for file in ENTRIES.iterdir()} | {"licences.txt"}
    for name, path in paths.items():
        named, _, file = path.partition("/")
        assert file == name
        assert hashlib.sha256(made[0][path]).hexdigest().startswith(named)
    told = made[0][paths["licences.txt"]].decode()
    for each in served:
        assert (f"{each.name} {each.version} ({each.licence})" in told) is (each.use == "page")


def test_a_file_that_is_not_the_reviewed_one_is_refused(tmp_path: Path) -> None:
    """One byte more, and it is not used, named, and removed so that it is fetched anew."""
    data = packed({"package/package.json": DESCRIPTION})
    whole = package(data, tmp_path)
    check([whole], tmp_path)
    (tmp_path / whole.file).write_bytes(data + b"\0")
    assert not is_whole(whole, tmp_path)
    with pytest.raises(AssetError, match=r"thing@1\.2\.3"):
        check([whole], tmp_path)
    assert not (tmp_path / whole.file).exists()


def test_a_package_writes_nothing_outside_its_folder(tmp_path: Path) -> None:
    """Names that lead out of it, absolute ones and links are left out."""
    files = {
        "package/package.json": DESCRIPTION,
        "package/../../out.js": "1",
        "package//etc/out.js": "2",
        "/out.js": "3",
        "package/index.js": "4",
    }
    data = packed(files, {"package/link.js": "/etc/passwd"})
    home = unpack(package(data, tmp_path), tmp_path, tmp_path / "modules")
    assert set(contents(tmp_path / "modules")) == {
        "thing/package.json",
        "thing/index.js",
        "thing/out.js",
    }
    assert (home / "out.js").read_text() == "3"


@pytest.mark.parametrize(
    "changes", [{"name": "other"}, {"version": "1.2.4"}, {"licence": "GPL-3.0"}]
)
def test_a_package_is_what_the_list_says(tmp_path: Path, changes: dict[str, str]) -> None:
    """Another name, version or licence than the list's is refused."""
    made = package(packed({"package/package.json": DESCRIPTION}), tmp_path)
    listed = replace(made, **changes)
    shutil.copy(tmp_path / made.file, tmp_path / listed.file) if listed.file != made.file else None
    with pytest.raises(AssetError, match="berisi"):
        unpack(listed, tmp_path, tmp_path / "modules")


def test_what_is_here_is_not_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Npm is asked for what is missing alone, and for the tests' packages only by tests."""
    assert main(["missing", str(FETCHED), "--tests"]) == 0
    assert capsys.readouterr().out == ""
    assert main(["missing", str(tmp_path)]) == 0
    asked = capsys.readouterr().out.split()
    assert "htmx.org@4.0.1" in asked
    assert not any(word.startswith("axe-core") for word in asked)
    assert main(["make", str(tmp_path), str(tmp_path)]) == 3


def test_the_list_names_no_address() -> None:
    """The list has names, versions and digests; where from is the machine's affair."""
    text = FILE.read_text(encoding="utf-8")
    assert "://" not in text
    assert all(each.integrity.startswith("sha512-") for each in known())
