"""What became of each call, as the telephones' own SIP messages tell it. Pure.

Nothing of our records is looked at: the report is held against this.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from siaga.names import EMERGENCY_NUMBER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ops.evening.siplog import Line

LATE_S: Final = 1.0
"""A handset's INVITE may come so long after its caller has left."""
EARLY_S: Final = 0.5
"""A handset's INVITE may be noted so long before its caller's, which SIPp notes once it is sent."""
FLAGGED: Final = "DITANDAI"
REPEATED: Final = "ULANG "
JOINING: Final = "GABUNG"
"""What a handset shows of a flagged number, of a repeat caller, of a call it is brought into."""


@dataclass(frozen=True, slots=True)
class Rung:
    """A handset that rang, times in seconds since the epoch.

    Attributes:
        call_id: of the call at the handset.
        at: when its INVITE came.
        display: what it showed.
        answered: when it sent its 200. ``late``: so much later than it was, at most, that is noted;
            ``taken``: so much later it may have been seen at the other end.
        ended: when it was given up, refused or hung up.
    """

    extension: str
    call_id: str
    at: float
    display: str
    answered: float | None = None
    ended: float | None = None
    late: float = 0.0
    taken: float = 0.0

    @property
    def is_joining(self) -> bool:
        """Whether it was rung into a call that an officer had."""
        return self.display.startswith(JOINING)


@dataclass(frozen=True, slots=True)
class Account:
    """A call to 112, times in seconds since the epoch.

    Attributes:
        arrived: when its INVITE was sent.
        status: of the final answer; 0: there was none.
        up: when 112 answered.
        ended: when either side ended it; None: never.
        left: whether the caller did.
        rings: the handsets that rang for it, in order.
        late, taken: of its arrival, as of a handset's answer.
        ended_late: the same of its end.
    """

    number: str
    call_id: str
    arrived: float
    status: int = 0
    up: float | None = None
    ended: float | None = None
    left: bool = False
    rings: tuple[Rung, ...] = ()
    late: float = 0.0
    taken: float = 0.0
    ended_late: float = 0.0

    @property
    def by(self) -> Rung | None:
        """The handset that answered first."""
        answered = (ring for ring in self.rings if ring.answered is not None)
        return min(answered, key=lambda ring: ring.answered or 0.0, default=None)

    @property
    def wait_s(self) -> float | None:
        """From its arrival to the first human; None: nobody answered."""
        ring = self.by
        return None if ring is None or ring.answered is None else ring.answered - self.arrived

    @property
    def wait_between(self) -> tuple[float, float] | None:
        """The least and the most that this wait can have been, by what SIPp can know."""
        ring, wait = self.by, self.wait_s
        if ring is None or wait is None:
            return None
        return wait - ring.late - self.taken, wait + ring.taken + self.late

    @property
    def left_between(self) -> tuple[float, float] | None:
        """The same of :attr:`left_s`."""
        left = self.left_s
        return None if left is None else (left - self.ended_late - self.taken, left + self.late)

    @property
    def left_s(self) -> float | None:
        """From its arrival to its end, when nobody answered."""
        return None if self.by or self.ended is None else self.ended - self.arrived

    @property
    def display(self) -> str:
        """What the first handset that rang showed."""
        return self.rings[0].display if self.rings else ""

    @property
    def is_flagged(self) -> bool:
        """Whether its number was flagged for pranks then, as far as a handset showed it."""
        return FLAGGED in self.display

    @property
    def is_repeat(self) -> bool:
        """Whether it was led to a human for calling again so soon."""
        return self.display.startswith(REPEATED)


def accounts(callers: Iterable[Line], handsets: Iterable[Line]) -> tuple[Account, ...]:
    """Every call, by its arrival, with the handsets that rang for it."""
    rings = _rings(handsets)
    found = [_call(lines) for lines in _dialogs(callers) if _is_emergency(lines[0])]
    found.sort(key=lambda call: (call.arrived, call.number))
    told: list[Account] = []
    later: dict[str, float] = {}
    for call in reversed(found):
        begin = call.arrived - EARLY_S
        told.append(_rung(call, rings, begin, later.get(call.number, math.inf)))
        later[call.number] = begin
    return tuple(reversed(told))


def called_back(far: Iterable[Line]) -> tuple[tuple[str, Rung], ...]:
    """Who was rung outside, by the number as it was dialled."""
    return tuple((ring.extension, ring) for rings in _rings(far).values() for ring in rings)


def _dialogs(lines: Iterable[Line]) -> list[list[Line]]:
    """The messages of each call whose INVITE is there."""
    found: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        if line.call_id in found or (line.is_request and line.method == "INVITE"):
            found[line.call_id].append(line)
    return list(found.values())


def _is_emergency(invite: Line) -> bool:
    return invite.sent and invite.message.request_user == EMERGENCY_NUMBER


def _call(lines: Sequence[Line]) -> Account:
    invite = lines[0]
    finals = [line for line in lines if line.method == "INVITE" and line.message.status >= 200]
    status = finals[0].message.status if finals else 0
    up = finals[0].at if 200 <= status < 300 else None
    end = next(
        (line for line in lines if line.is_request and line.method in {"BYE", "CANCEL"}), None
    )
    ended = end.at if end else None
    if up is None and finals:
        ended = ended or finals[0].at
    return Account(
        invite.message.caller_number,
        invite.call_id,
        invite.at,
        status,
        up,
        ended,
        left=end is not None and end.sent,
        late=invite.at - invite.since,
        taken=0.0 if up is None else up - invite.at,
        ended_late=end.at - end.since if end is not None and end.sent else 0.0,
    )


def _rings(lines: Iterable[Line]) -> Mapping[str, list[Rung]]:
    """The calls that came in, by the caller's number."""
    found: dict[str, list[Rung]] = defaultdict(list)
    for dialog in _dialogs(lines):
        invite = dialog[0]
        if invite.sent:
            continue
        finals = [line for line in dialog if line.method == "INVITE" and line.message.status >= 200]
        taken = min((line for line in finals if line.message.status < 300), key=_at, default=None)
        acks = [line.at for line in dialog if line.is_request and line.method == "ACK"]
        ends = [line.at for line in finals if line.message.status >= 300]
        ends += [line.at for line in dialog if line.is_request and line.method in {"BYE", "CANCEL"}]
        found[invite.message.caller_number].append(
            Rung(
                invite.message.request_user,
                invite.call_id,
                invite.at,
                invite.message.caller_name,
                None if taken is None else taken.at,
                min(ends, default=None),
                0.0 if taken is None else taken.at - taken.since,
                0.0 if taken is None else max(0.0, min(acks, default=taken.at) - taken.at),
            )
        )
    return found


def _at(line: Line) -> float:
    return line.at


def _rung(
    call: Account, rings: Mapping[str, list[Rung]], begin: float, following: float
) -> Account:
    """With its rings: those before its number's following call, if that came so soon."""
    until = math.inf if call.ended is None else call.ended + LATE_S
    mine = [
        ring
        for ring in rings.get(call.number, ())
        if begin <= ring.at <= until and ring.at < following
    ]
    mine.sort(key=lambda ring: ring.at)
    return replace(call, rings=tuple(mine))
