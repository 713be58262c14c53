"""The fault matrix: part that fails by moment of the call, and what must come of it.

The one table of it. ``test_matrix.py`` makes each cell happen with a real call, and
``docs/engineer/failures.md`` is written from it (``python -m tests.live.faults.page``).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from router.alarms import Kind
from router.calls.record import Source


class Moment(StrEnum):
    """Where the call is when the part fails."""

    BEFORE = "before the call"
    """The caller presses as soon as the call is answered, whether anything was said or not."""
    PROMPT = "in the greeting"
    """The caller waits until somebody speaks again, then presses."""
    KEY = "at the key"
    """The key is pressed, and the part is gone before it uses it."""
    ROUTED = "while it rings"
    """The caller has chosen, handsets ring."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a caller does.

    Attributes:
        key: pressed; empty: none.
        emergency: and ``agency``, ``handset``: what it leads to.
    """

    key: str
    emergency: str
    agency: str
    handset: str


CHOICES: Final = {
    Moment.BEFORE: Choice("1", "fire", "damkar", "201"),
    Moment.PROMPT: Choice("2", "medical", "rsud", "301"),
    Moment.KEY: Choice("4", "disaster", "bpbd", "401"),
    Moment.ROUTED: Choice("5", "order", "kominfo", "101"),
}
"""A handset for each, so that all moments of a fault are tried at once."""
NOTHING: Final = Choice("", "operator", "kominfo", "101")


@dataclass(frozen=True, slots=True)
class Cell:
    """One moment of one fault.

    Attributes:
        moment: of the call.
        tier: of the record.
        choice: what the caller does; that of the moment unless told otherwise.
        reason: of the choice, as the record has it.
        source: of the record; None: either, by who was quicker.
    """

    moment: Moment
    tier: int = 1
    source: Source | None = Source.LIVE
    choice: Choice | None = None
    reason: str = "digit"

    @property
    def does(self) -> Choice:
        """What the caller does."""
        return self.choice or CHOICES[self.moment]


@dataclass(frozen=True, slots=True)
class Fault:
    """One part that fails in one way.

    Attributes:
        name: of the fault, and of its way to be made in ``breakers.py``.
        what: the fault in words.
        hears: what a caller hears of it.
        cells: moments of a call.
        filed: whether the recording is complete afterwards.
        kept: of the recording, when it is not.
        sign: how it shows.
        todo: what to do.
        alarms: which are raised: the router's own, or by name a rule of Prometheus's for what the
            router cannot tell.
    """

    name: str
    what: str
    hears: str
    cells: tuple[Cell, ...]
    sign: str
    todo: str
    alarms: tuple[Kind | str, ...]
    filed: bool = True
    kept: str = ""


ROUTER_DOWN: Final = "SiagaRouterDown"
_IVR_SIGN = "`tier` 2 or 3 in the record; `log/ivr.out.log`, `log/supervisord.log`"
_BACKFILL = Source.BACKFILL

FAULTS: Final = (
    Fault(
        "ivr-killed",
        "Menu's process killed, and not started again",
        "The greeting once more, from the standby script; whoever has pressed a key goes on",
        (
            Cell(Moment.BEFORE, 2),
            Cell(Moment.PROMPT, 2),
            Cell(Moment.KEY, 3),
            Cell(Moment.ROUTED, 1),
        ),
        _IVR_SIGN,
        "Look why it ended in `log/ivr.out.log`; the supervisor starts it anew within a second",
        (Kind.TIER_FELL, Kind.MENU_AWAY),
    ),
    Fault(
        "ivr-hung",
        "Menu's process hangs",
        "Silence, or the prompt that is playing, for up to 2 s; then as above",
        (
            Cell(Moment.BEFORE, 3),
            Cell(Moment.PROMPT, 2),
            Cell(Moment.KEY, 3),
            Cell(Moment.ROUTED, 1),
        ),
        f"{_IVR_SIGN}: `server_hung`",
        "Nothing: its watch kills it within 2 s. If it comes again, keep the log and report it",
        (Kind.TIER_FELL,),
    ),
    Fault(
        "ivr-refuses",
        "Nobody listens on the menu's port",
        "Nothing: the standby script greets at once",
        (Cell(Moment.BEFORE, 2),),
        _IVR_SIGN,
        "`./siaga112 doctor`; look why it does not start in `log/ivr.out.log`",
        (Kind.TIER_FELL, Kind.MENU_AWAY),
    ),
    Fault(
        "ivr-nonsense",
        "Something else answers on the menu's port",
        "Silence for up to 2 s, then the standby script; a key that was pressed counts",
        (Cell(Moment.BEFORE, 3),),
        "`tier` 2 or 3 in the record",
        "`./siaga112 doctor` names who has the port: stop it",
        (Kind.TIER_FELL, Kind.MENU_AWAY),
    ),
    Fault(
        "ivr-slow",
        "Menu takes 3 s for each answer",
        "Silence for up to 2 s; a key pressed in the greeting counts 3 s later",
        (Cell(Moment.BEFORE, 3), Cell(Moment.KEY, 1), Cell(Moment.ROUTED, 1)),
        "`tier` 2 or 3 in the record, or a long time from key to ring",
        "Look who takes the processors; the menu needs its priority (root)",
        (Kind.TIER_FELL,),
    ),
    Fault(
        "router-killed",
        "Router killed, and not started again",
        "Nothing",
        (Cell(Moment.BEFORE, source=_BACKFILL), Cell(Moment.ROUTED, source=_BACKFILL)),
        "`source: backfill` in the record; `/health` does not answer",
        "Look why it ended in `log/router.out.log`; the supervisor starts it anew within a second",
        (ROUTER_DOWN,),
    ),
    Fault(
        "router-hung",
        "Router hangs",
        "Nothing",
        (Cell(Moment.BEFORE, source=None), Cell(Moment.ROUTED, source=None)),
        "`/health` does not answer",
        "`./siaga112 restart router`",
        (ROUTER_DOWN,),
    ),
    Fault(
        "database-locked",
        "Another program holds the database's lock",
        "Nothing",
        (Cell(Moment.BEFORE), Cell(Moment.ROUTED)),
        "`/health`: database not available; records wait in memory",
        "Find and stop who holds it (`fuser siaga.db`)",
        (Kind.DATABASE_AWAY,),
    ),
    Fault(
        "database-full",
        "The database's disk takes no more",
        "Nothing",
        (Cell(Moment.BEFORE), Cell(Moment.ROUTED)),
        "`/health`: database not available; records wait in memory",
        "Make room; what waits is written within 5 s of it",
        (Kind.DATABASE_AWAY,),
    ),
    Fault(
        "database-gone",
        "The database's file is gone, the router with it",
        "Nothing",
        (Cell(Moment.BEFORE, source=_BACKFILL),),
        "Records of before are missing, save those in the CEL file",
        "Restore `siaga.db` from a back-up; what the CEL file has is written again by itself",
        (),
    ),
    Fault(
        "recordings-read-only",
        "The recordings' disk cannot be written",
        "Nothing",
        (Cell(Moment.BEFORE), Cell(Moment.ROUTED)),
        "`recording_unfiled` in `log/router.out.log` a minute after the call",
        "Make it writable; that call has no recording",
        (Kind.RECORDING_MISSING,),
        filed=False,
        kept="no audio for calls that begin meanwhile",
    ),
    Fault(
        "recordings-full",
        "The recordings' disk is full",
        "Nothing",
        (Cell(Moment.BEFORE),),
        "`recording_incomplete` or `recording_unfiled` in `log/router.out.log`",
        "Make room; that call's recording is short or empty",
        (Kind.RECORDING_MISSING,),
        filed=False,
        kept="short or no audio",
    ),
    Fault(
        "ami-cut",
        "The router's connection to Asterisk is cut",
        "Nothing",
        (Cell(Moment.BEFORE, source=_BACKFILL), Cell(Moment.ROUTED, source=_BACKFILL)),
        "`/health`: AMI not connected",
        "Nothing: it connects again by itself. Handsets' states are unknown until then",
        (Kind.AMI_AWAY,),
    ),
    Fault(
        "ami-half-open",
        "The router's connection to Asterisk is up, and nothing comes through",
        "Nothing",
        (Cell(Moment.BEFORE, source=_BACKFILL),),
        "`source: backfill` in the record; after 15 s `/health`: AMI not connected",
        "Nothing: it is noticed within 15 s and made anew",
        (Kind.AMI_AWAY,),
    ),
    Fault(
        "prompts-missing",
        "The greeting's file is missing",
        "No greeting; a human's phone rings at once",
        (Cell(Moment.BEFORE, choice=NOTHING, reason="error"),),
        "`choice: error` in the record; `./siaga112 doctor`",
        "Start anew: the prompts are made again",
        (Kind.CANARY_FAILED,),
    ),
    Fault(
        "handsets-gone",
        "No handset of any agency is logged in",
        "That all are busy and not to hang up, again and again, until a handset is back",
        (Cell(Moment.BEFORE),),
        "`./siaga112 handsets`; steps `unavailable` in the record",
        "Log one in: the next round, some seconds later, rings it",
        (Kind.AGENCY_ABSENT,),
    ),
)

TRUNK: Final = Fault(
    "trunk-down",
    "The trunk that outside numbers are rung over is dead",
    "While nobody knows yet (up to 12 s) music, for as long as that number is rung; then nothing: "
    "the next contact rings at once",
    (
        Cell(Moment.BEFORE, choice=Choice("5", "order", "damkar", "201")),
        Cell(Moment.ROUTED, choice=Choice("5", "order", "damkar", "201")),
    ),
    "A `pstn` step that ends `no_answer` or `unavailable`; `./siaga112 doctor --live`",
    "Call the carrier; look whether the network leads to the trunk's address",
    (Kind.TRUNK_DEAD,),
)
"""Tried by ``test_trunk.py``, at a centre with a trunk; whom he chose has no handset on the air."""

ALL: Final = (*FAULTS, TRUNK)
