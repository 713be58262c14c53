"""Handsets of a soak: they let it ring a while, answer, and some hang up by themselves."""

from __future__ import annotations

import asyncio
import time
from random import Random
from typing import TYPE_CHECKING, Final

from tests.fuzz.handsets import Does, Rang, Telephones
from tests.fuzz.sip import branch, compose, text_of
from tests.soak.ledger import Talk

if TYPE_CHECKING:
    from ops.phone.message import Message
    from tests.fuzz.sip import Address

RINGS_S: Final = (0.05, 0.9)
TALKS_S: Final = (0.8, 3.0)
"""How long those talk who hang up by themselves."""


class Officers(Telephones):
    """Handsets on one socket that note each call.

    Attributes:
        talks: what each noted, by the caller's number.
        answered: set and replaced whenever somebody took a call.
    """

    def __init__(self, target: Address, seed: int, ends: frozenset[str]) -> None:
        """Take them out of the box.

        Args:
            target: the centre.
            seed: of how long it rings.
            ends: callers who are hung up on.
        """
        super().__init__(target)
        self.talks: dict[str, list[Talk]] = {}
        self.answered: dict[str, asyncio.Event] = {}
        self._ends = ends
        self._random = Random(f"officers:{seed}")  # noqa: S311 (to be had again by its seed)
        self._open: dict[str, tuple[Message, Address, Talk, float]] = {}
        self._given_up: set[str] = set()

    def of(self, number: str) -> asyncio.Event:
        """Set as soon as somebody has answered this caller."""
        return self.answered.setdefault(number, asyncio.Event())

    def _hear(self, found: Message, sender: Address) -> None:
        key = text_of(found, "Call-ID")
        if not found.status and key in self._open:
            if found.start.startswith(b"ACK "):
                self._acknowledged(key)
            elif found.start.startswith(b"BYE "):
                self._over(key)
        super()._hear(found, sender)

    def _invited(self, found: Message, sender: Address) -> None:
        key = text_of(found, "Call-ID")
        self._say(found, "180 Ringing", sender)
        if key in self._invites:
            return
        self._invites[key] = found
        user, number = found.request_user, found.caller_number
        self.rang.setdefault(user, []).append(Rang(time.time(), user, found.caller_name))
        talk = Talk(user)
        self.talks.setdefault(number, []).append(talk)
        if self.does.get(user) is Does.ANSWERS:
            loop = asyncio.get_running_loop()
            wait = self._random.uniform(*RINGS_S)
            loop.call_later(wait, self._answer, key, sender, talk)

    def _answer(self, key: str, sender: Address, talk: Talk) -> None:
        if key not in self._given_up:
            self._open[key] = self._invites[key], sender, talk, 0.0
            self._say(self._invites[key], "200 OK", sender)

    def _acknowledged(self, key: str) -> None:
        invite, sender, talk, since = self._open[key]
        if since:
            return
        self._open[key] = invite, sender, talk, time.monotonic()
        talk.answered = True
        number = invite.caller_number
        self.of(number).set()
        if number in self._ends:
            wait = self._random.uniform(*TALKS_S)
            asyncio.get_running_loop().call_later(wait, self._hang_up, key)

    def _cancelled(self, found: Message, sender: Address) -> None:
        self._given_up.add(text_of(found, "Call-ID"))
        super()._cancelled(found, sender)

    def _over(self, key: str) -> None:
        _, _, talk, since = self._open.pop(key)
        talk.seconds = time.monotonic() - since if since else 0.0

    def _hang_up(self, key: str) -> None:
        if key not in self._open or self._line is None:
            return
        invite, sender, talk, _ = self._open[key]
        talk.hung_up = True
        self._over(key)
        host, port = self._line.address
        contact = text_of(invite, "Contact").partition("<")[2].partition(">")[0]
        headers = (
            f"Via: SIP/2.0/UDP {host}:{port};branch={branch()};rport",
            f"From: {text_of(invite, 'To')};tag={key[:16]}",
            f"To: {text_of(invite, 'From')}",
            f"Call-ID: {key}",
            "CSeq: 2 BYE",
            "Max-Forwards: 70",
        )
        self._line.send(compose(f"BYE {contact} SIP/2.0", headers), sender)
