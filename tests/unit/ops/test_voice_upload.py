"""Sound files that somebody sent: any kind becomes a prompt, a hostile one becomes nothing."""

import array
import io
import math
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import av
import pytest

from ops.voice import decode
from ops.voice.measure import findings, measured
from ops.voice.upload import UploadError, Wanted, decoded, make, wav_of
from tests.unit.ops.voice_studio import rms, tools

TEXT = "Kebakaran, tekan satu. Ambulans, tekan dua."
AT = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
KINDS = {
    "a.wav": "pcm_s24le",
    "a.mp3": "libmp3lame",
    "a.ogg": "libopus",
    "a.webm": "libopus",
    "a.m4a": "aac",
    "a.flac": "flac",
}


def wanted(expected_ms: int = 3500) -> Wanted:
    return Wanted(TEXT, expected_ms, "Ani", AT, "suara.wav")


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Somebody who reads the words, at the rate of a studio and in stereo."""
    folder = tmp_path_factory.mktemp("speech")
    subprocess.run([tools().espeak, "-v", "id", "-w", folder / "spoken.wav", TEXT], check=True)
    file = folder / "studio.wav"
    words = (folder / "spoken.wav", "-r", "44100", "-c", "2", file, "pad", "1", "1")
    subprocess.run([tools().sox, *words], check=True)
    return file


def written(speech: Path, file: Path, codec: str) -> Path:
    """The same in another kind of file."""
    with av.open(str(speech)) as read, av.open(str(file), "w") as out:
        stream: Any = out.add_stream(codec, rate=48_000)
        size = stream.codec_context.frame_size or 1024
        shape = av.AudioResampler(stream.format.name, "stereo", 48_000, size)
        for frame in read.decode(audio=0):
            for piece in shape.resample(frame):
                piece.pts = None
                out.mux(stream.encode(piece))
        out.mux(stream.encode(None))
    return file


@pytest.mark.parametrize(("name", "codec"), KINDS.items())
def test_any_kind_of_file_becomes_a_prompt(
    speech: Path, tmp_path: Path, name: str, codec: str
) -> None:
    """WAV, MP3, Opus, WebM, M4A and FLAC come out as 8 kHz, trimmed and at one level."""
    made = make(tools(), written(speech, tmp_path / name, codec), wanted())
    assert made.take.findings == ()
    assert made.wav[:4] == b"RIFF"
    assert made.wav[24:28] == (8000).to_bytes(4, "little")
    assert 3000 < made.take.measure.ms < 4000  # the second of silence at each end is gone
    assert -22 < rms(heard(made.heard)) < -15


def heard(ulaw: bytes) -> list[int]:
    raw = ("-t", "raw", "-e", "signed", "-b", "16", "-")
    words = [tools().sox, "-D", "-t", "ul", "-r", "8000", "-c", "1", "-", *raw]
    return array.array(
        "h", subprocess.run(words, input=ulaw, stdout=-1, check=True).stdout
    ).tolist()


HOSTILE = {
    "empty": b"",
    "words": b"<script>alert(1)</script>" * 100,
    "half": b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0",
    "playlist": b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
    "concat": b"ffconcat version 1.0\nfile /etc/passwd\n",
    "dash": b"<?xml version='1.0'?><MPD><BaseURL>http://127.0.0.1/</BaseURL></MPD>",
    "zeros": bytes(100_000),
    "box": (16).to_bytes(4, "big") + b"ftypM4A \0\0\0\0" + b"\xff" * 4000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_words(tmp_path: Path, name: str) -> None:
    """What is no sound, or names other files, is refused with a sentence in both languages."""
    file = tmp_path / "x.mp3"
    file.write_bytes(HOSTILE[name])
    with pytest.raises(UploadError) as refused:
        decoded(file)
    assert refused.value.code in ("unreadable", "no_sound")
    assert len(str(refused.value).splitlines()) == 2


def test_sound_without_end_is_stopped(tmp_path: Path) -> None:
    """A small file that unpacks to an hour is refused after a minute and a half of it."""
    file = tmp_path / "hour.flac"
    with av.open(str(file), "w") as out:
        stream: Any = out.add_stream("flac", rate=8000, layout="mono")
        frame = av.AudioFrame("s16", "mono", 4096)
        frame.sample_rate = 8000
        frame.planes[0].update(bytes(8192))
        for _ in range(8000 * 3600 // 4096):
            frame.pts = None
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    with pytest.raises(UploadError) as refused:
        decoded(file)
    assert refused.value.code == "too_long"


def test_the_decoder_writes_no_file_and_takes_little_memory(tmp_path: Path) -> None:
    """Within its limits a process can neither write a file nor fill the machine."""
    tried = tmp_path / "written"
    program = (
        "from ops.voice import decode\n"
        "import pathlib, signal\n"
        "decode._confine()\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"try:\n    pathlib.Path({str(tried)!r}).write_text('x')\nexcept OSError:\n"
        "    print('no file')\n"
        "try:\n    bytearray(2_000_000_000)\nexcept MemoryError:\n    print('no memory')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split("\n")[:2] == ["no file", "no memory"]
    assert not tried.exists() or not tried.read_text()


def test_silence_is_no_recording(tmp_path: Path) -> None:
    """A microphone that was off is told at once."""
    file = tmp_path / "off.wav"
    file.write_bytes(wav_of(bytes(96_000), 48_000))
    with pytest.raises(UploadError) as refused:
        make(tools(), file, wanted())
    assert refused.value.code == "no_sound"


def test_a_slow_decoder_is_not_waited_for_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that hangs is killed, and that is said."""
    monkeypatch.setattr("ops.voice.upload.TIMEOUT_S", 0.2)
    file = tmp_path / "x.wav"
    file.write_bytes(b"x")
    with pytest.raises(UploadError) as refused:
        decoded(file, (sys.executable, "-c", "import time; time.sleep(60)"))
    assert refused.value.code == "slow"


def tone(level: float, seconds: float, room: float = 0.0) -> bytes:
    """A tone with pauses at full scale times ``level``, cut off at full scale, in a noisy room."""
    values = array.array("h")
    for at in range(round(seconds * 8000)):
        on = (at // 2000) % 2 == 0
        value = on * level * math.sin(at / 3) + room * math.sin(at * at)
        values.append(round(32767 * max(-1.0, min(1.0, value))))
    return values.tobytes()


@pytest.mark.parametrize(
    ("samples", "odd"),
    [
        (tone(0.5, 3), ()),
        (tone(3.0, 3), ("clipped",)),
        (tone(0.008, 3), ("quiet",)),
        (tone(0.3, 3, room=0.15), ("noisy",)),
        (tone(0.5, 0.5), ("short",)),
        (tone(0.5, 9), ("long",)),
        (b"", ("quiet", "noisy", "short")),
    ],
)
def test_what_is_odd_is_found(samples: bytes, odd: tuple[str, ...]) -> None:
    """Clipped, quiet, noisy, too short and too long are told apart, and a good one is good."""
    ms = len(samples) // 16
    assert set(findings(measured(samples, 8000, ms), 3000)) == set(odd)


def test_formats_that_name_other_files_are_not_read() -> None:
    """None of the formats that are read is a playlist."""
    known = set(decode.FORMATS.split(","))
    assert not known & {"hls", "concat", "dash", "sdp", "rtsp", "image2", "tee", "lavfi"}


def test_the_decoder_reads_no_other_file(speech: Path) -> None:
    """What a file might open besides itself is refused by a call of our own."""
    with pytest.raises(ValueError, match="no other file"):
        decode._no_other_file("file:///etc/passwd", 1, {})
    assert io.BytesIO(speech.read_bytes()).read(4) == b"RIFF"
