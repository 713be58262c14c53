from datetime import datetime
from typing import Any

from siaga.plan import Plan, last_resort, route, transfer_route
from siaga.plan.live import Live
from siaga.plan.route import Situation, resolve
from siaga.plan.source import parse

TEXT = """
centre: {name: Uji, timezone: Asia/Makassar}
areas: [utara, selatan]
schedules: {kantor: mon-fri 07:30-16:00, malam: ["daily 22:00-24:00", "daily 00:00-06:00"]}
agencies:
  kominfo: {name: Kominfo, handsets: ["101"]}
  damkar:
    name: Damkar
    handsets: ["201"]
    pstn: ["0811", "0812"]
    pstn_ring: 25s
    posts:
      utara: {name: Pos Utara, handsets: ["211"], areas: [utara], ring: 5s}
      induk: {name: Pos Induk, handsets: ["212"], areas: [selatan, utara], ring: 8s}
  rsud: {name: RSUD, handsets: ["301"], hours: kantor, cover: klinik}
  klinik: {name: Klinik, handsets: ["401"], hours: kantor}
  nomor: {name: Nomor, pstn: ["0813"]}
emergencies:
  fire:
    name: Kebakaran
    via: kominfo
    agency: damkar
    ring: 20s
    overflow: [rsud, {agency: nomor, ring: 7s}]
    during:
      malam: {agency: damkar, ring: 10s}
      kantor: {agency: rsud, overflow: [{agency: klinik, ring: 40s}]}
  medical: {name: Medis, agency: rsud, overflow: [kominfo]}
menu: {digits: {"1": fire, "2": medical}, default: fire}
last_resort:
  {agency: kominfo, ring: 60s, overflow: [{agency: klinik, ring: 15s}, damkar], pstn: ["0815"],
   pstn_ring: 12s, everyone: 0s}
"""
PLAN = Plan.model_validate(parse(TEXT.encode()).value)
NIGHT = datetime(2026, 11, 25, 2, 10)  # noqa: DTZ001 (the centre's own)
OFFICE = datetime(2026, 11, 25, 9, 0)  # noqa: DTZ001 (as above)
EVENING = datetime(2026, 11, 25, 20, 0)  # noqa: DTZ001 (as above)


def steps(found: Any) -> list[tuple[str, str, float]]:
    return [(s.agency, s.post or s.number or s.kind, s.seconds) for s in found]


def test_via_agency_and_overflow_are_rung_in_order() -> None:
    """The chain is via, the agency with posts, handsets and numbers, then the overflow."""
    assert steps(route(PLAN, "fire", Situation(EVENING, "utara"))) == [
        ("kominfo", "queue", 20),
        ("damkar", "utara", 5),
        ("damkar", "induk", 8),
        ("damkar", "queue", 20),
        ("damkar", "0811", 25),
        ("damkar", "0812", 25),
        ("nomor", "0813", 30),
    ]


def test_the_first_open_schedule_has_another_chain() -> None:
    """During a schedule its chain is rung, with the ring time of its own."""
    assert steps(route(PLAN, "fire", Situation(NIGHT)))[0] == ("damkar", "queue", 10)
    assert steps(route(PLAN, "fire", Situation(OFFICE))) == [
        ("rsud", "queue", 20),
        ("klinik", "queue", 40),
    ]


def test_only_the_posts_of_the_area_are_rung() -> None:
    """A caller whose area has no post, or who has none, goes to all handsets at once."""
    assert steps(route(PLAN, "fire", Situation(NIGHT, "selatan")))[0] == ("damkar", "induk", 8)
    assert steps(route(PLAN, "fire", Situation(NIGHT, "timur")))[0] == ("damkar", "queue", 10)


def test_closed_agencies_are_covered_or_left_out() -> None:
    """Cover is followed while it is closed too, and nobody is rung when there is none."""
    assert resolve(PLAN, "rsud", OFFICE) == "rsud"
    assert resolve(PLAN, "rsud", NIGHT) is None
    assert resolve(PLAN, "rsud", NIGHT, Live(opened=frozenset({"klinik"}))) == "klinik"
    assert steps(route(PLAN, "medical", Situation(NIGHT))) == [("kominfo", "queue", 20)]


def test_live_state_wins_over_the_plan() -> None:
    """A diversion wins over open and closed, and closed by hand over opened by hand."""
    both = frozenset({"rsud"})
    assert resolve(PLAN, "rsud", OFFICE, Live(closed=both)) == "klinik"
    assert resolve(PLAN, "rsud", NIGHT, Live(opened=both, closed=both)) is None
    diverted = Live(opened=both, diverted={"rsud": "damkar"})
    assert resolve(PLAN, "rsud", NIGHT, diverted) == "damkar"


def test_circles_and_unknown_names_ring_nobody() -> None:
    """Diversions in a circle, or to an agency that is not of the plan, end with nobody."""
    circle = Live(diverted={"damkar": "kominfo", "kominfo": "damkar"})
    assert resolve(PLAN, "damkar", OFFICE, circle) is None
    assert resolve(PLAN, "damkar", OFFICE, Live(diverted={"damkar": "polres"})) is None


def test_four_hops_are_followed_and_no_fifth() -> None:
    """From the agency whose turn it is, at most four others are asked."""
    hops = {"kominfo": "damkar", "damkar": "rsud", "rsud": "klinik", "klinik": "nomor"}
    assert resolve(PLAN, "kominfo", OFFICE, Live(diverted=hops)) == "nomor"
    longer = Plan.model_validate(
        parse(TEXT.replace("emergencies:", "  enam: {name: Enam, pstn: ['0819']}\nemergencies:", 1)
              .encode()).value
    )  # fmt: skip
    assert resolve(longer, "kominfo", OFFICE, Live(diverted=hops | {"nomor": "enam"})) is None


def test_the_last_resort_rings_its_places_and_numbers() -> None:
    """A round has the agency, its overflow with cover and numbers; everyone only for a while."""
    assert steps(last_resort(PLAN, Situation(OFFICE, "utara"))) == [
        ("kominfo", "queue", 60),
        ("klinik", "queue", 15),
        ("damkar", "utara", 5),
        ("damkar", "induk", 8),
        ("damkar", "queue", 60),
        ("damkar", "0811", 25),
        ("damkar", "0812", 25),
        ("kominfo", "0815", 12),
    ]


def test_a_transfer_rings_a_closed_agency_but_follows_a_diversion() -> None:
    """An officer who sends a call to a closed agency is obeyed, unless it is diverted."""
    assert steps(transfer_route(PLAN, "rsud", Situation(NIGHT))) == [("rsud", "queue", 60)]
    live = Live(closed=frozenset({"rsud"}), diverted={"rsud": "klinik"})
    assert steps(transfer_route(PLAN, "rsud", Situation(NIGHT, None, live))) == [
        ("klinik", "queue", 60)
    ]
