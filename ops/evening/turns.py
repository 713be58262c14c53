"""Whose turn it was: whether somebody who needed help waited while another got a handset. Pure.

A real caller R was **behind** another call N when N, which is no emergency, was given a handset of
an agency (its INVITE came there) while R waited for the same agency, that is: R had joined its
queue at least a second before, was rung for nowhere, had not been answered and had not left; and R
came before N by the plan's ranks, or had the same rank and had joined a second earlier; and R was
not given a handset within the second and a half in which Asterisk looks whose turn it is.

Ranks are the plan's, by what telephones know: a key was pressed (or is known from a call a short
while ago), nothing was, the number is flagged. A second is left on either side, because when a call
joins a queue is Asterisk's to know: of SIP it is known when the key was up, or when the menu must
have been over. Where N has the higher rank (a prank by a key, and somebody in panic who presses
nothing) it is as the plan wants it, and is counted apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ops.evening.crew import ABSENT
from ops.evening.model import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.evening.account import Account, Rung
    from ops.evening.evidence import Evidence, Played

SURE_S: Final = 1.0
LOOK_S: Final = 1.5
"""Asterisk looks once a second whose turn it is; the rest is for a machine that is busy."""
FLAGGED, UNKNOWN, DIGIT = range(3)


@dataclass(frozen=True, slots=True)
class Turns:
    """What was found.

    Attributes:
        seen: how often another call got a handset while a real caller waited for the same agency.
        behind: who was behind whom.
        by_key: of those seen: the other call had the higher rank.
        ahead: how often a real caller got a handset while another call waited for it already.
    """

    seen: int
    behind: tuple[tuple[Account, Account], ...]
    by_key: int
    ahead: int


def turns(evidence: Evidence) -> Turns:
    """Look at each handset that was given to a call that is no emergency."""
    real = [one for one in evidence.played if one.visit.kind is Kind.REAL]
    seen = by_key = ahead = 0
    behind: list[tuple[Account, Account]] = []
    for other, ring in _given(evidence):
        agency = evidence.agencies[ring.extension]
        theirs = rank(evidence, other.account)
        joined = joins(evidence, other, agency)
        for one in real:
            ahead += _overtook(evidence, one.account, agency, joined, ring.at)
            mine = joins(evidence, one, agency)
            if mine is None or not _waits(one.account, mine, ring.at):
                continue
            seen += 1
            own = rank(evidence, one.account)
            by_key += theirs > own
            first = own == theirs and joined is not None and joined > mine + SURE_S
            if (own > theirs or first) and not _served(one.account, ring.at):
                behind.append((one.account, other.account))
    return Turns(seen, tuple(behind), by_key, ahead)


def _given(evidence: Evidence) -> Iterator[tuple[Played, Rung]]:
    """The handsets that other calls were given."""
    for one in evidence.played:
        if one.visit.kind is not Kind.REAL:
            for ring in one.account.rings:
                if not ring.is_joining:
                    yield one, ring


def rank(evidence: Evidence, account: Account) -> int:
    """The more, the earlier it is served."""
    if account.is_flagged:
        return FLAGGED
    return DIGIT if account.call_id in evidence.notes.chosen or account.is_repeat else UNKNOWN


def joins(evidence: Evidence, one: Played, agency: str) -> float | None:
    """When a call joined the queue of an agency at the latest; None: it never waited there."""
    account, plan = one.account, evidence.plan
    emergency = shown(evidence, account) or one.visit.emergency or plan.menu.default
    chain = plan.emergencies[emergency]
    at = _led(evidence, account)
    places = [(chain.agency, chain.ring)]
    places += [(each.agency, each.ring or chain.ring) for each in chain.overflow]
    for place, lasts in places:
        if place == agency:
            return at
        # Who logs out in the middle of a talk is busy, and waited for, until it is over.
        if not _away(evidence, place, at) or _talks(evidence, place, at):
            at += lasts
    return None


def shown(evidence: Evidence, account: Account) -> str:
    """The emergency that a handset showed; empty: none rang."""
    for name, emergency in evidence.plan.emergencies.items():
        if emergency.name.id.upper() in account.display.split():
            return name
    return ""


def _led(evidence: Evidence, account: Account) -> float:
    """When the menu was over, at the latest."""
    if account.is_repeat:
        return account.arrived
    chosen = evidence.notes.chosen.get(account.call_id)
    if chosen is not None:
        return chosen
    over = account.arrived + evidence.plan.menu.human_within
    return min((over, *(ring.at for ring in account.rings[:1])))


def _away(evidence: Evidence, agency: str, at: float) -> bool:
    away = evidence.notes.away
    return agency == ABSENT and away is not None and away[0] <= at <= away[1]


def _talks(evidence: Evidence, agency: str, at: float) -> bool:
    """Whether a handset of an agency was in a call at this moment."""
    return any(
        ring.answered is not None
        and ring.answered <= at < (ring.ended or at + 1)
        and evidence.agencies[ring.extension] == agency
        for account in evidence.accounts
        for ring in account.rings
    )


def _waits(account: Account, joined: float, at: float) -> bool:
    """Whether somebody had joined, and at this moment had nobody and was rung for nowhere."""
    if joined + SURE_S > at or (account.ended is not None and account.ended <= at):
        return False
    by = account.by
    if by is not None and by.answered is not None and by.answered <= at:
        return False
    return not any(_rings(ring, at) for ring in account.rings)


def _rings(ring: Rung, at: float) -> bool:
    ends = [moment for moment in (ring.answered, ring.ended) if moment is not None]
    return ring.at <= at < min(ends, default=float("inf"))


def _overtook(
    evidence: Evidence, one: Account, agency: str, joined: float | None, at: float
) -> bool:
    """Whether somebody got a handset of an agency for which another waited, from then until now."""
    return joined is not None and any(
        joined + SURE_S < ring.at < at
        and evidence.agencies[ring.extension] == agency
        and not ring.is_joining
        for ring in one.rings
    )


def _served(account: Account, at: float) -> bool:
    return any(at <= ring.at <= at + LOOK_S for ring in account.rings)
