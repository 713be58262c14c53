"""The regency's districts (kecamatan) and villages (desa), with the districts' centres.

The file is one place a line: its code of the Ministry of Home Affairs (``64.08.04`` a district,
``64.08.04.1001`` a village in it), its name, and for a district its centre. See
docs/decisions/incidents.md for where the figures come from.
"""

from __future__ import annotations

import csv
import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from siaga.errors import SettingsError, SiagaError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FIELDS: Final = ("code", "name", "latitude", "longitude", "basis")
EARTH_KM: Final = 6371.0

_DISTRICT: Final = re.compile(r"\d{2}\.\d{2}\.\d{2}")
_VILLAGE: Final = re.compile(r"\d{2}\.\d{2}\.\d{2}\.\d{4}")


class UnknownPlaceError(SiagaError):
    """No such district or village, or several of that name; the sentence lists what there is."""

    code = "unknown_place"


@dataclass(frozen=True, slots=True)
class Position:
    """A point on the earth, degrees (WGS 84), north and east positive."""

    latitude: float
    longitude: float

    def km_to(self, other: Position) -> float:
        """Distance over the ground in kilometres (haversine formula)."""
        here, there = math.radians(self.latitude), math.radians(other.latitude)
        east = math.radians(other.longitude - self.longitude)
        half = (
            math.sin((there - here) / 2) ** 2
            + math.cos(here) * math.cos(there) * math.sin(east / 2) ** 2
        )
        return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(half)))


@dataclass(frozen=True, slots=True)
class Village:
    """A desa or kelurahan; the district's code is the beginning of its own."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class District:
    """A kecamatan.

    Attributes:
        centre: for distances and maps only; nobody is sent there.
        villages: in it, by code.
    """

    code: str
    name: str
    centre: Position
    villages: tuple[Village, ...]


class Places:
    """All of a regency.

    Args:
        districts: of it.
    """

    def __init__(self, districts: Iterable[District]) -> None:
        self.districts = tuple(districts)
        self._by_code = {each.code: each for each in self.districts}

    def of(self, code: str | None) -> District | None:
        """The district of this code, or of a village's; None: it is of none."""
        return self._by_code.get((code or "")[:8])

    def name(self, code: str) -> str:
        """The name of a code; the code itself when it has none (any more)."""
        district = self.of(code)
        if district is None:
            return code
        villages = {each.code: each.name for each in district.villages}
        return villages.get(code, district.name if code == district.code else code)

    def district(self, text: str) -> District:
        """The district of this code or name, however it is written.

        Raises:
            UnknownPlaceError: there is none.
        """
        wanted = _plain(text)
        for each in self.districts:
            if wanted in (_plain(each.name), _plain(each.code)):
                return each
        raise _unknown("kecamatan", "district", text, (each.name for each in self.districts))

    def village(self, text: str, district: District | None = None) -> Village:
        """The village of this code or name, in ``district`` when that is told.

        Raises:
            UnknownPlaceError: there is none, or there are several.
        """
        wanted = _plain(text)
        where = self.districts if district is None else (district,)
        found = [
            (each, village)
            for each in where
            for village in each.villages
            if wanted in (_plain(village.name), _plain(village.code))
        ]
        if len(found) == 1:
            return found[0][1]
        if found:
            names = (f"{village.name} ({each.name})" for each, village in found)
            raise UnknownPlaceError(
                f"Ada beberapa desa {text[:40]!r}: sebutkan kecamatannya. / There are several "
                f"villages {text[:40]!r}: tell the district. {', '.join(names)}"
            )
        known = (village.name for each in where for village in each.villages)
        raise _unknown("desa", "village", text, known if district else ())

    def nearest(self, position: Position) -> District:
        """The district whose centre is nearest: a guess, where nobody has told the place."""
        return min(self.districts, key=lambda each: each.centre.km_to(position))


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.casefold())


def _unknown(what: str, english: str, text: str, known: Iterable[str]) -> UnknownPlaceError:
    names = ", ".join(known)
    there = f" Yang ada / there are: {names}" if names else ""
    return UnknownPlaceError(
        f"Tidak ada {what} {text[:40]!r}. / There is no {english} {text[:40]!r}.{there}"
    )


@lru_cache(maxsize=4)
def load(file: Path) -> Places:
    """Read a file of places.

    Raises:
        SettingsError: it cannot be read or used; says the line and what is wrong.
    """
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.reader(lines))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SettingsError(f"{file}: cannot be read as a list of places: {error}") from error
    if not rows or tuple(rows[0]) != FIELDS:
        raise SettingsError(f"{file}:1: the first line must be: {','.join(FIELDS)}")
    villages: dict[str, list[Village]] = {}
    districts: dict[str, tuple[str, Position]] = {}
    for number, row in enumerate(rows[1:], 2):
        where = f"{file}:{number}"
        if len(row) != len(FIELDS) or not row[1].strip():
            raise SettingsError(f"{where}: give {len(FIELDS)} fields, the name among them.")
        code, name = row[0], row[1].strip()
        if _DISTRICT.fullmatch(code):
            if code in districts:
                raise SettingsError(f"{where}: {code} stands here a second time.")
            districts[code] = (name, _position(where, row[2], row[3]))
        elif _VILLAGE.fullmatch(code):
            villages.setdefault(code[:8], []).append(Village(code, name))
        else:
            raise SettingsError(f"{where}: {code[:40]!r} is no code such as 64.08.04.")
    if not districts or villages.keys() - districts.keys():
        lost = ", ".join(sorted(villages.keys() - districts.keys())) or "no district at all"
        raise SettingsError(f"{file}: villages without their district: {lost}")
    return Places(
        District(code, name, centre, tuple(villages.get(code, ())))
        for code, (name, centre) in sorted(districts.items())
    )


def _position(where: str, latitude: str, longitude: str) -> Position:
    try:
        return position(float(latitude), float(longitude))
    except ValueError as error:
        raise SettingsError(f"{where}: a district needs a centre in degrees: {error}") from error


def position(latitude: float, longitude: float) -> Position:
    """A point, if it is one.

    Raises:
        ValueError: it is not on the earth.
    """
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise ValueError(f"{latitude}, {longitude} is not on the earth")
    return Position(latitude, longitude)


def parse(text: str) -> Position:
    """A point written ``0.5500,117.5731``.

    Raises:
        ValueError: it is none.
    """
    latitude, _, longitude = text.partition(",")
    return position(float(latitude), float(longitude))
