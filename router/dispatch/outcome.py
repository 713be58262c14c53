"""What became of a command, in a word for programs and in a sentence for people."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from router.calls.record import LegEnd, LegKind

if TYPE_CHECKING:
    from router.calls.record import Leg
    from siaga.plan import Plan


class Result(StrEnum):
    """What became of a command; a closed list."""

    JOINED = "joined"
    """Who was rung has answered and is with the caller."""
    ALREADY = "already"
    """It was so before; nothing was done."""
    NO_ANSWER = "no_answer"
    UNAVAILABLE = "unavailable"
    UNCONFIRMED = "unconfirmed"
    """An agency has answered and did not accept by the key in time; it was let go."""
    CANCELLED = "cancelled"
    """The ringing was given up by another command."""
    LEFT = "left"
    """The leg is over, the call goes on."""
    SENT = "sent"
    """The caller, whom nobody had, was sent on and is rung for there."""


DONE: Final = frozenset((Result.JOINED, Result.ALREADY, Result.LEFT, Result.SENT))
"""The results that were wanted."""

_FAILED: Final = {
    LegEnd.NO_ANSWER: Result.NO_ANSWER,
    LegEnd.CANCELLED: Result.CANCELLED,
    LegEnd.RELEASED: Result.CANCELLED,
}
_WHY: Final = {
    Result.NO_ANSWER: (
        "tidak ada pesawat yang menjawab dalam {s} detik",
        "no handset answered in {s} s",
    ),
    Result.UNAVAILABLE: (
        "tidak ada pesawat yang dapat dihubungi",
        "no handset can be reached",
    ),
    Result.CANCELLED: ("panggilan ke sana dibatalkan", "the ringing was given up"),
}
_DECLINED: Final = ("pesawatnya menolak panggilan", "its handset declined the call")
"""In place of "in 0 s": whoever does not answer for that long has declined."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a command.

    Attributes:
        result: in a word.
        text: in a sentence, Indonesian first.
    """

    result: Result
    text: str

    @property
    def done(self) -> bool:
        """Whether what was wanted is so."""
        return self.result in DONE


def name_of(plan: Plan, agency: str) -> tuple[str, str]:
    """An agency's name in both languages; its id when the plan does not have it."""
    known = plan.agencies.get(agency)
    return (agency, agency) if known is None else (known.name.id, known.name.en)


def joined(plan: Plan, leg: Leg) -> Outcome:
    """Who was rung answered."""
    first, second = name_of(plan, leg.agency)
    told = {
        LegKind.ADD: ("sudah tersambung", "is in the call"),
        LegKind.TRANSFER: (
            "sudah menerima penelepon; yang lain dilepas",
            "has the caller; the others were let go",
        ),
    }
    id_, en = told.get(leg.kind, ("mengambil alih penelepon", "has taken the caller over"))
    return Outcome(
        Result.JOINED, f"{first} ({leg.handset}) {id_}. / {second} ({leg.handset}) {en}."
    )


def failed(plan: Plan, leg: Leg, target: str, *, kept: bool) -> Outcome:
    """Nobody answered.

    Args:
        plan: in force.
        leg: what was rung.
        target: whom to name: an agency or a handset.
        kept: whether whoever had the caller is still there.
    """
    result = _FAILED.get(leg.end or LegEnd.CANCELLED, Result.UNAVAILABLE)
    first, second = name_of(plan, target)
    seconds = 0 if leg.left is None else round((leg.left - leg.rung).total_seconds())
    why = _DECLINED if result is Result.NO_ANSWER and not seconds else _WHY[result]
    id_, en = (text.format(s=seconds) for text in why)
    if kept:
        rest = ("penelepon masih bersama Anda", "the caller is still with you")
    else:
        rest = ("penelepon diteruskan ke petugas", "the caller went on to the operators")
    return Outcome(result, f"{first}: {id_}; {rest[0]}. / {second}: {en}; {rest[1]}.")


def unconfirmed(plan: Plan, leg: Leg, seconds: float, *, alone: bool) -> Outcome:
    """Who was rung answered, and did not accept; ``alone``: nobody else has the caller."""
    first, second = name_of(plan, leg.agency)
    with_you = ("penelepon masih bersama Anda", "the caller is still with you")
    kept = ("penelepon masih bersama pesawat itu", "the caller is still with that handset")
    rest = kept if alone else with_you
    return Outcome(
        Result.UNCONFIRMED,
        f"{first} ({leg.handset}) menjawab tetapi tidak menerima dalam {seconds:g} detik; "
        f"{rest[0]}. / {second} ({leg.handset}) answered and did not accept in "
        f"{seconds:g} s; {rest[1]}.",
    )


def back(plan: Plan, done: Outcome, operators: str, *, answered: bool) -> Outcome:
    """Nobody of an agency accepted, and the operators were rung into the call again."""
    first, second = name_of(plan, operators)
    told = ("kembali di panggilan", "is back in the call")
    if not answered:
        told = ("dipanggil kembali, tidak menjawab", "was rung again and did not answer")
    id_, _, en = done.text.partition(" / ")
    return Outcome(done.result, f"{id_} {first} {told[0]}. / {en} {second} {told[1]}.")


def already(plan: Plan, target: str) -> Outcome:
    """They are in the call."""
    first, second = name_of(plan, target)
    return Outcome(
        Result.ALREADY,
        f"{first} sudah bersama penelepon. / {second} is with the caller already.",
    )


def left(plan: Plan, leg: Leg, *, before: bool) -> Outcome:
    """A leg is over, by this command or ``before`` it."""
    first, second = (f"{name} ({leg.handset or '-'})" for name in name_of(plan, leg.agency))
    if before:
        text = f"{first} sudah keluar sebelumnya. / {second} had left before."
        return Outcome(Result.ALREADY, text)
    text = f"{first} keluar; panggilan berlanjut. / {second} has left; the call goes on."
    return Outcome(Result.LEFT, text)


def sent(plan: Plan, agency: str) -> Outcome:
    """A caller whom nobody had was sent to an agency."""
    first, second = name_of(plan, agency)
    return Outcome(
        Result.SENT,
        f"Penelepon dikirim ke {first}; kalau tidak dijawab, petugas dipanggil. / "
        f"The caller was sent to {second}; unanswered, the operators are rung.",
    )
