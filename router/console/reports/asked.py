"""What the address of a report asks for, and the addresses of others like it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import quote_plus, urlencode

from router.report import By, Period, PeriodError
from router.report.drill import NAMES, Drill
from router.report.spans import Kind, after, around, before, compared

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from router.report.period import Span
    from router.report.spans import Part

ALL: Final = "all"
"""In place of a breakdown: every one of them."""
SHOWN: Final = (
    By.EMERGENCY,
    By.AGENCY,
    By.DISTRICT,
    By.TRUNK,
    By.OFFICER,
    By.HANDSET,
    By.CHOICE,
    By.TIER,
    By.WEEKDAY,
    By.HOUR,
)
"""The breakdowns, in the order of their links."""
DRILL: Final = ("figure", "by", "key")
"""How the address of a list of calls names a figure."""


class AskedError(PeriodError):
    """The address asks for no report.

    Attributes:
        word: key of what is said of it.
    """

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


@dataclass(frozen=True, slots=True)
class Asked:
    """A report that is asked for.

    Attributes:
        kind: how long. ``period``: its days. ``earlier``: the period before.
        compared: as much of that as is over of this one.
        by: the breakdown; :data:`ALL`: each.
        now: when it is asked for.
    """

    kind: Kind
    period: Period
    earlier: Period
    compared: Part
    by: str
    now: datetime

    @property
    def is_over(self) -> bool:
        """Whether nothing is added to it any more."""
        return self.now >= self.period.end

    @property
    def later(self) -> Period | None:
        """The period after it; None: it has not begun."""
        found = after(self.kind, self.period)
        return found if found.begin <= self.now else None

    def address(self, path: str = "/reports", **other: str) -> str:
        """Of this report, or of one that differs in what is named."""
        given = {"span": self.kind.value, "on": f"{self.period.first}", "by": self.by}
        return f"{path}?{urlencode({**given, **other})}"


def asked(query: Mapping[str, str], now: datetime, zone: ZoneInfo) -> Asked:
    """What an address asks for; without a day, the one that is now.

    Raises:
        AskedError: there is no such report.
    """
    today = now.astimezone(zone).date()
    span, by = query.get("span", Kind.DAY), query.get("by", By.EMERGENCY)
    if span not in set(Kind):
        raise AskedError("reports.bad_span")
    if by != ALL and by not in {each.value for each in SHOWN}:
        raise AskedError("reports.bad_by")
    kind = Kind(span)
    try:
        period = around(kind, query.get("on", "").strip() or f"{today}", zone)
    except PeriodError as error:
        raise AskedError("reports.bad_day") from error
    if period.begin > now:
        raise AskedError("reports.not_begun")
    earlier = before(kind, period)
    return Asked(kind, period, earlier, compared(period, earlier, now), str(by), now)


@dataclass(frozen=True, slots=True)
class CallList:
    """Addresses of the lists of exactly the calls that figures count.

    Attributes:
        time: of all calls of some time. ``group``: what names a group of them; empty: all.
    """

    time: str
    group: str = ""

    @classmethod
    def of(cls, span: Span) -> CallList:
        """Of the calls that began in some time."""
        last = span.end - timedelta(minutes=1)
        given = {
            "since": f"{span.begin.astimezone(span.zone):%Y-%m-%dT%H:%M}",
            "until": f"{last.astimezone(span.zone):%Y-%m-%dT%H:%M}",
        }
        return cls(f"/records?{urlencode(given)}")

    def grouped(self, by: By, key: str) -> CallList:
        """Of those of them in a group of a breakdown."""
        return CallList(self.time, f"&{urlencode({'by': by.value, 'key': key})}")

    def address(self, figure: str = "calls") -> str:
        """Of those that a figure counts; all calls of some time need no more than the time."""
        if figure == "calls" and not self.group:
            return self.time
        return f"{self.time}&figure={quote_plus(figure)}{self.group}"


def drill_of(query: Mapping[str, str]) -> Drill | None:
    """The figure whose calls are asked for; None: no figure.

    Raises:
        AskedError: there is no such figure.
    """
    figure, by = query.get("figure", ""), query.get("by", "")
    if not figure:
        return None
    if figure not in NAMES or (by and by not in set(By)):
        raise AskedError("records.bad_figure")
    return Drill(figure, By(by) if by else None, query.get("key", "") if by else "")
