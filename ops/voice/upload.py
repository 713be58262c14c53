"""A sound file that somebody sent, made a recording that callers can be given."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import wave
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ops.voice import audio, decode
from ops.voice.measure import SILENT, findings, measured
from siaga.errors import SiagaError
from siaga.shared import python_path
from siaga.takes import Take

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from ops.voice.audio import Tools

TIMEOUT_S: Final = 40.0
"""Longest that decoding may take; a prompt takes a quarter of a second."""
NAME_LENGTH: Final = 80

_SENTENCES: Final = {
    "unreadable": (
        "Berkas ini tidak terbaca sebagai suara; kirim WAV, MP3, OGG, Opus, M4A, FLAC atau WebM.",
        "This file cannot be read as sound; send WAV, MP3, OGG, Opus, M4A, FLAC or WebM.",
    ),
    "no_sound": ("Tidak ada suara di dalamnya.", "There is no sound in it."),
    "too_long": (
        f"Rekaman lebih dari {decode.LONGEST_S} detik; penelepon tidak menunggu selama itu.",
        f"The recording is longer than {decode.LONGEST_S} s; no caller waits that long.",
    ),
    "too_large": (
        f"Berkas lebih dari {decode.MAX_BYTES // 1_000_000} MB.",
        f"The file is larger than {decode.MAX_BYTES // 1_000_000} MB.",
    ),
    "slow": (
        "Berkas ini tidak selesai dibaca; simpan sebagai WAV dan kirim lagi.",
        "Reading this file did not end; save it as WAV and send it again.",
    ),
}


class UploadError(SiagaError):
    """No recording can be made of it; the code is a word of ``ops.voice.decode``, or ``slow``."""

    code = "upload"

    def __init__(self, word: str) -> None:
        known = word if word in _SENTENCES else "unreadable"
        super().__init__("\n".join(_SENTENCES[known]))
        self.code = known


@dataclass(frozen=True, slots=True)
class Made:
    """A recording that is ready to be kept.

    Attributes:
        wav: 8 kHz, 16 bit, one channel, without silence around it.
        heard: what callers hear of it, G.711 µ-law.
    """

    take: Take
    wav: bytes
    heard: bytes


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a recording is to be.

    Attributes:
        text: its words. ``expected_ms``: how long they take.
        by: who made it. ``at``: when. ``name``: of the file that it came in.
    """

    text: str
    expected_ms: int
    by: str
    at: datetime
    name: str


def make(tools: Tools, file: Path, wanted: Wanted) -> Made:
    """Make a recording of a file.

    Raises:
        UploadError: the file is no sound, or holds none.
        VoiceError: a tool failed.
        OSError: the file is not there.
    """
    samples = decoded(file)
    found = measured(samples, decode.RATE, 0)
    if found.level <= SILENT:
        raise UploadError("no_sound")
    line = audio.convert(tools, wav_of(samples, decode.RATE))
    wav = wav_of(line, audio.RATE)
    # By the very steps by which it is made when a plan is applied, so that it sounds the same.
    heard, _ = audio.encode(tools, audio.shape(tools, audio.convert(tools, wav)))
    found = measured(samples, decode.RATE, len(heard) * 1000 // audio.RATE)
    digest = hashlib.sha256(wav).hexdigest()
    take = Take(
        id=f"{wanted.at:%Y%m%dT%H%M%S}-{digest[:8]}",
        by=wanted.by,
        at=wanted.at.isoformat(timespec="seconds"),
        name=wanted.name[:NAME_LENGTH],
        text=wanted.text,
        measure=found,
        findings=findings(found, wanted.expected_ms),
    )
    return Made(take, wav, heard)


def decoded(file: Path, command: Sequence[str] = ()) -> bytes:
    """The file's sound: 16 bit, one channel, ``decode.RATE``.

    Raises:
        UploadError: it is none that can be read.
        OSError: the file is not there.
    """
    words = tuple(command) or (sys.executable, "-P", "-m", "ops.voice.decode")
    environment = {"PYTHONPATH": python_path(), "PATH": "/usr/bin:/bin"}
    with file.open("rb") as data:
        try:
            done = subprocess.run(  # noqa: S603 - no shell, and nothing of the file's in the words
                words,
                stdin=data,
                capture_output=True,
                timeout=TIMEOUT_S,
                check=False,
                cwd="/",
                env=environment,
            )
        except subprocess.TimeoutExpired as error:
            raise UploadError("slow") from error
    if done.returncode:
        raise UploadError(done.stderr.decode(errors="replace").strip())
    return done.stdout


def wav_of(samples: bytes, rate: int) -> bytes:
    """Samples of 16 bit and one channel as a WAV file."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(samples)
    return out.getvalue()
