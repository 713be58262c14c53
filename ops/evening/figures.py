"""The report's figures, computed anew from SIPp's messages and compared with the report. Pure.

The code that makes the report is not used here. Where a call is so near a limit that the two clocks
(SIPp's messages, Asterisk's events) may see it on either side, the figure has a least and a most,
and the call is named.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from ops.evening.turns import shown
from siaga.keys import CallClass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ops.evening.account import Account
    from ops.evening.evidence import Evidence

TOLERANCE_S: Final = 0.05
"""How far SIPp's time of a thing and Asterisk's may be apart."""
LIMITS: Final = (10, 15, 20)
PERCENTILES: Final = (50, 90, 95)
REPEAT_S: Final = 600.0
GROUPS: Final = ("emergency", "agency", "handset", "hour")


@dataclass(slots=True)
class Span:
    """A count, or a figure, that may be anything from ``least`` to ``most``.

    Attributes:
        edges: the calls because of which.
    """

    least: float = 0
    most: float = 0
    edges: list[Account] = field(default_factory=list)

    def add(self, one: Account, *, sure: bool, maybe: bool) -> None:
        """Count a call that surely, or maybe, belongs to it."""
        self.least += sure
        self.most += sure or maybe
        if maybe and not sure:
            self.edges.append(one)

    @classmethod
    def of(cls, value: float) -> Span:
        """A figure that is known."""
        return cls(value, value)

    def has(self, value: object) -> bool:
        """Whether it may be this value."""
        return isinstance(value, int | float) and self.least <= value <= self.most

    def __str__(self) -> str:
        return f"{self.least:g}" if self.least == self.most else f"{self.least:g}-{self.most:g}"


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure by SIPp and by the report."""

    name: str
    ours: Span
    theirs: Any

    @property
    def equal(self) -> bool:
        """Whether they are the same."""
        return self.ours.has(self.theirs)


def compared(evidence: Evidence) -> tuple[Compared, ...]:
    """Every figure that SIPp can know, with the report's."""
    total = evidence.report["total"]
    found = [Compared(name, span, total.get(name)) for name, span in _total(evidence).items()]
    for by in GROUPS:
        ours, theirs = _groups(evidence, by), evidence.report["by"][by]
        found += [
            Compared(
                f"{by}={key or '-'}", ours.get(key, Span()), theirs.get(key, {}).get("calls", 0)
            )
            for key in sorted(ours.keys() | theirs.keys())
        ]
    return tuple(found)


def _total(evidence: Evidence) -> dict[str, Span]:
    spans: defaultdict[str, Span] = defaultdict(Span)
    spans |= {name: Span() for name in ("refused", "lost", "open", "transferred", "hidden")}
    seen: dict[str, float] = {}
    for one in evidence.accounts:
        for name, (sure, maybe) in _belongs(evidence, one).items():
            spans[name].add(one, sure=sure, maybe=maybe)
        before = one.arrived - seen.get(one.number, -math.inf)
        edge = abs(before - REPEAT_S) <= TOLERANCE_S
        spans["repeat"].add(one, sure=before <= REPEAT_S and not edge, maybe=edge)
        seen[one.number] = one.arrived
    for limit in LIMITS:
        spans[f"share_{limit}"] = _share(spans[f"talked_{limit}"], spans[f"due_{limit}"])
    waits = [one.wait_between for one in evidence.accounts if one.wait_between is not None]
    for percent in PERCENTILES:
        spans[f"wait_p{percent}_s"] = _percentile(waits, percent)
    given = Counter(evidence.words.values())
    spans |= {f"class_{each}": Span.of(given[each]) for each in CallClass}
    spans["class_none"] = Span.of(len(evidence.accounts) - given.total())
    return dict(spans)


def _belongs(evidence: Evidence, one: Account) -> dict[str, tuple[bool, bool]]:
    """Where a call is counted: surely, or maybe."""
    wait, left = one.wait_between, one.left_between
    answered = wait is not None
    queued = not answered and _may_have_queued(evidence, one)
    rang = not answered and bool(one.rings)
    left_edge = rang and one.ended is not None and one.rings[0].at > one.ended - TOLERANCE_S
    early, early_edge = _within(left, 10)
    flagged = one.is_flagged
    first = _first(evidence, one)
    found = {
        "calls": (True, False),
        "answered": (answered, False),
        "talked": (answered, False),
        "refused": (one.status == 503, False),
        "abandoned": (not answered, False),
        "abandoned_menu": (
            not (answered or rang or queued),
            not answered and (queued or left_edge),
        ),
        "abandoned_ringing": (rang and not left_edge, queued or left_edge),
        "abandoned_before_10": (early, early_edge),
        "abandoned_from_10": (not answered and not early and not early_edge, early_edge),
        "flagged": (flagged, False),
        "flagged_emergency": (
            flagged and evidence.words.get(one.call_id) is CallClass.EMERGENCY,
            False,
        ),
        "silent": (_silent(evidence, one), queued),
        "overflow": (answered and first is not None and _agency(evidence, one) != first, False),
    }
    for limit in LIMITS:
        found[f"talked_{limit}"] = _within(wait, limit)
        gone, gone_edge = _within(left, limit)
        found[f"due_{limit}"] = (not gone and not gone_edge, gone_edge)
    return found


def _within(between: tuple[float, float] | None, limit: int) -> tuple[bool, bool]:
    """Whether a time is within a limit: surely, maybe."""
    if between is None:
        return False, False
    least, most = between
    sure = most < limit - TOLERANCE_S
    return sure, not sure and least <= limit + TOLERANCE_S


def _may_have_queued(evidence: Evidence, one: Account) -> bool:
    """Whether somebody for whom no handset rang may have left the menu: of SIP it is not known."""
    longest = evidence.plan.menu.human_within * 0.75
    pressed = one.call_id in evidence.notes.chosen
    return not one.rings and (pressed or (one.left_s or 0.0) > longest)


def _silent(evidence: Evidence, one: Account) -> bool:
    """Whether somebody was rung for who had pressed nothing, by the telephones' notes."""
    pressed = evidence.notes.chosen.get(one.call_id)
    asked = bool(one.rings) and not (one.is_flagged or one.is_repeat)
    return asked and (pressed is None or pressed > one.rings[0].at)


def _first(evidence: Evidence, one: Account) -> str | None:
    """The agency that is rung first for what a handset showed."""
    emergency = evidence.plan.emergencies.get(shown(evidence, one))
    return None if emergency is None else emergency.via or emergency.agency


def _agency(evidence: Evidence, one: Account) -> str:
    return "" if one.by is None else evidence.agencies[one.by.extension]


def _groups(evidence: Evidence, by: str) -> Mapping[str, Span]:
    """Calls by what they are broken down by."""
    spans: defaultdict[str, Span] = defaultdict(Span)
    for one in evidence.accounts:
        keys = set(_keys(evidence, one, by))
        for key in keys:
            spans[key].add(one, sure=len(keys) == 1, maybe=len(keys) > 1)
    return spans


def _keys(evidence: Evidence, one: Account, by: str) -> Iterator[str]:
    """The group of a call; several: it may be in any of these."""
    match by:
        case "agency":
            yield _agency(evidence, one)
        case "handset":
            yield f"{_agency(evidence, one)}/{one.by.extension}" if one.by else ""
        case "hour":
            zone = ZoneInfo(evidence.plan.centre.timezone)
            for shift in (-TOLERANCE_S, TOLERANCE_S):
                yield f"{datetime.fromtimestamp(one.arrived + shift, UTC).astimezone(zone):%H}"
        case _:
            yield shown(evidence, one)
            if not one.rings and _may_have_queued(evidence, one):
                yield from evidence.plan.emergencies


def _share(within: Span, due: Span) -> Span:
    """Per cent with one decimal, cut."""
    edges = [*within.edges, *due.edges]
    if not due.most:
        return Span(edges=edges)
    # A call that is due only maybe is not within; one within is due.
    least = math.floor(within.least * 1000 / due.most) / 10
    most = math.floor(within.most * 1000 / max(1, due.least)) / 10
    return Span(least, min(100.0, most), edges)


def _percentile(waits: Sequence[tuple[float, float]], percent: int) -> Span:
    """Nearest rank, to a tenth of a second, rounded up."""
    if not waits:
        return Span()
    place = math.ceil(len(waits) * percent / 100) - 1
    least, most = (sorted(ends)[place] for ends in zip(*waits, strict=True))
    return Span(_tenths(least - TOLERANCE_S), _tenths(most + TOLERANCE_S))


def _tenths(seconds: float) -> float:
    return math.ceil(round(seconds * 10, 6)) / 10
