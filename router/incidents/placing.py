"""Where an incident is, by what is told and what was known before. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from router.incidents.model import By, Place
from router.incidents.words import WrongWordError, said
from siaga import places

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from siaga.places import Places

CLEARED: Final[Mapping[str, Mapping[str, Any]]] = {
    "village": {"village": None},
    "text": {"text": ""},
    "position": {"position": None, "by": None},
}
"""What of a place can be taken back, and what is in its stead."""


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody tells of a place; what is empty is not told.

    Attributes:
        district: its name or code. ``village``: the same.
        text: the street, a landmark.
        position: ``0.5500,117.5731``, from ``by``.
        without: what of :data:`CLEARED` is not known any more.
    """

    district: str = ""
    village: str = ""
    text: str = ""
    position: str = ""
    by: By = By.OPERATOR
    without: Collection[str] = ()


def placed(regency: Places, known: Place, told: Told) -> Place:
    """The place as it is then; what is not told stays as it was.

    Raises:
        UnknownPlaceError, WrongWordError: it cannot be.
    """
    empty = {name: value for part in told.without for name, value in CLEARED.get(part, {}).items()}
    before = replace(known, **empty)
    where = regency.district(told.district) if told.district else None
    there = regency.village(told.village, where) if told.village else None
    point, teller = before.position, before.by
    if told.position:
        try:
            point, teller = places.parse(told.position), told.by
        except ValueError as error:
            raise WrongWordError(
                f"Bukan posisi: {told.position[:40]!r}; tulis lintang,bujur, misalnya "
                f"0.5500,117.5731.\nNot a position: write latitude,longitude."
            ) from error
    if there is not None:
        where = regency.of(there.code)
    if where is not None:
        code = where.code
        kept = before.village if before.district == code and there is None else None
    elif before.district is None and point is not None:
        # Better a guess that a person can correct than no district at all.
        code, kept = regency.nearest(point).code, None
    else:
        code, kept = before.district or "", before.village
    return Place(
        code or None,
        there.code if there is not None else kept,
        said(told.text) if told.text else before.text,
        point,
        teller,
    )
