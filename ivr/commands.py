r"""AGI commands: what we say to Asterisk, quoted so that any text arrives as it is or is refused.

Asterisk splits a command line at spaces outside double quotes; a backslash makes the next character
literal, inside and outside quotes (``parse_args`` in its ``res_agi``). So every argument that is
not one of our own fixed words is put in quotes, with ``"`` and ``\`` escaped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from ivr.errors import CommandArgumentError

MAX_LINE: Final = 2046
"""Bytes of a command without its end. Asterisk takes what does not fit its buffer for another
command; the buffer was 2048 bytes long with LF and NUL, and is 8192 in 22.10."""

_UNSAYABLE: Final = re.compile(r"[\r\n\0]")
_DIGITS: Final = re.compile(r"[0-9*#]*")
_APPLICATION: Final = re.compile(r"[A-Za-z0-9_]+")
_PLAIN: Final = re.compile(r"[A-Za-z0-9_/.:*#|+-]+")
_MAX_INT: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Command:
    """One command, ready to be sent.

    Attributes:
        line: the bytes without the line end.
        lasts_s: seconds Asterisk may take by the command's own nature, before any margin.
        on_channel: ``result=-1`` means that the caller is gone, and nothing else.
    """

    line: bytes
    lasts_s: float = 0.0
    on_channel: bool = False


def quote(text: str) -> str:
    """Put one argument in quotes.

    Raises:
        CommandArgumentError: it holds CR, LF or NUL, which AGI has no way to say.
    """
    if _PLAIN.fullmatch(text):
        return text
    if _UNSAYABLE.search(text):
        raise CommandArgumentError(f"{text[:40]!r} holds a line end or NUL, which AGI cannot say.")
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _command(text: str, *, lasts_s: float = 0.0, on_channel: bool = False) -> Command:
    try:
        line = text.encode()
    except UnicodeEncodeError as error:
        raise CommandArgumentError(
            f"{text[:40]!r} holds half a character (a lone surrogate)."
        ) from error
    if len(line) > MAX_LINE:
        raise CommandArgumentError(
            f"{text[:40]!r}... is {len(line)} bytes long, Asterisk reads {MAX_LINE}."
        )
    return Command(line, lasts_s, on_channel)


def _whole(number: int, name: str, *, least: int = 0) -> int:
    if not least <= number <= _MAX_INT:
        raise CommandArgumentError(f"{name}={number} is not within {least} to {_MAX_INT}.")
    return number


def stream_file(
    name: str, escape_digits: str = "", *, offset: int = 0, lasts_s: float = 60.0
) -> Command:
    """Play a prompt; a digit among ``escape_digits`` ends it and is the result (its ASCII code).

    ``result=-1`` says that it was not played to its end, and leaves open why: Asterisk 22.10 gives
    it at once for a prompt that it cannot open, as well as when the caller hangs up meanwhile. So
    it is not taken for the caller's leaving: go on, and the next command raises if he is gone.

    Args:
        name: sound file below the language's folder, without its ending.
        escape_digits: any of ``0123456789*#``.
        offset: samples (at 8 kHz) to skip.
        lasts_s: how long the prompt plays, in seconds.

    Raises:
        CommandArgumentError: a digit that no telephone has, a name with a line end.
    """
    if not _DIGITS.fullmatch(escape_digits):
        raise CommandArgumentError(f"{escape_digits!r}: digits are 0 to 9, * and #.")
    digits = quote(escape_digits)
    text = f"STREAM FILE {quote(name)} {digits} {_whole(offset, 'offset')}"
    return _command(text, lasts_s=lasts_s)


def wait_for_digit(timeout_ms: int) -> Command:
    """Wait for one digit; the result is its ASCII code, or 0 when none came in ``timeout_ms``."""
    wait_ms = _whole(timeout_ms, "timeout_ms")
    return _command(f"WAIT FOR DIGIT {wait_ms}", lasts_s=wait_ms / 1000, on_channel=True)


def set_variable(name: str, value: str) -> Command:
    """Set a channel variable, or a dialplan function such as ``CALLERID(name)``."""
    return _command(f"SET VARIABLE {quote(name)} {quote(value)}")


def get_variable(name: str) -> Command:
    """Read a channel variable: ``result=1`` and its text as ``data``, or ``result=0``.

    Asterisk 22.10 gives the first 1023 bytes.
    """
    return _command(f"GET VARIABLE {quote(name)}")


def exec_app(app: str, args: str = "", *, lasts_s: float = 0.0) -> Command:
    """Run a dialplan application; an application that is not there is ``result=-2``.

    Args:
        app: its name.
        args: its arguments, separated by commas as in the dialplan.
        lasts_s: how long it may take, in seconds.

    Raises:
        CommandArgumentError: a name that no application has, arguments that AGI cannot say.
    """
    if not _APPLICATION.fullmatch(app):
        raise CommandArgumentError(f"{app!r} is not an application's name.")
    return _command(f"EXEC {app} {quote(args)}", lasts_s=lasts_s, on_channel=True)


def noop(text: str = "") -> Command:
    """Do nothing; Asterisk shows ``text`` when its AGI debugging is on."""
    return _command(f"NOOP {quote(text)}")


def hangup() -> Command:
    """End the call. The menu has no use for it (only a human ends a call); tools and tests have."""
    return _command("HANGUP")


def verbose(text: str, level: int = 1) -> Command:
    """Write a line to Asterisk's console, shown from verbosity ``level`` (1 to 4) upwards."""
    if not 1 <= level <= 4:
        raise CommandArgumentError(f"level={level} is not within 1 to 4.")
    return _command(f"VERBOSE {quote(text)} {level}")
