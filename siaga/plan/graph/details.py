"""The foot of the drawing: agencies with everything that rings there, calendar, trunks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from siaga.plan.graph.canvas import MARGIN, WIDTH, wrapped
from siaga.plan.graph.words import agency_name, both, seconds
from siaga.plan.model import RING_ALL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from siaga.plan.graph.canvas import Canvas
    from siaga.plan.model import Agency, Plan

_CARDS: Final = 4
_GAP: Final = 12
_CARD: Final = (WIDTH - 2 * MARGIN - (_CARDS - 1) * _GAP) / _CARDS
_LINE: Final = 15
_SIZE: Final = 11
_MAX_LINES: Final = 40
"""Of one card; more would not fit on a page."""


def draw_details(canvas: Canvas, plan: Plan) -> None:
    """Lay a card for each agency, then what the calendar and the trunks say."""
    cards = [
        (f"{both(agency.name)}", _lines(_agency(plan, name, agency)))
        for name, agency in plan.agencies.items()
    ]
    _draw_cards(canvas, "Instansi / agencies", cards)
    others = [
        ("Jadwal / schedules", _lines(_schedules(plan))),
        ("Libur / holidays", _lines(_holidays(plan))),
        ("Pengumuman, penutupan / notices, closures", _lines(_notices(plan))),
        ("Saluran / trunks", _lines(_trunks(plan))),
    ]
    if others := [card for card in others if card[1]]:
        _draw_cards(canvas, "Kalender dan saluran / calendar and trunks", others)


def _draw_cards(canvas: Canvas, heading: str, cards: list[tuple[str, list[str]]]) -> None:
    for first in range(0, len(cards), _CARDS):
        row = cards[first : first + _CARDS]
        height = 30 + max(len(lines) for _, lines in row) * _LINE
        if first == 0:
            canvas.heading(heading, height + _GAP)
        top = canvas.room(height + _GAP)
        for column, (head, lines) in enumerate(row):
            x = MARGIN + column * (_CARD + _GAP)
            canvas.box(x, top, _CARD, height, "box")
            canvas.text(x + 10, top + 18, head, style="strong", width=_CARD - 20)
            for index, line in enumerate(lines):
                y = top + 35 + index * _LINE
                canvas.text(x + 10, y, line, size=_SIZE, width=_CARD - 20)


def _lines(texts: Iterator[str]) -> list[str]:
    lines = [line for text in texts for line in wrapped(text, _SIZE, _CARD - 20)]
    if len(lines) > _MAX_LINES:
        return [*lines[: _MAX_LINES - 1], f"… {len(lines) - _MAX_LINES + 1} baris lagi / more"]
    return lines


def _agency(plan: Plan, name: str, agency: Agency) -> Iterator[str]:
    yield f"nama dalam rencana / key: {name}"
    if agency.handsets:
        handsets = " ".join(handset.extension for handset in agency.handsets)
        each = "" if agency.strategy == RING_ALL else f", {seconds(agency.ring_each)}"
        yield f"pesawat / handsets: {handsets} ({agency.strategy}{each})"
    for post in agency.posts.values():
        handsets = " ".join(handset.extension for handset in post.handsets)
        yield f"{post.name.id}: {handsets}, {seconds(post.ring)}: {', '.join(post.areas)}"
    for number in agency.pstn:
        yield f"nomor / number: {number}, {seconds(agency.pstn_ring)}"
    yield f"jam / hours: {agency.hours or 'selalu / always'}"
    if agency.cover:
        yield f"bila tutup / when closed: {agency_name(plan, agency.cover)}"
    if agency.wrap_up:
        yield f"jeda sesudahnya / wrap-up: {seconds(agency.wrap_up)}"
    told = [e.name.id for e in plan.emergencies.values() if name in e.notify]
    if told:
        yield f"diberi tahu / told of: {', '.join(told)}"


def _schedules(plan: Plan) -> Iterator[str]:
    for name, schedule in plan.schedules.items():
        lines = "; ".join(hours.text for hours in schedule.hours)
        holidays = "" if schedule.holidays == "closed" else " (juga hari libur / holidays too)"
        yield f"{name}: {lines}{holidays}"
    for exception in plan.exceptions:
        hours = ", ".join(map(str, exception.hours)) or "tutup / closed"
        yield f"{exception.on} {exception.schedule}: {hours}"


def _holidays(plan: Plan) -> Iterator[str]:
    for day, name in sorted(plan.holidays.items()):
        yield f"{day} {name}"


def _notices(plan: Plan) -> Iterator[str]:
    for name, notice in plan.announcements.items():
        dates = (notice.begin, notice.end)
        begin, end = (f"{at:%Y-%m-%d %H:%M}" if at else "…" for at in dates)
        when = f"{begin} … {end}" if any(dates) else "bila dinyalakan / when switched on"
        yield f"{name} ({when}): {notice.text.id}"
    for closure in plan.closures:
        agency = agency_name(plan, closure.agency)
        yield (
            f"{agency} tutup / closed {closure.begin:%Y-%m-%d %H:%M} …"
            f" {closure.end:%Y-%m-%d %H:%M}: {closure.reason}"
        )


def _trunks(plan: Plan) -> Iterator[str]:
    for name, trunk in plan.trunks.items():
        sends = f"ke / to {trunk.host}:{trunk.port}" if trunk.host else "masuk saja / in only"
        yield f"{name}: {sends}"
        if trunk.sources:
            yield f"dari / from: {', '.join(trunk.sources)}"
        if trunk.may_send:
            yield f"boleh / may send: {', '.join(trunk.may_send)}"
        if trunk.area:
            yield f"kecamatan / area: {trunk.area}"
