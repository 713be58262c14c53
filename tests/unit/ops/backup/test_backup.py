"""Backup and restore of homes on disk, and backups made by somebody who means harm."""

from __future__ import annotations

import fcntl
import io
import json
import sqlite3
import stat
import tarfile
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ops.backup import make, restore
from ops.backup.form import MANIFEST, BackupError
from ops.backup.unpack import unpack
from siaga.settings import Settings, load

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "secrets.json": (b'{"ami": {}}', 0o600),
    "plan/versions.jsonl": (b"{}\n", 0o640),
    "plan/routing.yaml": (b"centre: x\n", 0o640),
    "plan/0123456789ab/routing.yaml": (b"centre: x\n", 0o640),
    "cel/cel.csv": (b'"CHAN_START"\n' * 500, 0o644),
    "cel/cel-20280101T000000.csv": (b"old\n", 0o644),
    "takes/id/retry-no-input-health/20261127T080000-0123abcd.listened": (b"", 0o644),
    "takes/id/menu/used": (b"20261127T080000-0123abcd\n", 0o640),
    "recordings/2026/03/01/node1-1.1.wav": (b"RIFF" + b"x" * 5000, 0o644),
    "recordings/2026/03/01/node1-2.1.wav": (b"", 0o644),
}
MADE_AGAIN = ("etc/asterisk.conf", "log/asterisk.log", "run/x", "sounds/id/a.ulaw", "up.lock")


def database(path: Path) -> None:
    """Call records in WAL mode, with the router's position in the CEL file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE calls (id)")
        connection.execute("CREATE TABLE cel_positions (node, file, offset)")


@pytest.fixture
def source(tmp_path: Path) -> Settings:
    """An instance with something of each kind."""
    home = tmp_path / "source"
    for name, (data, mode) in {**FILES, **dict.fromkeys(MADE_AGAIN, (b"x", 0o644))}.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        path.chmod(mode)
    database(home / "siaga.db")
    database(home / "lib" / "astdb.sqlite3")
    return load({"SIAGA_HOME": str(home)})


@pytest.fixture
def target(tmp_path: Path) -> Settings:
    return load({"SIAGA_HOME": str(tmp_path / "target")})


def content(home: Path) -> dict[str, tuple[bytes, int]]:
    """Files below a home with their modes."""
    return {
        path.relative_to(home).as_posix(): (path.read_bytes(), stat.S_IMODE(path.stat().st_mode))
        for path in home.rglob("*")
        if path.is_file()
    }


def test_what_comes_back_is_what_was(source: Settings, target: Settings, tmp_path: Path) -> None:
    """Every file of worth comes back byte for byte with its mode; what is made again does not."""
    told = make.backup(source, tmp_path / "b.tar")
    assert "12 berkas" in told
    assert stat.S_IMODE((tmp_path / "b.tar").stat().st_mode) == 0o600
    restore.restore(target, tmp_path / "b.tar")
    found = content(target.home)
    assert {name: found.pop(name) for name in FILES} == FILES
    assert set(found) == {"siaga.db", "lib/astdb.sqlite3"}
    assert stat.S_IMODE(target.home.stat().st_mode) == 0o700
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.tar", "source", "target"]


def test_a_database_that_is_written_to_is_copied_whole(
    source: Settings, target: Settings, tmp_path: Path
) -> None:
    """What was committed by others is in it although their connections are open; nothing else."""
    with closing(sqlite3.connect(source.home / "siaga.db")) as writer:
        writer.execute("PRAGMA wal_autocheckpoint = 0")
        with writer:
            writer.executemany("INSERT INTO calls VALUES (?)", [(i,) for i in range(1000)])
        writer.execute("BEGIN")
        writer.execute("INSERT INTO calls VALUES ('uncommitted')")
        make.backup(source, tmp_path / "b.tar")
        writer.rollback()
    restore.restore(target, tmp_path / "b.tar")
    with closing(sqlite3.connect(target.home / "siaga.db")) as found:
        assert found.execute("SELECT COUNT(*), MAX(id) FROM calls").fetchone() == (1000, 999)
        assert found.execute("PRAGMA quick_check").fetchone() == ("ok",)


def test_the_router_goes_on_in_the_restored_cel_file(
    source: Settings, target: Settings, tmp_path: Path
) -> None:
    """A position in the CEL file is one in its restored copy; of another file it stays as it is."""
    status = (source.home / "cel" / "cel.csv").stat()
    mine = f"{status.st_dev}:{status.st_ino}"
    with closing(sqlite3.connect(source.home / "siaga.db")) as connection, connection:
        rows = [("node1", mine, 7), ("node2", "1:1", 8)]
        connection.executemany("INSERT INTO cel_positions VALUES (?, ?, ?)", rows)
    make.backup(source, tmp_path / "b.tar")
    restore.restore(target, tmp_path / "b.tar")
    status = (target.home / "cel" / "cel.csv").stat()
    with closing(sqlite3.connect(target.home / "siaga.db")) as connection:
        found = connection.execute("SELECT * FROM cel_positions ORDER BY node").fetchall()
    assert found == [("node1", f"{status.st_dev}:{status.st_ino}", 7), ("node2", "1:1", 8)]


def test_a_backup_is_never_written_over(source: Settings, tmp_path: Path) -> None:
    """A file that is there already stays as it is."""
    (tmp_path / "b.tar").write_text("precious")
    with pytest.raises(BackupError, match="already"):
        make.backup(source, tmp_path / "b.tar")
    assert (tmp_path / "b.tar").read_text() == "precious"


def test_a_file_cut_while_it_is_read_leaves_no_backup(
    source: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backup is whole or not there: a source that becomes shorter under it ends it."""
    taken = tarfile.TarFile.addfile

    def cut(tar: tarfile.TarFile, info: tarfile.TarInfo, file: Any = None) -> None:
        if info.name == "cel/cel.csv":
            (source.home / info.name).write_bytes(b"")
        taken(tar, info, file)

    monkeypatch.setattr(tarfile.TarFile, "addfile", cut)
    with pytest.raises(BackupError, match="cut short"):
        make.backup(source, tmp_path / "b.tar")
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


def test_records_elsewhere_are_said_to_be_left_out(source: Settings, tmp_path: Path) -> None:
    """With PostgreSQL nobody is left to believe that the call records are in the file."""
    elsewhere = replace(source, database_url="postgresql://u:hunter2@host/name")
    with pytest.raises(BackupError, match="pg_dump") as caught:
        make.backup(elsewhere, tmp_path / "b.tar")
    assert "hunter2" not in str(caught.value)
    told = make.backup(elsewhere, tmp_path / "b.tar", without_database=True)
    assert "WITHOUT the call records" in told


def test_a_home_that_is_not_empty_is_refused(
    source: Settings, target: Settings, tmp_path: Path
) -> None:
    """Nothing is ever restored over what is there, unless it is moved aside by request."""
    make.backup(source, tmp_path / "b.tar")
    target.home.mkdir()
    (target.home / "precious").write_text("x")
    with pytest.raises(BackupError, match="not empty"):
        restore.restore(target, tmp_path / "b.tar")
    assert content(target.home) == {"precious": (b"x", 0o644)}
    restore.restore(target, tmp_path / "b.tar", force=True)
    (aside,) = tmp_path.glob("target.before-*")
    assert (aside / "precious").read_text() == "x"
    assert set(FILES) < set(content(target.home))


def test_a_home_that_is_in_use_is_not_moved_aside(
    source: Settings, target: Settings, tmp_path: Path
) -> None:
    """Not even by request while a centre runs in it."""
    make.backup(source, tmp_path / "b.tar")
    target.home.mkdir()
    with (target.home / "up.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(BackupError, match="in use"):
            restore.restore(target, tmp_path / "b.tar", force=True)
    assert set(content(target.home)) == {"up.lock"}


def tar_of(*members: tarfile.TarInfo, manifest: bytes | None = None) -> bytes:
    """An archive of these members, each of zeros, and a list that names none of them."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for member in members:
            tar.addfile(member, io.BytesIO(bytes(member.size)))
        listed = {"made": "", "node": "", "database": "", "cel": "", "members": []}
        data = json.dumps({"format": 1, **listed}).encode() if manifest is None else manifest
        info = tarfile.TarInfo(MANIFEST)
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def member(name: str, kind: bytes = tarfile.REGTYPE, **changes: Any) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = kind
    for key, value in changes.items():
        setattr(info, key, value)
    return info


HOSTILE = {
    "climbs": member("../evil.json"),
    "climbs deeply": member("recordings/2026/03/01/../../../../../evil"),
    "is absolute": member("/tmp/evil.json"),  # noqa: S108
    "names a shell's file": member(".profile"),
    "names a program": member("agi-bin/standby", mode=0o755),
    "names the configuration": member("etc/asterisk.conf"),
    "is a link": member("secrets.json", tarfile.SYMTYPE, linkname="/etc/passwd"),
    "is a hard link": member("secrets.json", tarfile.LNKTYPE, linkname="/etc/passwd"),
    "is a folder": member("recordings/2026", tarfile.DIRTYPE),
    "is a device": member("secrets.json", tarfile.CHRTYPE),
    "is a pipe": member("secrets.json", tarfile.FIFOTYPE),
    "has holes": member("siaga.db", tarfile.GNUTYPE_SPARSE),
    "has a long name": member("recordings/2026/03/01/" + "x" * 150),
    "is not listed": member("live.json", size=3),
    "has control characters": member("live\n.json"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_member_is_refused(kind: str, target: Settings, tmp_path: Path) -> None:
    """Whatever is no plain file of ours is refused, and nothing of the backup is left."""
    (tmp_path / "b.tar").write_bytes(tar_of(HOSTILE[kind]))
    with pytest.raises(BackupError):
        restore.restore(target, tmp_path / "b.tar")
    assert [path.name for path in tmp_path.iterdir()] == ["b.tar"]


def test_a_member_that_claims_to_be_huge_is_refused(target: Settings, tmp_path: Path) -> None:
    """A size beyond the archive's end is no reason to write or reserve it."""
    block = member("siaga.db", size=1 << 60).tobuf(tarfile.GNU_FORMAT)
    (tmp_path / "b.tar").write_bytes(block + b"x" * 512)
    with pytest.raises(BackupError, match="cut short"):
        restore.restore(target, tmp_path / "b.tar")
    (tmp_path / "b.tar").write_bytes(member(MANIFEST, size=1 << 60).tobuf(tarfile.GNU_FORMAT))
    with pytest.raises(BackupError, match="too large"):
        restore.restore(target, tmp_path / "b.tar")
    assert not target.home.exists()


def test_the_same_name_twice_is_refused(target: Settings, tmp_path: Path) -> None:
    """A second member of a name does not replace the first, whatever the list says."""
    (tmp_path / "b.tar").write_bytes(tar_of(member("live.json"), member("live.json")))
    with pytest.raises(BackupError, match="twice"):
        restore.restore(target, tmp_path / "b.tar")


def test_what_was_there_is_back_after_a_refusal(target: Settings, tmp_path: Path) -> None:
    """A damaged backup with --force leaves the home as it was."""
    target.home.mkdir()
    (target.home / "precious").write_text("x")
    (tmp_path / "b.tar").write_bytes(tar_of(member("live.json")))
    with pytest.raises(BackupError):
        restore.restore(target, tmp_path / "b.tar", force=True)
    assert (target.home / "precious").read_text() == "x"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.tar", "target"]


def test_passwords_come_back_for_their_owner_only(target: Settings, tmp_path: Path) -> None:
    """Modes that would open the passwords to others, or run as somebody else, are not taken."""
    out = io.BytesIO()
    data = b"{}"
    listed = [
        {
            "name": "secrets.json",
            "size": 2,
            "mode": 0o666,
            "sha256": "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
        }
    ]
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as tar:
        tar.addfile(member("secrets.json", size=2, mode=0o4666), io.BytesIO(data))
        text = {"format": 1, "made": "", "node": "", "database": "", "cel": "", "members": listed}
        manifest = json.dumps(text).encode()
        tar.addfile(member(MANIFEST, size=len(manifest)), io.BytesIO(manifest))
    (tmp_path / "b.tar").write_bytes(out.getvalue())
    restore.restore(target, tmp_path / "b.tar")
    assert content(target.home) == {"secrets.json": (data, 0o600)}


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A right backup of a small home."""
    folder = tmp_path_factory.mktemp("good")
    home = folder / "home"
    (home / "plan").mkdir(parents=True)
    (home / "secrets.json").write_text("{}")
    (home / "plan" / "routing.yaml").write_text("x" * 2000)
    database(home / "siaga.db")
    make.backup(load({"SIAGA_HOME": str(home)}), folder / "b.tar")
    return (folder / "b.tar").read_bytes()


def used(good: bytes) -> int:
    """Bytes of a backup before the zeros at its end."""
    return len(good.rstrip(b"\0"))


@hypothesis_settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_a_damaged_backup_is_never_taken_for_a_right_one(
    good: bytes, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Any byte changed in a file's content or the list, or an end missing, is found."""
    folder = tmp_path_factory.mktemp("unpacked")
    at = data.draw(st.integers(0, used(good) - 1))
    if data.draw(st.booleans()):
        broken = good[:at]
    else:
        changed = good[at] ^ data.draw(st.integers(1, 255))
        broken = good[:at] + bytes([changed]) + good[at + 1 :]
    try:
        manifest = unpack(io.BytesIO(broken), folder)
    except BackupError:
        return
    # What is left unnoticed is a byte that means nothing: of a header, or of what fills a block.
    whole = unpack(io.BytesIO(good), tmp_path_factory.mktemp("whole"))
    assert replace(manifest, made="", node="", database="", cel="") == replace(
        whole, made="", node="", database="", cel=""
    )


@pytest.mark.parametrize("data", [b"", b"x" * 600, b"\x1f\x8b" + b"x" * 600, bytes(2048)])
def test_what_is_no_backup_is_refused(data: bytes, target: Settings, tmp_path: Path) -> None:
    """An empty file, rubbish, something compressed, only zeros."""
    (tmp_path / "b.tar").write_bytes(data)
    with pytest.raises(BackupError):
        restore.restore(target, tmp_path / "b.tar")
    assert not target.home.exists()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 2}', "[" * 100_000])
def test_a_list_that_is_none_is_refused(text: str, target: Settings, tmp_path: Path) -> None:
    """The list at the end is held to its form."""
    (tmp_path / "b.tar").write_bytes(tar_of(manifest=text.encode()))
    with pytest.raises(BackupError):
        restore.restore(target, tmp_path / "b.tar")
