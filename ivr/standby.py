"""Tier 2: the same menu as a local AGI script, when tier 1 is down, hung or died in a call.

``standby FOLDER VERSION ARRIVED LANGUAGE MENU ANNOUNCEMENT SEEN`` on stdin and stdout, over
pyst2: the menu is ``FOLDER/VERSION/menu.json``, else the one in force, ``FOLDER/compiled.json``.

pyst2 prints each line it reads to stderr, does not quote arguments, takes the text ``(hangup)`` in
a value for a hang-up and answers an end of file with a ValueError; :class:`Channel` contains that.
Nothing here reads text of the caller's, and no module of the server is loaded: what broke tier 1 is
not run again.
"""

from __future__ import annotations

import io
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from asterisk.agi import AGI, AGIAppError, AGIException, AGIHangup

from ivr import words
from ivr.dialogue import DIGITS, Assign, Begin, Listen, Operation, Outcome, Recall, dialogue
from siaga.menuspec import MenuSpec
from siaga.names import Var

if TYPE_CHECKING:
    from collections.abc import Sequence


class Channel(AGI):  # type: ignore[misc]
    """pyst2's channel, silent on stderr and tolerant of any bytes in the environment."""

    def __init__(self) -> None:
        reading = io.TextIOWrapper(sys.stdin.buffer, encoding="latin-1", newline="\n")
        super().__init__(stdin=reading, stdout=sys.stdout, stderr=io.StringIO())

    def perform(self, operation: Operation) -> Outcome:
        """Say one operation to Asterisk and wait for its outcome.

        Raises:
            AGIException: the caller hung up, or Asterisk refused.
            ValueError: the connection ended.
        """
        if isinstance(operation, Assign):
            self.execute("SET VARIABLE", operation.name, f'"{operation.value}"')
            return Outcome()
        if isinstance(operation, Listen):
            return self._outcome(self.execute("WAIT FOR DIGIT", operation.ms), played=True)
        if isinstance(operation, Recall):
            said = self.execute("GET VARIABLE", Var.KEYS)["result"]
            return Outcome(keys=words.keys(said[1]))
        try:
            result = self.execute("STREAM FILE", operation.file, f'"{DIGITS}"', 0)
        except AGIHangup:
            raise
        except AGIAppError:
            # It cannot be opened, or the caller is gone: the next operation will tell.
            return Outcome(played=False)
        return self._outcome(result, played=result.get("endpos", ("0", ""))[0] != "0")

    def _outcome(self, result: dict[str, tuple[str, str]], *, played: bool) -> Outcome:
        code = int(result["result"][0])
        return Outcome(digit=chr(code) if code > 0 else None, played=played or code > 0)


def read_spec(folder: Path, asked: str) -> MenuSpec:
    """The menu of the version that is asked for, else the one in force.

    Raises:
        OSError: neither can be read.
        ValueError: the one in force is not a compiled menu.
    """
    if version := words.version(asked):
        try:
            return _read(folder / version / "menu.json")
        except (OSError, ValueError):
            pass  # Every caller hears a menu, if need be of another version.
    return _read(folder / "compiled.json")


def _read(path: Path) -> MenuSpec:
    return MenuSpec.from_json(path.read_text(encoding="utf-8"))


def _begin(arguments: Sequence[str]) -> Begin:
    arrived = float(arguments[0])
    language, menu, announcement = (words.name(text) for text in (*arguments[1:4], "", "", "")[:3])
    elapsed_ms = max(0, round((time.time() - arrived) * 1000))
    seen = arguments[4] if len(arguments) > 4 else ""
    return Begin(language, menu, announcement, elapsed_ms, words.count(seen))


def main(arguments: Sequence[str] = sys.argv) -> int:
    """Run the menu for the caller on stdin; 1 when the dialplan has to go on without a result."""
    try:
        spec = read_spec(Path(arguments[1]), arguments[2])
        steps = dialogue(spec, time.monotonic, _begin(arguments[3:]))
        channel = Channel()
        operation = next(steps)
        while True:
            operation = steps.send(channel.perform(operation))
    except StopIteration:
        return 0
    except (AGIException, ValueError, OSError, IndexError):
        return 1


if __name__ == "__main__":
    sys.exit(main())
