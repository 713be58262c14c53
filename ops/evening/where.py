"""Where things happen: callers about one thing stand near each other, others far apart. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from siaga.errors import SiagaError
from siaga.places import Position

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from siaga.places import Places

NEAR_DEGREES: Final = 0.008
"""Callers about one thing are within this of its middle, so that any two are within 3 km."""
FAR_DEGREES: Final = 0.25
APART_KM: Final = 5.0
"""Between two that are not the same, at least; what is within 3 km is suggested as one."""
DRAWS: Final = 2000


class NoRoomError(SiagaError):
    """More is to happen than the regency has room for."""

    code = "evening_room"


@dataclass(frozen=True, slots=True)
class Spot:
    """A place as a caller tells it.

    Attributes:
        district: its name.
        position: latitude and longitude.
    """

    district: str
    position: Position

    @classmethod
    def near(cls, middle: Position, district: str, random: Random) -> Spot:
        """Somewhere near ``middle``."""
        return cls(district, _moved(middle, NEAR_DEGREES, random))

    @property
    def spelled(self) -> str:
        """As it is entered."""
        return f"{self.position.latitude:.5f},{self.position.longitude:.5f}"


def scattered(regency: Places, taken: Sequence[Spot], random: Random) -> Spot:
    """Somewhere in the regency, far from everything that is taken.

    Raises:
        NoRoomError: there is no such place, or none is found.
    """
    for _ in range(DRAWS):
        district = random.choice(regency.districts)
        position = _moved(district.centre, FAR_DEGREES, random)
        if all(position.km_to(spot.position) >= APART_KM for spot in taken):
            return Spot(district.name, position)
    raise NoRoomError("Terlalu banyak kejadian sejenis. / Too many of one kind to tell apart.")


def _moved(middle: Position, degrees: float, random: Random) -> Position:
    return Position(
        middle.latitude + random.uniform(-degrees, degrees),
        middle.longitude + random.uniform(-degrees, degrees),
    )
