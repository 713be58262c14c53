"""How each breakdown is told: one more is a line in :data:`BREAKDOWNS`, and in the figures' own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from router.report import By, Counts
from router.report.words import CHOICES
from siaga.plan.hours import WEEKDAYS
from siaga.plan.trunks import OWN
from siaga.plan.words import Words, same

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.report.report import Report
    from siaga.places import Places
    from siaga.plan import Plan

Label: TypeAlias = "Callable[[Names, str], Words | None]"
"""What people call a key; None: it has no other name."""


def _as_it_is(_names: Names, _key: str) -> None:
    """The key is what people call it."""


def _emergency(names: Names, key: str) -> Words | None:
    found = names.plan.emergencies.get(key)
    return None if found is None else Words(found.name.id, found.name.en)


def _agency(names: Names, key: str) -> Words | None:
    found = names.plan.agencies.get(key)
    return None if found is None else Words(found.name.id, found.name.en)


def _handset(names: Names, key: str) -> Words:
    agency, _, extension = key.rpartition("/")
    outside = Words("nomor luar", "outside number")
    name = _agency(names, agency) or same(agency)
    return name + same(" ") + (outside if extension == "pstn" else same(extension))


def _officer(names: Names, key: str) -> Words | None:
    name = names.plan.officers.get(key)
    return None if name is None else same(f"{name} ({key})")


def _trunk(_names: Names, key: str) -> Words | None:
    unnamed = Words("jalur tanpa nama dalam rencana", "a trunk without a name in the plan")
    return unnamed if key == OWN else None


_WEEKDAYS: Final = {f"{number}": day for number, day in enumerate(WEEKDAYS, 1)}
UNNAMED: Final = same("?")


@dataclass(frozen=True, slots=True)
class Breakdown:
    """How one is told.

    Attributes:
        title: of its table or chart.
        none: what the group of calls without a key is called.
        label: what people call the others.
        drawn: whether the page has a chart of it, and no table.
        note: what has to be said below the table.
    """

    title: Words
    none: Words = UNNAMED
    label: Label = _as_it_is
    drawn: bool = False
    note: Words | None = None


_NOBODY: Final = Words("tidak ada yang menjawab", "nobody answered")

BREAKDOWNS: Final = {
    By.EMERGENCY: Breakdown(
        Words("Menurut keadaan darurat", "By emergency"),
        Words("belum memilih", "nothing chosen"),
        _emergency,
    ),
    By.AGENCY: Breakdown(
        Words("Menurut instansi yang menjawab", "By answering agency"), _NOBODY, _agency
    ),
    By.HANDSET: Breakdown(Words("Menurut pesawat", "By handset"), _NOBODY, _handset),
    By.OFFICER: Breakdown(
        Words("Menurut petugas", "By officer"),
        Words("tidak dijawab, atau petugas tidak masuk", "not answered, or nobody logged in"),
        _officer,
    ),
    By.DISTRICT: Breakdown(
        Words("Menurut kecamatan", "By kecamatan"),
        Words("kecamatan tidak diketahui", "kecamatan not known"),
        lambda names, key: names.district(key),
        note=Words(
            "Kecamatan dari kejadiannya; tanpa kejadian, daerah nomor yang dikenal atau jalurnya.",
            "Of the incident; without one, the area of the known number or of the trunk.",
        ),
    ),
    By.TRUNK: Breakdown(
        Words("Menurut jalur operator telekomunikasi", "By trunk"),
        Words("jalur tidak diketahui", "trunk not known"),
        _trunk,
    ),
    By.CHOICE: Breakdown(
        Words("Menurut cara menu berakhir", "By how the menu ended"),
        Words("menu belum selesai", "menu not finished"),
        lambda _names, key: CHOICES.get(key),
    ),
    By.TIER: Breakdown(
        Words("Menurut tingkat menu", "By tier of the menu"), Words("tanpa menu", "no menu")
    ),
    By.DAY: Breakdown(Words("Menurut hari", "By day"), drawn=True),
    By.WEEKDAY: Breakdown(
        Words("Menurut hari dalam minggu", "By weekday"),
        label=lambda _names, key: _WEEKDAYS.get(key),
        drawn=True,
    ),
    By.HOUR: Breakdown(
        Words("Menurut jam", "By hour"), label=lambda _names, key: same(f"{key}.00"), drawn=True
    ),
}


@dataclass(frozen=True, slots=True)
class Names:
    """What keys are called.

    Attributes:
        plan: the plan in force, for names of agencies and emergencies.
        regency: for names of districts; None: they are told by their codes.
    """

    plan: Plan
    regency: Places | None = None

    def label(self, by: By, key: str) -> Words:
        """What people call a group; text of the records is as it came, and may be hostile."""
        told = BREAKDOWNS[by]
        return (told.label(self, key) or same(key)) if key else told.none

    def district(self, code: str) -> Words:
        """What people call a district."""
        if not code:
            return Words("tempat tidak dicatat", "place not noted")
        return same(code if self.regency is None else self.regency.name(code))


class Line(NamedTuple):
    """A row of a table."""

    label: Words
    counts: Counts
    key: str


def largest(report: Report, by: By, limit: int) -> tuple[list[Line], int]:
    """The largest groups, what is not known last; tiers in their order. And how many more."""
    groups = report.collected.tally.groups(by)
    if by is not By.TIER:
        groups = sorted(groups, key=lambda group: (group[0] == "", -group[1].calls))
    lines = [Line(report.label(by, key), counts, key) for key, counts in groups]
    return lines[:limit], max(0, len(lines) - limit)
