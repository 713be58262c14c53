"""Channel events of a call with several humans in it."""

from __future__ import annotations

import json

from siaga.names import Milestone
from tests.unit.router.calls.celmaker import CALL, Script

LOCAL = "Local/to-rsud@siaga-dispatch-00000001"
HANDSET = "PJSIP/301-00000007"
OPERATOR = "PJSIP/101-00000002"


class Room(Script):
    """A call that is answered, and legs that are rung into it."""

    def answered(self) -> None:
        """Come in, choose, talk with 101."""
        self.arrive()
        self.choose("operator", "kominfo")
        self.talk("101")

    def enter(self) -> None:
        """Caller and operator go into the room."""
        for unique, channel in (("", ""), (f"{CALL}-101", OPERATOR)):
            self.event("BRIDGE_EXIT", unique=unique, channel=channel)
            extra = json.dumps({"bridge_id": "room"})
            self.event(
                "BRIDGE_ENTER",
                unique=unique,
                channel=channel,
                application="ConfBridge",
                extra=extra,
            )

    def leg(self, kind: Milestone, text: str, channel: str = f"{LOCAL};2", leg: str = "x") -> None:
        """A milestone of a leg, whose channels are a call of their own."""
        extra = json.dumps({"extra": f"{CALL}|{leg}|{text}".rstrip("|")})
        self.event(kind, unique="node1-9.9", channel=channel, extra=extra)

    def rung(self, how: str = "add", leg: str = "x", agency: str = "rsud") -> None:
        """An agency is being rung."""
        self.leg(Milestone.LEG, f"{how}|{agency}", leg=leg)

    def joined(self, leg: str = "x", handset: str = "301") -> None:
        """A handset has answered and is in the room."""
        channel = HANDSET.replace("301", handset)
        self.leg(Milestone.LEG_ANSWERED, handset, channel, leg)
        self.leg(Milestone.LEG_JOINED, "", f"{LOCAL};1", leg)

    def gone(self, channel: str = OPERATOR, by: str = OPERATOR) -> None:
        """The operator's channel is gone."""
        extra = json.dumps({"hangupsource": by})
        self.event("BRIDGE_EXIT", unique=f"{CALL}-101", channel=channel)
        self.event("HANGUP", unique=f"{CALL}-101", channel=channel, extra=extra)

    def over(self) -> None:
        """The caller leaves."""
        self.event("BRIDGE_EXIT")
        self.end()
