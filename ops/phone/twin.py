"""SIPp's twin (3PCC) socket: commands to a scenario, and what it reports; sans-IO.

On it, messages look like SIP without a first line, and end with the byte ESC. Text that a caller
may fill with anything stands between markers after the fields, as SIPp cuts field values at 2 KB.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ops.phone import message
from ops.phone.errors import PhoneError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ops.phone.message import Message

END: Final = b"\x1b"
ABORTED: Final = "aborted"
"""Event of a call that SIPp gave up by itself."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a scenario tells of a call.

    Attributes:
        call_id: the call's Call-ID.
        event: its kind, as named in the scenario.
        fields: what else the scenario says, by name.
        message: the SIP message it is about, empty when there is none.
    """

    call_id: str
    event: str
    fields: Mapping[str, str]
    message: Message


def command(do: str, call_id: str, fields: Mapping[str, str], parts: Mapping[str, bytes]) -> bytes:
    """A command as sent; ``parts`` are what stands between markers, in the scenario's order.

    Raises:
        PhoneError: a part has what the twin socket cannot carry.
    """
    lines = [f"Do: {do}", f"Call-ID: {call_id}"]
    lines += [f"{name}: {value}" for name, value in fields.items()]
    text = "\r\n".join(lines).encode() + b"\r\n\r\n"
    for name, value in {**parts, "end": b""}.items():
        text += b"--%b--%b" % (name.encode(), value)
    if END in text or b"\0" in text:
        raise PhoneError("The bytes ESC and NUL cannot be sent by SIPp.")
    if any(text.count(b"--%b--" % name.encode()) > 1 for name in parts):
        raise PhoneError(f"Text with --NAME-- in it cannot be sent, for any of {', '.join(parts)}.")
    return text + b"\r\n" + END


class Reader:
    """Reports out of the bytes received."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[Report]:
        """The reports that are complete now; what is no report is left out."""
        *frames, self._rest = (self._rest + data).split(END)
        return [report for frame in frames if (report := _parse(frame)) is not None]


def _parse(frame: bytes) -> Report | None:
    head, _, rest = frame.lstrip().partition(b"\r\n\r\n")
    if b"abort_call" in head and b"internal-cmd" in head:
        head = head.replace(b"internal-cmd: abort_call", b"Event: " + ABORTED.encode())
    fields = {}
    for line in head.splitlines():
        name, colon, value = line.decode("utf-8", "replace").partition(":")
        if colon:
            fields[name.strip().lower()] = value.strip()
    call_id, event = fields.pop("call-id", ""), fields.pop("event", "")
    if not call_id or not event:
        return None
    return Report(call_id, event, fields, message.parse(rest))
