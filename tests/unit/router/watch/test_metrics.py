from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import yaml
from prometheus_client.parser import text_string_to_metric_families

from router.alarms.core import Alarm
from router.alarms.kinds import Kind
from router.calls.record import CallRecord, Outcome, Recording, Source
from router.handsets import HandsetState
from router.watch.figures import Figures
from router.watch.metrics import exposition
from router.watch.snapshot import Snapshot
from router.watch.trials import Trial, Trials
from siaga.plan import parse_plan
from siaga.plan.trunks import OWN, UNKNOWN, trunk_of
from siaga.settings import PROJECT

if TYPE_CHECKING:
    from collections.abc import Mapping

BEGAN = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
EMERGENCIES = ("fire", "medical")


def record(call: str, **changes: Any) -> CallRecord:
    base: dict[str, Any] = {
        "emergency": "fire",
        "tier": 1,
        "choice": "digit",
        "outcome": Outcome.ANSWERED,
        "answered": BEGAN + timedelta(seconds=7),
        "ended": BEGAN + timedelta(seconds=60),
    }
    return CallRecord(id=call, node="n", caller="+628115550001", began=BEGAN, **{**base, **changes})


@dataclass
class Centre:
    figures: Figures = field(default_factory=Figures)
    snapshot: Snapshot = field(
        default_factory=lambda: Snapshot(
            at=0,
            handsets={"damkar": {"201": HandsetState.FREE, "202": HandsetState.UNAVAILABLE}},
            duty=frozenset(("damkar",)),
            trunks={"telkom": HandsetState.FREE},
            trials=Trials({"1/damkar": Trial(5.0, ok=True)}, ("1/damkar",), 0.0),
            trial_every=300,
        )
    )
    raised: list[Alarm] = field(default_factory=lambda: [Alarm(Kind.TIER_FELL, "2", "", 1.0)])

    def alarms(self) -> Mapping[str, Any]:
        return {"raised": 1, "unheard": 1, "receiver": "none"}

    def now(self) -> Mapping[str, float]:
        names = "calls_open recordings_waiting ami_events ami_dropped malformed written"
        return dict.fromkeys([*names.split(), "store_outages", "store_dropped"], 3.0)

    def names(self) -> tuple[str, str]:
        return "node1", "e0eb14a83272"


def samples(centre: Centre) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    families = text_string_to_metric_families(exposition(centre).decode())
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def test_each_call_is_counted_once_by_outcome_emergency_and_tier() -> None:
    """A record that comes twice is one call; an emergency the plan lacks is "other"."""
    centre = Centre()
    assert centre.figures.over(record("1"), EMERGENCIES, "telkom")
    assert not centre.figures.over(record("1"), EMERGENCIES, "telkom")
    centre.figures.over(record("2", emergency="x" * 50), EMERGENCIES, "telkom")
    lost = record("3", outcome=Outcome.LOST, answered=None, source=Source.BACKFILL)
    centre.figures.over(lost, EMERGENCIES, "telkom")
    assert not centre.figures.over(record("4", outcome=None, ended=None), EMERGENCIES, "telkom")
    found = samples(centre)
    labels = (("emergency", "fire"), ("outcome", "answered"), ("tier", "1"))
    assert found["siaga_calls_total", labels] == 1
    labels = (("emergency", "other"), ("outcome", "answered"), ("tier", "1"))
    assert found["siaga_calls_total", labels] == 1
    assert found["siaga_backfilled_calls_total", ()] == 1


def test_waits_are_a_histogram() -> None:
    """Two calls that waited 7 s and one that waited 400 s are where they belong."""
    centre = Centre()
    for number in range(2):
        centre.figures.over(record(str(number)), EMERGENCIES, "telkom")
    late = record("9", answered=BEGAN + timedelta(seconds=400))
    centre.figures.over(late, EMERGENCIES, "telkom")
    found = samples(centre)
    assert found["siaga_wait_seconds_bucket", (("le", "6.0"),)] == 0
    assert found["siaga_wait_seconds_bucket", (("le", "8.0"),)] == 2
    assert found["siaga_wait_seconds_bucket", (("le", "300.0"),)] == 2
    assert found["siaga_wait_seconds_bucket", (("le", "+Inf"),)] == 3
    assert found["siaga_wait_seconds_sum", ()] == 414


def test_test_calls_are_counted_apart() -> None:
    """A call recorded in the test folder is in no figure of callers'."""
    centre = Centre()
    test = record("1", recording=Recording("test/2026/11/24/1.wav"))
    centre.figures.over(test, EMERGENCIES, "telkom")
    found = samples(centre)
    assert found["siaga_test_calls_total", (("outcome", "answered"),)] == 1
    assert not [name for name, _ in found if name == "siaga_calls_total"]
    assert found["siaga_wait_seconds_count", ()] == 0


def test_silent_menus_are_counted_by_trunk() -> None:
    """Who pressed nothing is counted for the trunk he came by."""
    centre = Centre()
    centre.figures.over(record("1", choice="no_input"), EMERGENCIES, "telkom")
    centre.figures.over(record("2", choice="digit"), EMERGENCIES, "telkom")
    found = samples(centre)
    assert found["siaga_menu_no_input_total", (("trunk", "telkom"),)] == 1
    assert found["siaga_menus_total", (("reason", "digit"), ("trunk", "telkom"))] == 1


def test_nothing_of_a_caller_is_in_the_metrics() -> None:
    """Neither numbers nor ids nor hostile words of a call are told."""
    centre = Centre()
    evil = 'x"} 1\nsiaga_calls_open 99'
    hostile = record("secret-id", emergency=evil, choice=evil)
    centre.figures.over(hostile, EMERGENCIES, "telkom")
    text = exposition(centre).decode()
    assert "628115550001" not in text
    assert "secret-id" not in text
    assert "99" not in re.findall(r"siaga_calls_open (\S+)", text)
    assert 'emergency="other"' in text


def test_parts_phones_alarms_and_canary_are_told() -> None:
    """What the snapshot says is what a scrape finds."""
    found = samples(Centre())
    assert found["siaga_ami_connected", ()] == 1
    assert found["siaga_handsets", (("agency", "damkar"), ("state", "free"))] == 1
    assert found["siaga_handsets", (("agency", "damkar"), ("state", "busy"))] == 0
    assert found["siaga_trunk_up", (("trunk", "telkom"),)] == 1
    assert found["siaga_alarms", (("alarm", "tier_fell"), ("severity", "critical"))] == 1
    assert found["siaga_alarms", (("alarm", "trunk_dead"), ("severity", "critical"))] == 0
    assert found["siaga_alarms_unheard", ()] == 1
    assert found["siaga_canary_success", ()] == 1
    assert found["siaga_canary_way_success", (("way", "1/damkar"),)] == 1
    assert found["process_resident_memory_bytes", ()] > 0


def test_every_metric_of_the_alert_rules_exists() -> None:
    """An alert on a metric that nobody tells would never ring."""
    centre = Centre()
    centre.figures.over(record("1", choice="no_input"), EMERGENCIES, "telkom")
    centre.figures.over(record("2", recording=Recording("test/1.wav")), EMERGENCIES, "telkom")
    told = {name for name, _ in samples(centre)}
    rules = yaml.safe_load((PROJECT / "ops" / "alerts.rules.yml").read_text(encoding="utf-8"))
    alerts = [rule for group in rules["groups"] for rule in group["rules"]]
    assert len({rule["alert"] for rule in alerts}) == len(alerts)
    for rule in alerts:
        named = set(re.findall(r"\bsiaga_\w+", rule["expr"]))
        assert named or rule["expr"].startswith("up{"), rule
        assert named <= told, (rule["alert"], named - told)
        assert rule["labels"]["severity"] in ("critical", "warning")
        assert rule["annotations"].keys() == {"summary", "todo"}
        for label, value in re.findall(r'(alarm|state)=~?"([^"]*)"', rule["expr"]):
            known = {each.value for each in (Kind if label == "alarm" else HandsetState)}
            assert set(value.split("|")) <= known, rule["alert"]


def test_a_trunk_is_known_by_the_address_that_its_calls_come_from() -> None:
    """Addresses of the plan have its trunk's name, others one of ours, no address none."""
    text = (PROJECT / "plans" / "kutim.yaml").read_text(encoding="utf-8")
    text += "\ntrunks:\n  telkom: {from: [10.1.2.3, 'fd00::7'], area: busang}\n"
    plan = parse_plan(text.encode()).plan
    assert trunk_of(plan, "10.1.2.3") == "telkom"
    assert trunk_of(plan, "fd00::7") == "telkom"
    assert trunk_of(plan, "10.9.9.9") == OWN
    assert trunk_of(plan, None) == UNKNOWN
