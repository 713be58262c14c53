"""Sound for the telephone: espeak-ng speaks, sox shapes, G.711 comes out.

Text goes to espeak-ng on its standard input, so nothing in it can be an option or a command.
"""

from __future__ import annotations

import array
import math
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from siaga.errors import SiagaError

if TYPE_CHECKING:
    from siaga.prompts import Phrase

RATE: Final = 8_000
"""Samples a second, and bytes a second of G.711 (ITU-T G.711)."""

LEVEL: Final = -16.15
"""Level of what is heard, dBFS RMS. It is -10 dBm0, the level ITU-T E.180 recommends for tones, as
0 dBm0 lies 6.15 dB below the RMS of full scale (a sine at full scale has 3.14 dBm0, G.711)."""

RING_HZ: Final = 425
RING_ON: Final = 1
RING_OFF: Final = 4
"""Ringing tone of Indonesia, seconds (ITU-T E.180, Various tones used in national networks)."""

TIMEOUT: Final = 10.0
"""Seconds a tool may take for one phrase; they take some hundredths."""

_RAW: Final = ("-t", "raw", "-r", str(RATE), "-e", "signed", "-b", "16", "-c", "1")

_SPEECH_BAND: Final = ("sinc", "300-3400")
"""What a telephone line carries, Hz (ITU-T G.712)."""

_COMPRESSION: Final = (
    "compand",
    "0.001,0.03",
    "6:-70,-70,-45,-32,-20,-14,0,-11",
    "0",
    "-20",
    "0.003",
)
"""Quiet syllables are raised by some 10 dB against the noise of a bad line, and peaks lowered so
far that :data:`LEVEL` is reached with next to nothing left for the limiter (measured: 0.5 dB)."""

_SPEECH_FLOOR: Final = 0.2
"""Softer than this, % of the loudest, is silence around synthetic speech; an ``s`` is louder."""

_TAKE_FLOOR: Final = 1.0
"""The same for a recording, whose room is never quite silent."""

_FRAME: Final = RATE // 50
_QUIET_FRAME: Final = 0.01


class VoiceError(SiagaError):
    """A prompt could not be made; the sentence is what the tool said."""

    code = "voice"


@dataclass(frozen=True, slots=True)
class Tools:
    """The programs."""

    espeak: Path
    sox: Path


def run(words: tuple[str | Path, ...], data: bytes = b"") -> bytes:
    """What the program writes to its standard output.

    Raises:
        VoiceError: it does not start, fails, or takes longer than :data:`TIMEOUT`.
    """
    name = Path(words[0]).name
    try:
        done = subprocess.run(  # noqa: S603 - no shell; texts and sounds go by standard input
            words, input=data, capture_output=True, check=True, timeout=TIMEOUT
        )
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["?"]
        raise VoiceError(f"{name}: {said[0][:200]}") from error
    except subprocess.TimeoutExpired as error:
        raise VoiceError(f"{name}: > {TIMEOUT:.0f} s") from error
    except OSError as error:
        raise VoiceError(f"{name}: {error.strerror}") from error
    return done.stdout


def versions(tools: Tools) -> str:
    """What the tools say they are; a tool that does not run says nothing."""
    said = []
    for program in (tools.espeak, tools.sox):
        try:
            said.append(run((program, "--version")).decode(errors="replace").strip())
        except VoiceError:
            said.append("")
    return "\n".join(said)


def speak(tools: Tools, phrase: Phrase) -> bytes:
    """The phrase as 16-bit samples, without silence around it.

    Raises:
        VoiceError: no sound came of it.
    """
    voice = phrase.voice
    options = ("-v", voice.name, "-s", str(voice.speed), "-b", "1", "-z", "--stdin")
    try:
        with tempfile.TemporaryDirectory(prefix="siaga-voice-") as folder:
            spoken = Path(folder) / "spoken.wav"
            run((tools.espeak, *options, "-w", spoken), phrase.text.encode())
            wav = spoken.read_bytes()
    except OSError as error:
        raise VoiceError(f"{tools.espeak.name}: {error.strerror}") from error
    return _trimmed(tools, wav, _SPEECH_FLOOR)


def convert(tools: Tools, wav: bytes) -> bytes:
    """A recording, a WAV of any rate and number of channels, as :func:`speak` gives speech.

    Raises:
        VoiceError: it cannot be read, or there is no sound in it.
    """
    return _trimmed(tools, wav, _TAKE_FLOOR)


def _trimmed(tools: Tools, wav: bytes, floor: float) -> bytes:
    trim = ("silence", "1", "0.01", f"{floor}%", "reverse") * 2
    effects = ("remix", "-", "rate", "-h", str(RATE), "gain", "-n", "-3", *trim)
    samples = run((tools.sox, "-D", "-V1", "-t", "wav", "-", *_RAW, "-", *effects), wav)
    if not samples:
        raise VoiceError("tidak ada suara / no sound")
    return samples


def join(parts: list[bytes], pause: float) -> bytes:
    """The parts with ``pause`` seconds of silence between them."""
    return bytes(2 * round(pause * RATE)).join(parts)


def shape(tools: Tools, samples: bytes) -> bytes:
    """Speech as a telephone line carries it best."""
    effects = (*_SPEECH_BAND, *_COMPRESSION, "gain", "-n", "-3")
    return run((tools.sox, "-D", "-V1", *_RAW, "-", *_RAW, "-", *effects), samples)


def ring(tools: Tools) -> bytes:
    """One period of the ringing tone, as samples."""
    tone = ("synth", str(RING_ON), "sine", str(RING_HZ), "gain", "-3")
    on = run((tools.sox, "-D", "-V1", "-n", *_RAW, "-", *tone, "fade", "0.01", "0", "0.01"))
    return on + bytes(2 * RATE * RING_OFF)


def level(samples: bytes) -> float:
    """Level of what is heard, dBFS RMS: frames of 20 ms without sound do not count."""
    values = array.array("h", samples)
    frames = [values[at : at + _FRAME] for at in range(0, len(values), _FRAME)]
    powers = [sum(v * v for v in frame) / len(frame) / 32768**2 for frame in frames]
    heard = [power for power in powers if power > _QUIET_FRAME**2]
    return 10 * math.log10(sum(heard) / len(heard)) if heard else -math.inf


def encode(tools: Tools, samples: bytes) -> tuple[bytes, bytes]:
    """The samples at :data:`LEVEL` in G.711, µ-law and A-law.

    Raises:
        VoiceError: there is no sound in them.
    """
    found = level(samples)
    if not math.isfinite(found):
        raise VoiceError("tidak ada suara / no sound")
    gain = LEVEL - found
    # The limiter keeps what is raised from clipping; what is lowered it would distort.
    change = ("gain", "-l", f"{gain:.2f}") if gain > 0 else ("gain", f"{gain:.2f}")
    effects = (*change, "fade", "t", "0.005", f"{len(samples) // 2}s", "0.01")

    def law(kind: str) -> bytes:
        out = ("-t", kind, "-r", str(RATE), "-c", "1", "-")
        return run((tools.sox, "-D", "-V1", *_RAW, "-", *out, *effects), samples)

    return law("ul"), law("al")
