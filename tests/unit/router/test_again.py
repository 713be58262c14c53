"""The last seconds of a recording that is still being written."""

from __future__ import annotations

import struct
import wave
from typing import TYPE_CHECKING

import pytest

from router.dispatch.again import LAST_S, cut

if TYPE_CHECKING:
    from pathlib import Path

SECOND = 8_000


def growing(folder: Path, seconds: float, more: bytes = b"") -> None:
    """A recording as MixMonitor has it while it writes: each sample tells its second."""
    form = struct.pack("<IHHIIHH", 16, 1, 1, 8000, 16000, 2, 16)
    head = b"RIFF\0\0\0\0WAVEfmt " + form + b"data\0\0\0\0"
    sound = b"".join(struct.pack("<h", n // SECOND) for n in range(round(seconds * SECOND)))
    (folder / "a.wav").write_bytes(head + sound + more)


def heard(file: Path) -> list[int]:
    """The second that each sample tells."""
    with wave.open(str(file)) as found:
        assert (found.getnchannels(), found.getsampwidth(), found.getframerate()) == (1, 2, 8000)
        sound = found.readframes(found.getnframes())
    return [value for (value,) in struct.iter_unpack("<h", sound)]


@pytest.mark.parametrize("more", [b"", b"\x07"], ids=["whole", "in the middle of a sample"])
def test_the_last_half_minute_is_cut_out(tmp_path: Path, more: bytes) -> None:
    """And nothing before it; the header of the growing file, which says 0, does not matter."""
    growing(tmp_path, 40, more)
    assert cut(tmp_path, "a.wav", tmp_path / "cut" / "b.wav")
    samples = heard(tmp_path / "cut" / "b.wav")
    assert len(samples) == LAST_S * SECOND
    assert samples == [second for second in range(10, 40) for _ in range(SECOND)]


def test_of_a_short_call_all_is_cut_out(tmp_path: Path) -> None:
    """Less than half a minute is there."""
    growing(tmp_path, 2.5)
    assert cut(tmp_path, "a.wav", tmp_path / "b.wav")
    assert len(heard(tmp_path / "b.wav")) == 2.5 * SECOND


@pytest.mark.parametrize("path", ["a.wav", "b.wav", "../a.wav", "", "a\0.wav"])
def test_without_sound_there_is_nothing_to_hear(tmp_path: Path, path: str) -> None:
    """Too little of it, no such file, or one that is not of the recordings."""
    (tmp_path / "in").mkdir()
    growing(tmp_path / "in", 0.5)
    growing(tmp_path, 5)
    assert not cut(tmp_path / "in", path, tmp_path / "cut.wav")
    assert not (tmp_path / "cut.wav").exists()
