"""A sound file of any kind as samples: run as a process of its own, for the file is a stranger's.

FFmpeg's libraries (PyAV) read it. They are given its bytes and nothing else: a short list of
formats, no protocol, no other file. The process may use little memory and time and write no file,
so that whatever a file does to it ends here. Samples go to standard output, what is wrong to
standard error, by a word of :data:`WORDS`.
"""

from __future__ import annotations

import io
import resource
import sys
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

RATE: Final = 48_000
"""Samples a second that come out: 16 bit, one channel."""
LONGEST_S: Final = 90
"""Nobody waits longer than that for a prompt to end."""
MAX_BYTES: Final = 30_000_000
"""Of the file: 90 s of the best that a studio delivers (96 kHz, 24 bit, stereo) and some more."""
MEMORY: Final = 600_000_000
"""Address space, bytes; the libraries themselves are a fifth of it."""
CPU_S: Final = 15
FORMATS: Final = "aac,aiff,amr,au,caf,flac,matroska,webm,mov,mp4,m4a,mp3,ogg,w64,wav"
"""What is read; none of them names other files, as playlists do."""
CODECS: Final = (
    "aac,aac_fixed,alac,amrnb,amr_nb,amrwb,amr_wb,flac,gsm,gsm_ms,mp1,mp1float,mp2,mp2float,mp3,"
    "mp3float,opus,libopus,vorbis,libvorbis,pcm_alaw,pcm_mulaw,pcm_s8,pcm_u8,pcm_s16le,pcm_s16be,"
    "pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_f32le,pcm_f32be,pcm_f64le,pcm_f64be,adpcm_ima_wav,"
    "adpcm_ms,adpcm_g722"
)
WORDS: Final = ("unreadable", "no_sound", "too_long", "too_large")


class _RefusedError(Exception):
    """The file is none that a prompt can be made of; a word of :data:`WORDS`."""


def main() -> int:
    """Decode what comes by standard input; the exit status."""
    _confine()
    try:
        for piece in _limited(_samples(_sent())):
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
    except _RefusedError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _confine() -> None:
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_S),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def _sent() -> bytes:
    data = sys.stdin.buffer.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise _RefusedError("too_large")
    return data


def _limited(pieces: Iterator[bytes]) -> Iterator[bytes]:
    left, some = 2 * RATE * LONGEST_S, False
    for piece in pieces:
        left -= len(piece)
        if left < 0:
            raise _RefusedError("too_long")
        some = some or bool(piece)
        yield piece
    if not some:
        raise _RefusedError("no_sound")


def _samples(data: bytes) -> Iterator[bytes]:
    import av  # noqa: PLC0415 - within the limits of this process

    av.logging.set_level(None)
    options = {
        "format_whitelist": FORMATS,
        "codec_whitelist": CODECS,
        "protocol_whitelist": "none",
        "max_streams": "16",
    }
    try:
        with av.open(
            io.BytesIO(data), "r", container_options=options, io_open=_no_other_file
        ) as file:
            if not file.streams.audio:
                raise _RefusedError("no_sound")
            stream = file.streams.audio[0]
            stream.codec_context.thread_count = 1
            resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
            for frame in file.decode(stream):
                yield from _bytes(resampler.resample(frame))
            yield from _bytes(resampler.resample(None))
    except (av.FFmpegError, ValueError, TypeError, MemoryError, OverflowError) as error:
        raise _RefusedError("unreadable") from error


def _bytes(frames: list[Any]) -> Iterator[bytes]:
    for frame in frames:
        # A plane is longer than its samples, by what FFmpeg fills it up with.
        yield bytes(frame.planes[0])[: 2 * frame.samples]


def _no_other_file(*_: object) -> Any:
    raise ValueError("no other file")


if __name__ == "__main__":
    sys.exit(main())
