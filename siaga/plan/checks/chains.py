"""Chains that come back to whom they left already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from siaga.plan.route import MAX_HOPS
from siaga.plan.words import Words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from siaga.plan.checks.view import View
    from siaga.plan.model import Agency
    from siaga.plan.problems import Problem
    from siaga.plan.source import Path

_TODO: Final = Words(
    "sebut setiap instansi satu kali; last_resort memang diulang terus",
    "name each agency once; the last resort repeats for ever anyway",
)


def chains(view: View) -> Iterator[Problem]:
    """An agency twice in a chain, or in the last resort."""
    for at, chain in view.chains():
        via = [] if chain.via is None else [chain.via]
        yield from _repeated(
            view,
            [
                *(((*at, "via"), name) for name in via),
                ((*at, "agency"), chain.agency),
                *(((*at, "overflow", i), r.agency) for i, r in enumerate(chain.overflow)),
            ],
        )
    resort = view.plan.last_resort
    yield from _repeated(
        view,
        [
            (("last_resort", "agency"), resort.agency),
            *((("last_resort", "overflow", i), r.agency) for i, r in enumerate(resort.overflow)),
        ],
    )


def _repeated(view: View, places: list[tuple[Path, str]]) -> Iterator[Problem]:
    seen = set()
    for path, name in places:
        if name in seen and view.is_meant(name):
            what = Words(
                f"'{name}' sudah mendapat giliran sebelumnya",
                f"'{name}' is rung earlier in this chain already",
            )
            yield view.value(path, what, _TODO, "chain-loop")
        seen.add(name)


def covers(view: View) -> Iterator[Problem]:
    """Agencies that stand in for each other in a circle, or in too long a row."""
    agencies = view.plan.agencies
    told: set[str] = set()
    for name in agencies:
        row = _row(agencies, name)
        circle = row[row.index(row[-1]) : -1] if row[-1] in row[:-1] else []
        at: Path = ("agencies", name, "cover")
        if len(circle) == 1 and circle[0] == name:
            what = Words(f"'{name}' menggantikan dirinya sendiri", f"'{name}' covers itself")
            todo = Words("sebut instansi lain, atau hapus", "name another agency, or none")
            yield view.value(at, what, todo, "cover-loop")
        elif name in circle and not told.intersection(circle):
            way = " → ".join((*circle, circle[0]))
            todo = Words(
                "hapus atau ganti cover salah satunya",
                "let one of them have no cover, or another one",
            )
            what = Words(f"pengganti berputar: {way}", f"covers go round: {way}")
            yield view.value(at, what, todo, "cover-loop")
        elif not circle and len(row) - 1 == MAX_HOPS + 1:
            way = " → ".join(row)
            todo = Words(
                f"paling banyak {MAX_HOPS} yang diikuti: perpendek",
                f"at most {MAX_HOPS} are followed: shorten the row",
            )
            what = Words(
                f"pengganti berturut-turut terlalu banyak: {way}",
                f"too many covers in a row: {way}",
            )
            yield view.value(at, what, todo, "cover-length")
        told.update(circle)


def _row(agencies: Mapping[str, Agency], name: str) -> list[str]:
    """Who stands in for whom, beginning with ``name``; the last may be one of the row."""
    row = [name]
    while (agency := agencies.get(row[-1])) is not None and agency.cover is not None:
        row.append(agency.cover)
        if agency.cover in row[:-1]:
            break
    return row
