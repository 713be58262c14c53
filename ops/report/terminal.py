"""The report on a terminal: the figures in all, by emergency, kecamatan and trunk."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ops.printing import printable
from router.report import By, FinalClass, Mark, goals, helped, words
from router.report.figures import percent, percentile
from router.report.told import BREAKDOWNS, largest
from siaga.plan.words import Words

if TYPE_CHECKING:
    from router.report.report import Report

_WIDTH: Final = 120
"""Of what goes into a file or a pipe."""
SHOWN: Final = (By.EMERGENCY, By.DISTRICT, By.TRUNK)
ROWS_MAX: Final = 20
"""Rows of each; the CSV files have them all."""


def show(report: Report) -> None:
    """Print it."""
    total = None if sys.stdout.isatty() else _WIDTH
    console = Console(file=sys.stdout, markup=False, highlight=False, emoji=False, width=total)
    over = "" if report.is_over else " (belum berakhir / not over)"
    centre = printable(report.plan.centre.name.id)
    console.print(f"{centre}, {words.period(report.period)}{over}\n")
    console.print(_classes(report))
    console.print(_times(report))
    for by in SHOWN:
        console.print(_groups(report, by))


def _classes(report: Report) -> Table:
    tally = report.collected.tally
    shown = _table("Panggilan /\ncalls", "Bagian /\nshare")
    for final in FinalClass:
        count = tally.total.classes[final]
        _row(shown, words.CLASSES[final], count, tally.total.calls)
    shown.add_row(Text("Semua / all"), Text(words.whole(tally.total.calls)), Text(""))
    shown.add_section()
    for mark in Mark:
        _row(shown, words.MARKS[mark], tally.total.marks[mark], tally.total.calls)
    shown.add_section()
    given = tally.total.given
    for each, text in words.GIVEN.items():
        _row(shown, text, given[each], tally.total.calls)
    unclassed = Words("Tidak digolongkan petugas", "Not classed by an officer")
    _row(shown, unclassed, tally.total.calls - given.total(), tally.total.calls)
    shown.add_section()
    shown.add_row(
        Text("Panggilan uji, tidak dihitung / test calls, not counted"),
        Text(words.whole(tally.tests)),
        Text(""),
    )
    return shown


def _times(report: Report) -> Table:
    total = report.collected.tally.total
    shown = _table("Bagian /\nshare", "Sasaran /\ngoal")
    for goal in goals(report.plan):
        share = percent(total.within[goal.seconds], total.due(goal.seconds))
        met = {True: "ya / met", False: "belum / not met", None: "–"}[goal.met(total)]  # noqa: RUF001
        shown.add_row(
            Text(f"Dijawab dalam {goal.seconds} detik / answered within {goal.seconds} s"),
            Text(words.decimal(share, " %")),
            Text(f"{goal.percent} %: {met}"),
        )
    for each in (50, 90, 95):
        shown.add_row(
            Text(f"Waktu sampai bicara, persentil {each} / time to talk, percentile {each}"),
            Text(words.decimal(percentile(total.waits, each), " s")),
            Text(""),
        )
    early = total.left_before[10]
    every = report.collected.accepted.values()
    told, accepted = sum(one.told for one in every), sum(one.accepted for one in every)
    shown.add_row(
        Text(_both(words.ACCEPTED)),
        Text(words.decimal(percent(accepted, told), " %")),
        Text(f"{words.whole(accepted)}/{words.whole(told)}"),
    )
    every_one = helped.everything(report.collected.incidents)
    shown.add_row(
        Text("Kejadian, di lokasi dalam 15 menit / incidents, on scene within 15 min"),
        Text(words.decimal(percent(every_one.in_time, every_one.response.total()), " %")),
        Text(f"{words.whole(every_one.in_time)}/{words.whole(every_one.incidents)}"),
    )
    for text, count in (
        ("Ditutup sebelum 10 detik / abandoned before 10 s", early),
        ("Ditutup sesudah 10 detik / abandoned from 10 s on", total.abandoned - early),
        ("Celah berisi panggilan / gaps with calls", report.collected.gaps.with_calls),
    ):
        shown.add_row(Text(text), Text(words.whole(count)), Text(""))
    return shown


def _groups(report: Report, by: By) -> Table:
    title = _both(BREAKDOWNS[by].title)
    shown = _table("Panggilan /\ncalls", "Bicara /\ntalked", "≤ 15 s", first=title)
    lines, more = largest(report, by, ROWS_MAX)
    for label, counts, _ in lines:
        shown.add_row(
            Text(_both(label)),
            Text(words.whole(counts.calls)),
            Text(words.whole(counts.talked)),
            Text(words.decimal(percent(counts.within[15], counts.due(15)), " %")),
        )
    if more:
        shown.add_row(Text(f"… {more} lagi dalam berkas CSV / more in the CSV file"))
    return shown


def _table(*headings: str, first: str = "") -> Table:
    shown = Table(box=None, padding=(0, 2, 0, 0))
    shown.add_column(first, min_width=62)
    for heading in headings:
        shown.add_column(heading, justify="right", min_width=10)
    return shown


def _row(shown: Table, text: Words, count: int, whole: int) -> None:
    share = words.decimal(percent(count, whole), " %")
    shown.add_row(Text(_both(text)), Text(words.whole(count)), Text(share))


def _both(text: Words) -> str:
    return printable(text.id if text.id == text.en else f"{text.id} / {text.en}")
