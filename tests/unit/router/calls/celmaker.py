"""Channel events as Asterisk 22.10.1 writes them, for tests that need no switch."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, field

from router.calls.events import CelEvent
from siaga.names import Context, Milestone

CALL = "node1-1795529994.1"
CALLER = "PJSIP/trunk-00000001"
START = 1_795_529_994_000_000


@dataclass
class Script:
    """Writes down the events of one call; the clock moves on by ``tick`` at each."""

    linked: str = CALL
    at: int = START
    tick: int = 250_000
    events: list[CelEvent] = field(default_factory=list)

    def event(self, kind: str, *, unique: str = "", channel: str = "", **more: str) -> None:
        """Add one event of the caller's channel, or of another."""
        self.at += self.tick
        values = {
            "number": "0812",
            "context": Context.TRUNK,
            "application": "",
            "data": "",
            "peer": "",
            "extra": "",
        }
        self.events.append(
            CelEvent(
                kind=kind,
                at=self.at,
                unique=unique or self.linked,
                channel=channel or CALLER,
                linked=self.linked,
                **{**values, **more},
            )
        )

    def milestone(self, kind: Milestone, text: str) -> None:
        """Add a milestone of the dialplan."""
        self.event(kind, extra=json.dumps({"extra": text}))

    def arrive(self, source: str = "10.1.2.3:5060", folder: str = "") -> None:
        """Come in, be answered, reach the menu of tier 1."""
        self.event("CHAN_START")
        self.event("ANSWER")
        path = f"{folder}2026/11/24/{self.linked}.wav"
        self.milestone(Milestone.ARRIVED, f"{path}|e0eb14a83272|{source}")
        self.milestone(Milestone.TIER, "1")

    def choose(self, emergency: str = "fire", agency: str = "damkar") -> None:
        """Press a digit and be put into an agency's queue."""
        self.milestone(Milestone.CHOICE, f"{emergency}|id|digit|1")
        self.milestone(Milestone.STEP, f"{agency}|queue")

    def talk(self, extension: str = "201") -> None:
        """Have a handset answer."""
        leg, channel = f"{self.linked}-{extension}", f"PJSIP/{extension}-00000002"
        self.event("CHAN_START", unique=leg, channel=channel, context=Context.HANDSET)
        self.event("ANSWER", unique=leg, channel=channel, context=Context.HANDSET)
        self.event("BRIDGE_ENTER", unique=leg, channel=channel, context=Context.HANDSET)
        self.event("BRIDGE_ENTER", peer=channel, application="Queue", data="damkar,n,,,20")

    def end(self, by: str = CALLER) -> None:
        """Be hung up by ``by``."""
        extra = json.dumps({"hangupcause": 16, "hangupsource": by, "dialstatus": ""})
        self.event("HANGUP", extra=extra)
        self.tick = 0  # Asterisk gives the last three one time.
        self.event("CHAN_END")
        self.event("LINKEDID_END")


def lines(events: list[CelEvent]) -> bytes:
    """The events as lines of the CEL file."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    for event in events:
        writer.writerow(
            (
                event.kind,
                f"{event.at // 1_000_000}.{event.at % 1_000_000:06d}",
                "",
                event.number,
                "s",
                event.context,
                event.channel,
                event.application,
                event.data,
                event.unique,
                event.linked,
                event.peer,
                "",
                event.extra,
            )
        )
    return out.getvalue().encode()
