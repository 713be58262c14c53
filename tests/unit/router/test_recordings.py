from __future__ import annotations

import asyncio
import hashlib
import os
import wave
from typing import TYPE_CHECKING

import pytest

from router.recordings import RecordingFiler, UnfiledError, inspect

if TYPE_CHECKING:
    from pathlib import Path

    from router.calls.record import Recording

NAME = "2026/11/24/node1-1.1.wav"


def write(folder: Path, seconds: float, *, closed: bool = True) -> Path:
    """A recording as MixMonitor leaves it; while it is open its header promises no audio."""
    path = folder / NAME
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\x01\x00" * round(8000 * seconds))
    if not closed:
        data = bytearray(path.read_bytes())
        data[40:44] = bytes(4)
        path.write_bytes(data)
    return path


def test_complete_recording_is_measured_and_hashed(tmp_path: Path) -> None:
    """Length and digest are those of the file."""
    path = write(tmp_path, 1.5)
    found = inspect(tmp_path, NAME)
    assert found.duration_ms == 1500
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_recording_that_is_still_written_is_not_filed(tmp_path: Path) -> None:
    """A file whose header does not account for its audio is refused, unless asked as it is."""
    write(tmp_path, 1.0, closed=False)
    with pytest.raises(UnfiledError):
        inspect(tmp_path, NAME)
    assert inspect(tmp_path, NAME, complete=False).duration_ms == 1000


@pytest.mark.parametrize("name", ["../secret.wav", "/etc/passwd", "a/../../x.wav", "nothing.wav"])
def test_only_files_below_the_folder_are_read(tmp_path: Path, name: str) -> None:
    """A path that leads out of the recordings folder, or nowhere, is refused."""
    folder = tmp_path / "recordings"
    folder.mkdir()
    (tmp_path / "secret.wav").write_bytes(write(tmp_path, 1.0).read_bytes())
    with pytest.raises(UnfiledError):
        inspect(folder, name)


def test_what_is_no_recording_is_refused(tmp_path: Path) -> None:
    """Text, an empty file and a cut header are not filed."""
    for content in (b"", b"hello", b"RIFF" + bytes(20)):
        (tmp_path / "x.wav").write_bytes(content)
        with pytest.raises(UnfiledError):
            inspect(tmp_path, "x.wav")


def test_recording_of_a_call_of_milliseconds_is_filed_as_empty(tmp_path: Path) -> None:
    """A closed file without audio is complete once it is old, and not before."""
    path = write(tmp_path, 0.0)
    with pytest.raises(UnfiledError):
        inspect(tmp_path, NAME)
    os.utime(path, (1, 1))
    assert inspect(tmp_path, NAME).duration_ms == 0


async def test_filer_waits_for_the_file_to_be_closed(tmp_path: Path) -> None:
    """A recording is reported once, when it is complete, however often it was asked for."""
    write(tmp_path, 1.0, closed=False)
    filed: asyncio.Queue[tuple[str, Recording]] = asyncio.Queue()

    async def note(call: str, recording: Recording) -> None:
        await filed.put((call, recording))

    filer = RecordingFiler(tmp_path, note)
    work = asyncio.create_task(filer.run())
    try:
        filer.file("node1-1.1", NAME)
        filer.file("node1-1.1", NAME)
        await asyncio.sleep(0)
        write(tmp_path, 2.0)
        call, recording = await filed.get()
        assert (call, recording.duration_ms) == ("node1-1.1", 2000)
        assert len(filer) == 0
        assert filed.empty()
    finally:
        work.cancel()
