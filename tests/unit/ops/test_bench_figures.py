"""The bench's arithmetic: percentiles, limits, what is compared with what, what is written."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.bench.centre import Usage
from ops.bench.entries import Entry
from ops.bench.figures import RATIOS, Figure, Limit, document, met
from ops.bench.measure import Commits
from ops.bench.proc import Memory
from ops.bench.results import Results, figures
from ops.bench.stats import percentile, ratio
from ops.bench.table import notes

USAGE = Usage(asterisk=2.0, children=0.0, ivr=0.1, router=0.3, idle=0.5, calls=100)
RESULTS = Results(
    latency={Entry.FASTAGI: [110.0] * 99 + [150.0], Entry.NATIVE: [100.0] * 99 + [140.0]},
    spoken=USAGE,
    share=USAGE,
    process=replace(USAGE, children=6.0),
    menus={
        Entry.MENU_FASTAGI: replace(USAGE, asterisk=0.6),
        Entry.MENU_PROCESS: replace(USAGE, asterisk=1.0, children=6.0),
        Entry.MENU_NONE: replace(USAGE, asterisk=0.3, ivr=0.0),
    },
    commits=Commits([20.0] * 98 + [99.0, 300.0], [10.0] * 100, 0),
    memory=(
        {"ivr": Memory(20480, 10240), "router": Memory(40960, 20480)},
        {"ivr": Memory(21504, 10240), "router": Memory(40960, 20992)},
    ),
    memory_calls=(500, 2000),
    calls=3000,
    faults=0,
    quick=False,
)


def found(results: Results = RESULTS) -> dict[str, Figure]:
    return {figure.key: figure for figure in figures(results)}


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0.1, 100))
def test_a_percentile_is_a_value_that_so_many_do_not_exceed(
    values: list[float], percent: float
) -> None:
    """The percentile is one of the values, the least that at least that share does not exceed."""
    value = percentile(values, percent)
    share = percent * len(values) / 100
    assert value in values
    assert sum(each <= value for each in values) >= share - 1e-6
    assert sum(each < value for each in values) < share + 1e-6


def test_nothing_measured_is_never_within_a_limit() -> None:
    """A figure without measurements fails, whichever way its limit points."""
    assert math.isnan(percentile([], 50))
    assert math.isnan(ratio(1, 0))
    for limit in (Limit(1.0), Limit(1.0, at_least=True)):
        assert Figure("x", "", "", "", math.nan, limit=limit).met is False
        assert Figure("x", "", "", "", 1.0, 0.0, limit).met is False


@pytest.mark.parametrize(
    ("limit", "ours", "reference", "kept"),
    [
        (Limit(1.15), 115.0, 100.0, True),
        (Limit(1.15), 115.1, 100.0, False),
        (Limit(8, at_least=True), 80.0, 10.0, True),
        (Limit(8, at_least=True), 79.9, 10.0, False),
        (Limit(100), 100.0, None, True),
        (Limit(100), 100.1, None, False),
        (None, 1.0, None, None),
    ],
)
def test_a_limit_holds_up_to_its_value(
    limit: Limit | None, ours: float, reference: float | None, *, kept: bool | None
) -> None:
    """The ratio, or the figure itself where it has no reference, is judged, the bound included."""
    assert Figure("x", "", "", "", ours, reference, limit).met is kept


def test_each_figure_compares_what_it_says() -> None:
    """Every judged ratio is the one of the brief: which numbers stand above and below the line."""
    known = found()
    assert known["digit_to_invite_median"].ratio == pytest.approx(1.1)
    assert known["digit_to_invite_p99"].ratio == pytest.approx(1.1)
    assert known["python_cpu_share"].ratio == pytest.approx(0.4 / 2.0)
    with_menu, without = 1.0 + 6.0 + 0.4, 0.3 + 0.3
    assert known["process_agi_cost"].ratio == pytest.approx((with_menu - without) / (1.0 - without))
    assert known["whole_call_cost"].ratio == pytest.approx(8.4 / 2.4)
    assert known["event_to_commit_p99"].ours == 99.0
    assert known["memory_ivr_rss"].ratio == pytest.approx(1.05)
    assert met(known.values())


def test_children_count_for_asterisk() -> None:
    """CPU of AGI processes stands on Asterisk's side of Python's share."""
    share = found(replace(RESULTS, spoken=replace(USAGE, children=2.0)))["python_cpu_share"]
    assert share.reference == pytest.approx(40.0)


def test_events_that_were_never_committed_fail_the_figure() -> None:
    """However quick the others were, an event left out of the database is a failure."""
    lost = replace(RESULTS.commits, waiting=1)
    assert found(replace(RESULTS, commits=lost))["event_to_commit_p99"].met is False


def test_a_failed_call_fails_the_bench() -> None:
    """Figures over calls that went wrong are not taken for good."""
    assert not met(figures(replace(RESULTS, faults=1)))


def test_quick_reports_memory_without_judging_it() -> None:
    """Growth over a few hundred calls is shown, and no verdict is made of it."""
    grown = (RESULTS.memory[0], dict.fromkeys(("ivr", "router"), Memory(10**6, 10**6)))
    assert not met(figures(replace(RESULTS, memory=grown)))
    quick = found(replace(RESULTS, memory=grown, quick=True))
    assert met(quick.values())
    assert quick["memory_router_uss"].ratio == pytest.approx(10**6 / 20480)


def test_the_document_holds_the_promised_keys_and_is_json() -> None:
    """``bench.json`` has the ratios by their names, the verdict, and no number that JSON lacks."""
    nothing = replace(RESULTS, latency={Entry.FASTAGI: [], Entry.NATIVE: []}, process=None)
    written = document(figures(nothing), calls=3000, quick=False)
    again = json.loads(json.dumps(written, allow_nan=False))
    assert tuple(again["ratios"]) == RATIOS
    assert again["ratios"]["digit_to_invite_median"] is None
    assert again["ratios"]["python_cpu_share"] == 0.2
    assert (again["met"], again["calls"], again["quick"]) == (False, 3000, False)
    assert again["figures"]["python_cpu_share"]["limit"] == "≤ 0.25"


def test_usages_add_up() -> None:
    """Rounds are summed, their idleness weighed by their calls, and a call's part is in ms."""
    both = USAGE + replace(USAGE, idle=0.1, calls=300)
    assert both.total == pytest.approx(4.8)
    assert both.idle == pytest.approx(0.2)
    assert both.each(both.total) == pytest.approx(12.0)


def test_figures_that_mean_the_same_share_a_note() -> None:
    """Each note is said once, with the marks of all figures it belongs to."""
    figure = Figure("x", "", "", "", 1.0, note="same")
    made = notes([figure, replace(figure, note=""), figure, replace(figure, note="other")])
    assert made == ["(1, 3) same", "(4) other"]
