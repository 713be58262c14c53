from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from siaga.plan import Plan, calendar
from siaga.plan.live import Live
from siaga.plan.situations import between, changes, day_view, distinct, timeline
from siaga.plan.source import parse

TEXT = """
centre: {name: Uji, timezone: Asia/Makassar}
schedules:
  kantor: [mon-thu 07:30-16:00, fri 07:30-11:30]
  malam: {hours: ["daily 22:00-24:00", "daily 00:00-06:00"], holidays: as_usual}
holidays: {2026-12-25: Hari Natal, 2027-01-01: Tahun Baru}
exceptions:
  - {"on": 2026-12-24, schedule: kantor, hours: ["07:30-11:30"]}
  - {"on": 2026-12-25, schedule: malam, hours: []}
  - {"on": 2027-01-01, schedule: kantor, hours: ["10:00-12:00", "08:00-09:00"]}
agencies:
  kominfo: {name: Kominfo, handsets: ["101"]}
  rsud: {name: RSUD, handsets: ["301"], hours: kantor}
  bpbd: {name: BPBD, handsets: ["401"], hours: malam}
closures:
  - {agency: kominfo, from: 2026-11-30 08:15, until: 2026-12-16 20:00, reason: Pindah}
emergencies: {fire: {name: Kebakaran, agency: kominfo}}
menu: {digits: {"1": fire}, default: fire}
announcements:
  nanti: {text: Nanti, from: 2026-12-02 06:00}
  banjir: {text: Banjir, from: 2026-12-01 00:00, until: 2026-12-03 12:00}
  gangguan: {text: Gangguan}
last_resort: {agency: kominfo}
"""
PLAN = Plan.model_validate(parse(TEXT.encode()).value)
WHOLE = st.datetimes(
    min_value=datetime(2026, 11, 20),  # noqa: DTZ001 (the centre's own)
    max_value=datetime(2027, 1, 20),  # noqa: DTZ001 (as above)
)


def at(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M")  # noqa: DTZ007 (the centre's own)


def opened(name: str, day: str) -> list[str]:
    return [str(span) for span in calendar.spans(PLAN, name, date.fromisoformat(day))]


def test_exception_before_holiday_before_weekday() -> None:
    """A date's exception wins over its holiday, and that over its weekday, unless as usual."""
    assert opened("kantor", "2026-12-23") == ["07:30-16:00"]
    assert opened("kantor", "2026-12-24") == ["07:30-11:30"]
    assert opened("kantor", "2026-12-25") == []
    assert opened("kantor", "2027-01-01") == ["08:00-09:00", "10:00-12:00"]
    assert opened("malam", "2027-01-01") == ["00:00-06:00", "22:00-24:00"]
    assert opened("malam", "2026-12-25") == []


def test_hours_begin_with_their_first_minute_and_end_before_their_last() -> None:
    """An agency is open from the first minute on, and closed from the last."""
    assert [calendar.is_open(PLAN, "kantor", at(f"2026-12-23 {clock}")) for clock in
            ("07:29", "07:30", "15:59", "16:00")] == [False, True, True, False]  # fmt: skip
    assert calendar.is_open(PLAN, "kantor", at("2026-12-23 15:59") + timedelta(seconds=59))


def test_a_closure_closes_what_has_no_hours() -> None:
    """An agency that is always open is closed from a closure's beginning up to its end."""
    assert [calendar.is_closed(PLAN, "kominfo", at(moment)) for moment in
            ("2026-11-30 08:14", "2026-11-30 08:15", "2026-12-16 19:59", "2026-12-16 20:00")
            ] == [False, True, True, False]  # fmt: skip


def test_the_first_announcement_in_force_is_said() -> None:
    """Announcements are asked in the plan's order, those by hand as well as those by date."""
    assert calendar.announcement(PLAN, at("2026-11-30 23:59")) is None
    assert calendar.announcement(PLAN, at("2026-12-01 00:00")) == "banjir"
    assert calendar.announcement(PLAN, at("2026-12-02 06:00")) == "nanti"
    silenced = Live(silenced=frozenset({"nanti"}), announced=frozenset({"gangguan"}))
    assert calendar.announcement(PLAN, at("2026-12-03 11:59"), silenced) == "banjir"
    assert calendar.announcement(PLAN, at("2026-12-03 12:00"), silenced) == "gangguan"


def test_moments_are_the_centre_s_own() -> None:
    """A moment of the world becomes the centre's time, and back."""
    moment = at("2026-12-25 02:10")
    world = datetime.fromisoformat("2026-12-24T18:10:00+00:00")
    assert calendar.local(PLAN, world) == moment
    assert calendar.epoch(PLAN, moment) == world.timestamp()


def meaning(moment: datetime) -> tuple[object, ...]:
    """What the calendar says of a moment."""
    return (
        frozenset(name for name in PLAN.schedules if calendar.is_open(PLAN, name, moment)),
        frozenset(name for name in PLAN.agencies if calendar.is_closed(PLAN, name, moment)),
        calendar.announcement(PLAN, moment),
    )


@given(WHOLE)
def test_no_moment_means_anything_that_no_slot_does(moment: datetime) -> None:
    """Whatever the calendar says of any moment, it says of some slot: none is forgotten."""
    assert meaning(moment) in {slot.meaning for slot in timeline(PLAN)}


@given(WHOLE)
def test_a_day_s_view_means_the_same_that_day(moment: datetime) -> None:
    """The plan reduced to a day answers as the whole plan does on that day."""
    view = day_view(PLAN, moment.date())
    for name in PLAN.schedules:
        assert calendar.is_open(view, name, moment) == calendar.is_open(PLAN, name, moment)
    for name in PLAN.agencies:
        assert calendar.is_closed(view, name, moment) == calendar.is_closed(PLAN, name, moment)


def test_a_slot_means_the_same_from_its_beginning_to_its_end() -> None:
    """Within a slot nothing opens or closes, and slots that mean alike are told once."""
    slots = timeline(PLAN)
    for slot in slots:
        last = slot.until - timedelta(seconds=1)
        assert meaning(slot.at) == slot.meaning == meaning(last), slot.label
    meanings = [slot.meaning for slot in distinct(slots)]
    assert len(meanings) == len(set(meanings)) == len({slot.meaning for slot in slots})


def test_slots_are_described_for_people() -> None:
    """A slot of the usual week is told by its weekday, another by its date and reason."""
    labels = {slot.label.en for slot in timeline(PLAN)}
    assert {
        "Friday 11:30",
        "2026-12-25 00:00 (Hari Natal)",
        "2026-12-24 11:30 (other hours)",
        "2026-11-30 08:15 (Pindah)",
    } <= labels
    assert {"Jumat 11:30", "2026-12-24 11:30 (jam lain)"} <= {s.label.id for s in timeline(PLAN)}


def test_changes_pair_what_a_call_may_live_through() -> None:
    """The hour's end is paired with what begins then, and with what begins soon after."""
    pairs = {(old.open, new.open) for old, new in changes(timeline(PLAN), timedelta(0))}
    office, nothing, night = frozenset({"kantor"}), frozenset[str](), frozenset({"malam"})
    assert {(night, nothing), (nothing, office), (office, nothing), (nothing, night)} <= pairs
    assert (office, night) not in pairs
    later = {(old.open, new.open) for old, new in changes(timeline(PLAN), timedelta(hours=6))}
    assert (office, night) in later


def test_the_slots_between_two_moments_begin_with_the_first() -> None:
    """Asked for some hours, only these are told, from the moment itself on."""
    found = between(PLAN, at("2026-12-23 15:10"), at("2026-12-23 22:30"))
    assert [slot.label.en for slot in found] == [
        "2026-12-23 15:10",
        "2026-12-23 16:00",
        "2026-12-23 22:00",
    ]
    assert len(between(PLAN, at("2026-12-23 15:10"), at("2026-12-23 15:10"))) == 1
