"""The way a real call took, as the dialplan's milestones in the CEL file tell it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from router.calls.celfile import CelFile
from router.calls.record import StepResult
from siaga.names import Context, Milestone

if TYPE_CHECKING:
    from pathlib import Path

    from router.calls.events import CelEvent
    from tests.fuzz.cases import Item

POLL_S: Final = 0.05

RANG: Final = frozenset(("TIMEOUT", "NOANSWER", "BUSY", "FULL"))
"""Ends of a step whose telephones rang; all others mean that there was none to ring."""


@dataclass
class Told:
    """What is told of one call so far.

    Attributes:
        way: choice, steps and rounds in order.
        tiers: of the menu, in the order in which they began.
        spans: when each step of the way was up, in microseconds since the epoch.
        over: the caller's channel is gone.
        moments: when each tier began and when it was chosen, in seconds since the epoch.
    """

    way: list[Item] = field(default_factory=list)
    tiers: list[str] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)
    over: bool = False
    moments: list[tuple[float, str]] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    channel: str = ""
    _step: tuple[str, str] | None = None
    _began: int = 0

    def hear(self, event: CelEvent) -> None:
        """Take in an event of the call."""
        fields = event.milestone()
        match event.kind:
            case Milestone.TIER:
                self.tiers += fields
                self.moments.append((event.at / 1e6, f"tier {fields[0]}"))
            case Milestone.CHOICE:
                emergency, language, reason, _ = fields
                self.moments.append((event.at / 1e6, "choice"))
                self.way.append(("choice", emergency, reason, language))
            case Milestone.STEP:
                self._step, self._began = (fields[0], fields[1]), event.at
            case Milestone.STEP_END:
                rang = fields[1] in RANG
                self._left(event, StepResult.NO_ANSWER if rang else StepResult.UNAVAILABLE)
            case Milestone.LAST_RESORT:
                self.way.append(("last_resort", fields[0]))
            case "BRIDGE_ENTER" if event.unique == event.linked:
                self._left(event, StepResult.ANSWERED)
            case "HANGUP" if event.unique == event.linked:
                self.over = True
            case _:
                return
        self.news.set()

    def _left(self, event: CelEvent, result: StepResult) -> None:
        if self._step is not None:
            self.way.append(("step", *self._step, str(result)))
            self.spans.append((self._began, event.at))
        self._step = None


class Follower:
    """Reads the CEL file as it grows, and gives each call its events."""

    def __init__(self, file: Path) -> None:
        self._file = CelFile(file)
        self._expected: dict[str, Told] = {}
        self._calls: dict[str, Told] = {}

    def expect(self, number: str) -> Told:
        """What will be told of the next call from this number."""
        told = self._expected[number] = Told()
        return told

    async def follow(self) -> None:
        """Read on until cancelled."""
        while True:
            for event in self._file.read():
                self._take(event)
            await asyncio.sleep(POLL_S)

    def _take(self, event: CelEvent) -> None:
        begins = event.kind == "CHAN_START" and event.unique == event.linked
        if begins and event.context == Context.TRUNK:
            told = self._expected.pop(event.number, None)
            if told is not None:
                told.channel = event.channel
                self._calls[event.linked] = told
        told = self._calls.get(event.linked)
        if told is not None:
            told.hear(event)
        if event.kind == "LINKEDID_END":
            self._calls.pop(event.linked, None)
