"""The figures in Prometheus' words: names by its customs, labels of our own words only."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Protocol

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
)
from prometheus_client.registry import Collector

from router.alarms import RULES, Kind
from router.handsets import HandsetState
from router.watch.figures import BUCKETS
from siaga.names import MenuReason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from prometheus_client.metrics_core import Metric

    from router.alarms.core import Alarm
    from router.watch.figures import Figures
    from router.watch.snapshot import Snapshot


class Told(Protocol):
    """What the metrics are made of."""

    figures: Figures

    @property
    def snapshot(self) -> Snapshot:
        """The parts, as last seen."""

    @property
    def raised(self) -> Sequence[Alarm]:
        """Alarms that stand."""

    def alarms(self) -> Mapping[str, Any]:
        """Health of the alarms."""

    def now(self) -> Mapping[str, float]:
        """Counters of the router's parts, by the names that :class:`Metrics` asks for."""

    def names(self) -> tuple[str, str]:
        """The node's, and the version of the plan in force."""


class Metrics(Collector):
    """Asked anew at each scrape."""

    def __init__(self, told: Told) -> None:
        self._told = told

    def collect(self) -> Iterator[Metric]:
        """Everything there is to tell."""
        yield from self._calls()
        yield from self._parts()
        yield from self._phones()
        yield from self._alarms()
        yield from self._tests()

    def _calls(self) -> Iterator[Metric]:
        figures, now = self._told.figures, self._told.now()
        node, plan = self._told.names()
        yield InfoMetricFamily(
            "siaga_plan", "The node and the plan in force.", {"node": node, "version": plan}
        )
        calls = CounterMetricFamily(
            "siaga_calls",
            "Calls that are over, test calls left out.",
            labels=("outcome", "emergency", "tier"),
        )
        for (outcome, emergency, tier), count in sorted(figures.calls.items()):
            calls.add_metric((outcome, emergency, tier), count)
        yield calls
        yield GaugeMetricFamily("siaga_calls_open", "Calls that are up.", now["calls_open"])
        yield CounterMetricFamily(
            "siaga_backfilled_calls", "Calls partly told by the CEL file.", figures.backfilled
        )
        yield HistogramMetricFamily(
            "siaga_wait_seconds",
            "From a call's arrival to two-way talk, menu included.",
            buckets=_buckets(figures.waits),
            sum_value=figures.waited_s,
        )
        menus = CounterMetricFamily("siaga_menus", "Menus that ended.", labels=("trunk", "reason"))
        silent = CounterMetricFamily(
            "siaga_menu_no_input", "Menus in which nothing was pressed.", labels=("trunk",)
        )
        for (trunk, reason), count in sorted(figures.menus.items()):
            menus.add_metric((trunk, reason), count)
        for trunk, count in sorted(_silent(figures.menus).items()):
            silent.add_metric((trunk,), count)
        yield menus
        yield silent

    def _parts(self) -> Iterator[Metric]:
        seen, now = self._told.snapshot, self._told.now()
        gauges = {
            "siaga_ami_connected": ("1: connected to Asterisk.", seen.ami),
            "siaga_menu_up": ("1: the menu took a call on trial.", seen.menu is not False),
            "siaga_database_up": ("1: records are written.", seen.database),
            "siaga_prompts_present": ("1: the menu's prompt is there.", seen.prompts),
            "siaga_store_pending": ("Records that wait to be written.", seen.pending),
            "siaga_recordings_waiting": (
                "Recordings that wait to be filed.",
                now["recordings_waiting"],
            ),
            "siaga_disk_free_bytes": ("Room where recordings are written.", seen.disk_free),
            "siaga_disk_size_bytes": ("Size of that disk.", seen.disk_total),
        }
        for name, (text, value) in gauges.items():
            yield GaugeMetricFamily(name, text, float(value))
        counters = {
            "siaga_ami_events": ("Events that Asterisk told.", now["ami_events"]),
            "siaga_ami_events_dropped": ("Events that found no room.", now["ami_dropped"]),
            "siaga_cel_malformed": ("Lines of the CEL file that are none.", now["malformed"]),
            "siaga_store_written": ("Records committed.", now["written"]),
            "siaga_store_outages": ("Times the database was away.", now["store_outages"]),
            "siaga_store_dropped": ("Records that found no room.", now["store_dropped"]),
        }
        for name, (text, value) in counters.items():
            yield CounterMetricFamily(name, text, value)

    def _phones(self) -> Iterator[Metric]:
        seen = self._told.snapshot
        handsets = GaugeMetricFamily(
            "siaga_handsets", "Handsets by what they do.", labels=("agency", "state")
        )
        duty = GaugeMetricFamily(
            "siaga_agency_on_duty", "1: the agency is to answer now.", labels=("agency",)
        )
        for agency, phones in sorted(seen.handsets.items()):
            count = Counter(phones.values())
            for state in HandsetState:
                handsets.add_metric((agency, state.value), count[state])
            duty.add_metric((agency,), agency in seen.duty)
        yield handsets
        yield duty
        trunks = GaugeMetricFamily(
            "siaga_trunk_up",
            "1: the trunk answers; of those calls can go out by.",
            labels=("trunk",),
        )
        for trunk, state in sorted(seen.trunks.items()):
            trunks.add_metric((trunk,), state is not HandsetState.UNAVAILABLE)
        yield trunks

    def _alarms(self) -> Iterator[Metric]:
        standing = Counter(alarm.kind for alarm in self._told.raised)
        alarms = GaugeMetricFamily(
            "siaga_alarms", "Alarms that stand.", labels=("alarm", "severity")
        )
        for kind in Kind:
            alarms.add_metric((kind.value, RULES[kind].severity.value), standing[kind])
        yield alarms
        health = self._told.alarms()
        yield GaugeMetricFamily(
            "siaga_alarms_unheard", "Alarms that stand and reached nobody.", health["unheard"]
        )
        yield GaugeMetricFamily(
            "siaga_alarm_receiver_up",
            "1: there is a webhook for alarms and it takes them.",
            health["receiver"] == "ok",
        )

    def _tests(self) -> Iterator[Metric]:
        seen = self._told.snapshot
        tests = CounterMetricFamily(
            "siaga_test_calls", "Test calls that are over.", labels=("outcome",)
        )
        for outcome, count in sorted(self._told.figures.tests.items()):
            tests.add_metric((outcome,), count)
        yield tests
        yield GaugeMetricFamily(
            "siaga_canary_interval_seconds", "Between two test calls; 0: none.", seen.trial_every
        )
        last = seen.trials.last
        success = GaugeMetricFamily(
            "siaga_canary_success", "1: the latest test call was as it must be.", labels=()
        )
        at = GaugeMetricFamily(
            "siaga_canary_last_timestamp_seconds", "When the latest test call ended.", labels=()
        )
        if last is not None:
            success.add_metric((), last.ok)
            at.add_metric((), last.at)
        yield success
        yield at
        ways = GaugeMetricFamily(
            "siaga_canary_way_success", "The same, of each way through the plan.", labels=("way",)
        )
        for way, trial in sorted(seen.trials.ways.items()):
            if way in seen.trials.wanted:
                ways.add_metric((way,), trial.ok)
        yield ways


def _buckets(waits: Sequence[int]) -> list[tuple[str, float]]:
    found, total = [], 0
    for bound, count in zip((*map(str, BUCKETS), "+Inf"), waits, strict=True):
        total += count
        found.append((bound, float(total)))
    return found


def _silent(menus: Mapping[tuple[str, str], int]) -> Counter[str]:
    silent = Counter[str]()
    for (trunk, reason), count in menus.items():
        silent[trunk] += count if reason == MenuReason.NO_INPUT else 0
    return silent


def exposition(told: Told) -> bytes:
    """The text of ``/metrics``, with the router's own memory, files and CPU."""
    registry = CollectorRegistry()
    collectors: Iterable[Collector] = (Metrics(told),)
    for collector in collectors:
        registry.register(collector)
    ProcessCollector(registry=registry)
    return generate_latest(registry)
