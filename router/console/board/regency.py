"""A schematic drawing of the regency, of its districts' centres alone. Pure.

There are no official borders here: each district's area is what lies nearer to its centre than to
any other's (a Voronoi diagram), within an outline drawn around all centres.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from siaga.places import Places

Point: TypeAlias = tuple[float, float]
"""Latitude and longitude, degrees."""

MARGIN_DEG: Final = 0.17
"""How far beyond the outermost centres the outline runs, about 19 km."""
CORNERS: Final = 16
"""Corners of the round that is drawn about each centre."""


def drawing(places: Places) -> list[dict[str, Any]]:
    """Each district with its name, its centre, and the corners of its area."""
    centres = [(each.centre.latitude, each.centre.longitude) for each in places.districts]
    border = outline(centres)
    return [
        {
            "code": each.code,
            "name": each.name,
            "centre": _short(centre),
            "outline": [_short(corner) for corner in area(centre, centres, border)],
        }
        for each, centre in zip(places.districts, centres, strict=True)
    ]


def outline(centres: Iterable[Point]) -> list[Point]:
    """The convex hull of rounds about all centres, counter-clockwise."""
    steps = [2 * math.pi * number / CORNERS for number in range(CORNERS)]
    return hull(
        (y + MARGIN_DEG * math.sin(step), x + MARGIN_DEG * math.cos(step))
        for y, x in centres
        for step in steps
    )


def hull(points: Iterable[Point]) -> list[Point]:
    """The convex hull (Andrew's monotone chain)."""
    ordered = sorted(set(points))

    def half(line: Iterable[Point]) -> list[Point]:
        made: list[Point] = []
        for point in line:
            while len(made) > 1 and _turn(made[-2], made[-1], point) <= 0:
                made.pop()
            made.append(point)
        return made[:-1]

    return half(ordered) + half(reversed(ordered))


def _turn(one: Point, two: Point, three: Point) -> float:
    return (two[0] - one[0]) * (three[1] - one[1]) - (two[1] - one[1]) * (three[0] - one[0])


def area(centre: Point, centres: Iterable[Point], border: Sequence[Point]) -> list[Point]:
    """What of the border's inside is nearer to ``centre`` than to any other."""
    left = list(border)
    for other in centres:
        if other != centre:
            left = _nearer(left, centre, other)
    return left


def _nearer(corners: Sequence[Point], centre: Point, other: Point) -> list[Point]:
    """The half of a convex area that is nearer to ``centre`` (Sutherland-Hodgman clipping)."""
    towards = (other[0] - centre[0], other[1] - centre[1])
    half = (sum(value**2 for value in other) - sum(value**2 for value in centre)) / 2

    def beyond(point: Point) -> float:
        return point[0] * towards[0] + point[1] * towards[1] - half

    kept: list[Point] = []
    for number, corner in enumerate(corners):
        before = corners[number - 1]
        here, there = beyond(corner), beyond(before)
        if (here <= 0) != (there <= 0):
            part = there / (there - here)
            kept.append(
                (
                    before[0] + part * (corner[0] - before[0]),
                    before[1] + part * (corner[1] - before[1]),
                )
            )
        if here <= 0:
            kept.append(corner)
    return kept


def _short(point: Point) -> list[float]:
    return [round(point[0], 4), round(point[1], 4)]
