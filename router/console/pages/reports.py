"""The figures of the service: of a day, a week or a month, beside those of the one before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from aiohttp import web

from router.console import render
from router.console.context import desk, visit
from router.console.failures import refused
from router.console.lanes import BusyError
from router.console.reports import dates
from router.console.reports.asked import ALL, SHOWN, AskedError, asked
from router.console.reports.beside import tables
from router.console.reports.files import FILES, TOTAL, file
from router.console.reports.view import COLUMNS, SLOT_COLUMNS, View
from router.console.route import HEARERS, Route
from router.console.words import speaker
from router.report import goals
from router.report.report import Report
from router.report.spans import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from router.console.words import Language


TILES: Final = ("calls", "wait_p50_s", "wait_p90_s", "abandoned", "lost")


async def _view(request: web.Request) -> View:
    """Raises: AskedError, BusyError."""
    stands, plan = desk(request), desk(request).plan()
    now = stands.now()
    wanted = asked(request.query, now, ZoneInfo(plan.centre.timezone))
    found, earlier = await stands.reports.compared(wanted.period, wanted.compared)
    report = Report(plan, wanted.period, found, now, stands.reports.regency)
    return View(wanted, report, earlier, visit(request).language)


async def _show(request: web.Request) -> web.StreamResponse:
    language = visit(request).language
    try:
        view = await _view(request)
    except AskedError as error:
        given = {name: request.query.get(name, "")[:40] for name in ("span", "on", "by")}
        return render.page(request, "reports-asked.html", status=400, word=error.word, given=given)
    except BusyError:
        return refused(request, 503, "busy", speaker(language)("reports.busy"))
    return render.page(
        request, "reports.html", view=view, asked=view.asked, **_told(view, language)
    )


def _told(view: View, language: Language) -> dict[str, Any]:
    """What the page says beside the figures themselves."""
    wanted, total = view.asked, view.report.collected.tally.total
    period, now = wanted.period, wanted.now.astimezone(wanted.period.zone)
    on = period.first if wanted.is_over else now.date()
    return {
        "kinds": list(Kind),
        "ons": dict.fromkeys(Kind, on),
        "period_name": dates.period(wanted.kind, period, language),
        "earlier_name": dates.period(wanted.kind, wanted.earlier, language),
        "read_at": dates.moment(now, language),
        "slots": [(slot, *dates.slot(wanted.kind, slot, language)) for slot in view.slots()],
        "shown": SHOWN,
        "all": ALL,
        "tiles": [view.line(name) for name in TILES],
        "goals": [
            (
                goal,
                view.line(f"share_{goal.seconds}"),
                view.line(f"late_{goal.seconds}"),
                goal.met(total),
            )
            for goal in goals(view.report.plan)
        ],
        "beside": tables(view),
        "columns": COLUMNS,
        "slot_columns": SLOT_COLUMNS,
    }


async def _file(request: web.Request) -> web.StreamResponse:
    sheet = request.query.get("sheet", TOTAL)
    if sheet not in FILES:
        raise web.HTTPNotFound
    try:
        view = await _view(request)
    except AskedError as error:
        return refused(request, 400, "bad_request", speaker(visit(request).language)(error.word))
    except BusyError:
        return refused(request, 503, "busy", speaker(visit(request).language)("reports.busy"))
    period = view.asked.period
    name = f"laporan-{period.first}_{period.last}-{sheet}.csv"
    return web.Response(
        text=file(view, sheet),
        content_type="text/csv",
        charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def routes() -> Iterator[Route]:
    """The page, and what it shows as files."""
    yield Route("GET", "/reports", _show, HEARERS)
    yield Route("GET", "/reports.csv", _file, HEARERS)
