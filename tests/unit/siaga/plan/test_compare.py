import itertools
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga.plan import Plan, load_plan
from siaga.plan.compare import compare
from siaga.plan.source import parse
from siaga.plan.weektime import DAY, WEEK, joined, words

PLANS = Path(__file__).parents[4] / "plans"
TEXT = """
centre: {name: Uji, timezone: Asia/Makassar}
areas: [utara, selatan]
schedules: {kantor: mon-fri 07:30-16:00}
holidays: {2026-12-25: Hari Natal}
agencies:
  kominfo: {name: Kominfo, handsets: ["101"]}
  damkar: {name: Damkar, handsets: ["201"]}
  rsud: {name: RSUD, handsets: ["301"]}
emergencies:
  fire: {name: Kebakaran, agency: damkar, ring: 20s, overflow: [kominfo]}
  medical: {name: Medis, agency: rsud, ring: 20s, overflow: [kominfo]}
menu: {digits: {"1": fire, "2": medical}, languages: {"9": en}, default: medical}
last_resort: {agency: kominfo}
"""


def tree(text: str) -> dict[str, Any]:
    value = parse(text.encode()).value
    assert isinstance(value, dict)
    return value


def changed(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    found = dict(base)
    for key, value in changes.items():
        inner = found.get(key)
        merge = isinstance(value, dict) and isinstance(inner, dict)
        found[key] = changed(inner, value) if merge else value
    return found


def plan_of(changes: str) -> Plan:
    return Plan.model_validate(changed(tree(TEXT), tree(changes)))


OLD = plan_of("{}")
NIGHT = """
emergencies:
  fire: {agency: kominfo, overflow: [damkar], during: {kantor: {agency: damkar,
         overflow: [kominfo]}}}"""

CHANGES = {
    "another agency first, at night": (
        NIGHT,
        [
            (
                "fire outside kantor (fri 16:00 - mon 07:30, mon-thu 16:00-07:30): "
                "now rings kominfo first, before: damkar"
            )
        ],
    ),
    "another agency first, always": (
        "emergencies: {fire: {agency: rsud}}",
        ["fire: now rings rsud first, before: damkar"],
    ),
    "two emergencies alike": (
        "agencies: {kominfo: {pstn: ['0811']}}",
        [
            "fire, medical: times or numbers: now kominfo 0811 30 s, before: -",
            "last resort: times or numbers: now kominfo 0811 30 s, before: -",
        ],
    ),
    "further down a chain": (
        "emergencies: {fire: {overflow: [rsud, kominfo]}}",
        ["fire: now damkar → rsud → kominfo, before: damkar → kominfo"],
    ),
    "another time": (
        "emergencies: {fire: {overflow: [{agency: kominfo, ring: 40s}]}}",
        ["fire: times or numbers: now kominfo queue 40 s, before: kominfo queue 20 s"],
    ),
    "one date": (
        """
        agencies: {rsud: {cover: damkar}}
        closures: [{agency: rsud, from: 2026-11-30 08:00, until: 2026-11-30 17:00,
                    reason: Pindah}]""",
        ["medical on 2026-11-30: now rings damkar first, before: rsud"],
    ),
    "in turn": (
        "agencies: {kominfo: {handsets: ['101', '102'], strategy: linear, ring_each: 5s}}",
        [
            "handsets of kominfo: +102",
            "kominfo rings linear, before: ringall",
            "each handset of kominfo rings 5 s, before: 8 s",
        ],
    ),
    "supervisors": (
        "centre: {supervisors: ['101']}",
        ["may listen in now: 101"],
    ),
    "hours, with a holiday": (
        """
        schedules: {kantor: mon-fri 07:30-16:00}
        agencies: {rsud: {cover: kominfo, hours: kantor}}""",
        [
            (
                "medical outside kantor (fri 16:00 - mon 07:30, mon-thu 16:00-07:30): "
                "now rings kominfo first, before: rsud"
            )
        ],
    ),
    "an emergency more, and its key": (
        """
        emergencies: {flood: {name: Banjir, agency: kominfo}}
        menu: {digits: {"3": flood}}""",
        ["emergencies added: flood", "key 3: now flood, before: nothing"],
    ),
    "a key that leads elsewhere": (
        'menu: {digits: {"2": fire}}',
        ["key 2: now fire, before: medical"],
    ),
    "a sub-menu in place of an emergency": (
        """
        menus: {sakit: {name: Sakit, digits: {"1": medical, "2": fire}, default: medical}}
        menu: {digits: {"2": sakit}}""",
        [
            "key 2: now nothing, before: medical",
            "key 2 then nothing: now medical, before: nothing",
            "key 2 then 1: now medical, before: nothing",
            "key 2 then 2: now fire, before: nothing",
        ],
    ),
    "nothing pressed": (
        "menu: {default: fire, human_within: 10s}",
        [
            "key nothing: now fire, before: medical",
            "the menu's time limit: now 10 s, before: 12 s",
        ],
    ),
    "pranks and ranks": (
        """
        callers: {pranks: {after: 3, within: 30d, for: 7d, reviewer: X1},
                  silent: {listen: 10s, hold: 2m}, rank: [flagged]}""",
        [
            "flags for pranks: now 3 within 720 h, for 168 h, reviewed by X1, before: by hand only",
            "silent callers: now listened to 10 s, watched 120 s, before: by hand",
            "who waits is ranked: now flagged, before: known > digit > unknown > flagged",
        ],
    ),
    "known callers": (
        """
        callers: {known: [{number: "0549300", name: RSUD Uji, emergency: medical}],
                  hidden: fire, repeat: {within: 5m}}""",
        [
            "callers without a number: now fire, before: menu",
            "repeat callers: now 300 s, before: -",
            "known caller added: RSUD Uji → medical",
        ],
    ),
    "a post": (
        """
        agencies:
          damkar: {posts: {satu: {name: Satu, handsets: ["211"], areas: [utara]}}}""",
        [
            "calls from utara: damkar rings post satu first, before: -",
            "handsets of damkar: +211",
        ],
    ),
    "the last resort": (
        "last_resort: {agency: rsud}",
        ["last resort: now rings rsud first, before: kominfo"],
    ),
    "an announcement": (
        "announcements: {banjir: {text: Banjir}}",
        ["announcement added: banjir"],
    ),
    "an agency": (
        'agencies: {polres: {name: Polres, handsets: ["501"]}}',
        ["agencies added: polres"],
    ),
}


@pytest.mark.parametrize(("changes", "sentences"), CHANGES.values(), ids=CHANGES)
def test_a_change_is_told_in_a_sentence(changes: str, sentences: list[str]) -> None:
    """What an admin changes is what is told, and nothing else."""
    assert [change.en for change in compare(OLD, plan_of(changes))] == sentences


def test_changes_are_told_in_indonesian() -> None:
    """The same is told in Indonesian."""
    (change,) = compare(OLD, plan_of(NIGHT))
    assert change.id == (
        "fire di luar kantor (fri 16:00 - mon 07:30, mon-thu 16:00-07:30): "
        "sekarang kominfo berdering dulu, sebelumnya damkar"
    )


@pytest.mark.parametrize("name", ["kutim", "contoh-lengkap", "minimal"])
def test_a_plan_does_not_differ_from_itself(name: str) -> None:
    """Nothing is told where nothing changed."""
    plan = load_plan(PLANS / f"{name}.yaml").plan
    assert compare(plan, plan) == ()


def test_polres_joins() -> None:
    """The police joining changes whom security calls ring, and nothing else of a route."""
    old, new = (load_plan(PLANS / f"{name}.yaml").plan for name in ("kutim", "kutim-polres"))
    assert [change.en for change in compare(old, new)] == [
        "order: now rings polres first, before: kominfo",
        "agencies added: polres",
    ]


STRETCHES = st.lists(
    st.tuples(st.integers(0, WEEK - 1), st.integers(1, 600)).map(
        lambda found: (found[0], min(WEEK, sum(found)))
    ),
    min_size=1,
    max_size=8,
)


@given(STRETCHES)
def test_joined_stretches_cover_the_same_minutes(stretches: list[tuple[int, int]]) -> None:
    """Joining keeps every minute, adds none, and leaves no two that touch."""
    found = joined(stretches)

    def minutes(of: list[tuple[int, int]]) -> set[int]:
        return {minute % WEEK for begin, end in of for minute in range(begin, end)}

    assert minutes(found) == minutes(stretches)
    assert all(one[1] < other[0] for one, other in itertools.pairwise(found))


def test_stretches_of_a_week_in_words() -> None:
    """Days with the same hours are told together, hours past midnight by their first day."""
    night = [(day * DAY + 22 * 60, day * DAY + 30 * 60) for day in range(6)]
    assert words([*night, (6 * DAY + 22 * 60, WEEK), (0, 6 * 60)]) == "daily 22:00-06:00"
    assert words([(0, WEEK)]) == ""
    assert words([(60, 120), (2 * DAY + 60, 2 * DAY + 120)]) == "mon,wed 01:00-02:00"
