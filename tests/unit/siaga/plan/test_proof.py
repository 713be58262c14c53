from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from siaga.plan import Plan, compile_menu, load_plan
from siaga.plan.live import NOTHING, Live
from siaga.plan.proof import CounterExample, prove
from siaga.plan.source import parse

PLANS = Path(__file__).parents[4] / "plans"
BASE = """
centre: {name: Uji, timezone: Asia/Makassar}
schedules: {kantor: mon-fri 07:30-16:00}
agencies:
  kominfo: {name: Kominfo, handsets: ["101"]}
  damkar: {name: Damkar, handsets: ["201"]}
  rsud: {name: RSUD, handsets: ["301"]}
emergencies:
  fire: {name: Kebakaran, agency: damkar, ring: 20s, overflow: [kominfo]}
  medical: {name: Medis, agency: rsud, ring: 20s, overflow: [kominfo]}
menu: {digits: {"1": fire, "2": medical}, languages: {"9": en}, default: medical}
trunks: {utama: {host: 192.0.2.1, may_send: ["0"]}}
last_resort: {agency: kominfo}
"""
PROMPTS = {"menu": 6000, "options": 4000, "retry-no-input": 2000, "retry-no-match": 2000}
PROMPTS |= {"all-busy": 4000, "ring": 1000}


def changed(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    found = dict(base)
    for key, value in changes.items():
        inner = found.get(key)
        merge = isinstance(value, dict) and isinstance(inner, dict)
        found[key] = changed(inner, value) if merge else value
    return found


def tree(text: str) -> dict[str, Any]:
    value = parse(text.encode()).value
    assert isinstance(value, dict)
    return value


def plan_of(changes: str) -> Plan:
    return Plan.model_validate(changed(tree(BASE), tree(changes)))


def proof(
    plan: Plan, live: Live = NOTHING, at: datetime | None = None, **extra: int
) -> tuple[CounterExample, ...]:
    lengths = {language: {**PROMPTS, **extra} for language in plan.centre.languages}
    for name in plan.menus:
        for prompt in ("menu", "options", "retry-no-input", "retry-no-match"):
            for said in lengths.values():
                said.setdefault(f"{prompt}-{name}", 2000)
    return prove(plan, compile_menu(plan, "0" * 12, lengths), live, at)


@pytest.mark.parametrize("changes", ["{}"])
def test_the_base_of_these_tests_is_proven(changes: str) -> None:
    """The plan that the dead ends below are planted into has none itself."""
    assert proof(plan_of(changes)) == ()


@pytest.mark.parametrize("name", ["kutim", "kutim-via-kominfo", "kutim-polres", "minimal"])
def test_the_plans_we_ship_are_proven(name: str) -> None:
    """Nobody is stranded by a plan that we ship."""
    assert proof(load_plan(PLANS / f"{name}.yaml").plan) == ()


PLANTED: dict[str, tuple[str, str, tuple[str | int, ...]]] = {
    "an agency that no chain names": (
        """last_resort: {everyone: 0s}""",
        (
            "Monday 00:00, fire, Kominfo and Damkar have no handset: 45 s in, "
            "nobody left to ring, though RSUD could be"
        ),
        ("last_resort", "everyone"),
    ),
    "an agency that only one emergency names": (
        """last_resort: {everyone: 0s, overflow: [rsud]}""",
        (
            "Monday 00:00, medical, Kominfo and RSUD have no handset: 45 s in, "
            "nobody left to ring, though Damkar could be"
        ),
        ("last_resort", "everyone"),
    ),
    "a closed agency without cover": (
        """
        agencies: {damkar: {hours: kantor}}
        last_resort: {everyone: 0s, overflow: [rsud, damkar]}""",
        (
            "Monday 00:00, fire, Kominfo and RSUD have no handset: 45 s in, "
            "nobody left to ring, though Damkar could be"
        ),
        ("last_resort", "everyone"),
    ),
    "a public holiday": (
        """
        schedules: {kantor: daily 00:00-24:00}
        holidays: {"2026-12-25": Hari Natal}
        agencies: {damkar: {hours: kantor}}
        last_resort: {everyone: 0s, overflow: [rsud, damkar]}""",
        (
            "2026-12-25 00:00 (Hari Natal), fire, Kominfo and RSUD have no handset: 45 s in, "
            "nobody left to ring, though Damkar could be"
        ),
        ("last_resort", "everyone"),
    ),
    "an exception": (
        """
        schedules: {kantor: daily 00:00-24:00}
        exceptions: [{on: "2026-12-31", schedule: kantor, hours: ["06:00-12:00"]}]
        agencies: {damkar: {hours: kantor}}
        last_resort: {everyone: 0s, overflow: [rsud, damkar]}""",
        (
            "2026-12-31 00:00 (other hours), fire, Kominfo and RSUD have no handset: 45 s in, "
            "nobody left to ring, though Damkar could be"
        ),
        ("last_resort", "everyone"),
    ),
    "a closure": (
        """
        closures: [{agency: rsud, from: "2026-11-30 08:15", until: "2026-12-02 20:00",
                    reason: Pindah}]
        last_resort: {everyone: 0s, overflow: [rsud, damkar]}""",
        (
            "2026-11-30 08:15 (Pindah), fire, Kominfo and Damkar have no handset: 45 s in, "
            "nobody left to ring, though RSUD could be"
        ),
        ("last_resort", "everyone"),
    ),
    "covers in a circle": (
        """
        agencies: {damkar: {hours: kantor, cover: rsud}, rsud: {hours: kantor, cover: damkar}}
        last_resort: {everyone: 0s, overflow: [rsud, damkar]}""",
        (
            "Monday 00:00, fire, Kominfo has no handset: 45 s in, "
            "nobody left to ring, though Damkar and RSUD could be"
        ),
        ("last_resort", "everyone"),
    ),
    "covers longer than are followed": (
        """
        schedules: {tutup: sun 00:00-00:01}
        agencies:
          a: {name: A, handsets: ["401"], hours: tutup, cover: b}
          b: {name: B, handsets: ["402"], hours: tutup, cover: c}
          c: {name: C, handsets: ["403"], hours: tutup, cover: d}
          d: {name: D, handsets: ["404"], hours: tutup, cover: e}
          e: {name: E, handsets: ["405"], hours: tutup, cover: f}
          f: {name: F, handsets: ["406"]}
        emergencies: {fire: {agency: a}}
        last_resort: {everyone: 0s, overflow: [rsud, damkar]}""",
        (
            "Monday 00:00, fire, Kominfo, Damkar and RSUD have no handset: 45 s in, "
            "nobody left to ring, though A, B, C and 3 more could be"
        ),
        ("last_resort", "everyone"),
    ),
    "two numbers one after the other": (
        """
        agencies: {damkar: {pstn: ["0811", "0812"]}}
        last_resort: {pstn: ["0813"]}""",
        "Monday 00:00, fire, the trunk is down: 65 s in, nobody's telephone has rung for 45 s",
        ("emergencies", "fire", "agency"),
    ),
    "one number for long": (
        """
        agencies: {rsud: {pstn: ["0811"], pstn_ring: 50s}}
        last_resort: {pstn: ["0813"]}""",
        "Monday 00:00, medical, the trunk is down: 65 s in, nobody's telephone has rung for 45 s",
        ("emergencies", "medical", "agency"),
    ),
    "numbers of two agencies in a row": (
        """
        agencies: {damkar: {pstn: ["0811"], pstn_ring: 25s}, rsud: {pstn: ["0812"],
                   pstn_ring: 25s}}
        emergencies: {fire: {overflow: [rsud, kominfo]}}
        last_resort: {overflow: [damkar]}""",
        (
            "Monday 00:00, fire, RSUD has no handset, the trunk is down: 65 s in, "
            "nobody's telephone has rung for 45 s"
        ),
        ("emergencies", "fire", "overflow", 0),
    ),
    "numbers of the last resort": (
        """last_resort: {pstn: ["0811", "0812"]}""",
        "Monday 00:00, fire, the trunk is down: 145 s in, nobody's telephone has rung for 45 s",
        ("last_resort", "pstn"),
    ),
    "comfort longer than the limit": (
        """centre: {limits: {reach: 5s}}""",
        "Monday 00:00, fire: 135 s in, nobody's telephone has rung for 5 s",
        ("last_resort",),
    ),
    "the end of one round and the beginning of the next": (
        """
        agencies: {damkar: {pstn: ["0811"], pstn_ring: 20s}}
        emergencies: {fire: {overflow: []}}
        last_resort: {pstn: ["0813"], pstn_ring: 20s}""",
        (
            "Monday 00:00, fire, Kominfo and Damkar have no handset, the trunk is down: 115 s in, "
            "nobody's telephone has rung for 45 s"
        ),
        ("last_resort", "pstn"),
    ),
    "a chain at night alone": (
        """
        schedules: {malam: ["daily 22:00-24:00", "daily 00:00-06:00"]}
        agencies: {damkar: {pstn: ["0811", "0812"], pstn_ring: 25s}}
        emergencies:
          fire: {agency: kominfo, overflow: [], during: {malam: {agency: damkar}}}
        last_resort: {pstn: ["0813"]}""",
        "Monday 00:00, fire, the trunk is down: 65 s in, nobody's telephone has rung for 45 s",
        ("emergencies", "fire", "during", "malam", "agency"),
    ),
    "numbers that only one emergency reaches": (
        """agencies: {damkar: {pstn: ["0811"]}}""",
        (
            "Monday 00:00, medical, no agency has a handset: 45 s in, "
            "nobody left to ring, though outside numbers could be"
        ),
        ("last_resort", "pstn"),
    ),
    "as the hours change": (
        """
        centre: {limits: {reach: 50s}}
        agencies:
          siang: {name: Siang, handsets: ["501"], hours: kantor, cover: satu}
          satu: {name: Satu, pstn: ["0811"], pstn_ring: 20s}
          dua: {name: Dua, pstn: ["0812"], pstn_ring: 20s}
        emergencies:
          fire: {agency: kominfo, overflow: [],
                 during: {kantor: {agency: kominfo, overflow: [satu, dua]}}}
          medical: {overflow: [kominfo, satu]}
        last_resort: {agency: siang, overflow: [kominfo]}""",
        (
            "as it turns Monday 16:00, fire, the trunk is down: 286 s in, "
            "nobody's telephone has rung for 50 s"
        ),
        ("last_resort", "agency"),
    ),
    "a transfer": (
        """
        agencies: {nomor: {name: Nomor, pstn: ["0812"], pstn_ring: 30s}}
        last_resort: {pstn: ["0813"], pstn_ring: 20s}""",
        (
            "Monday 00:00, transferred to Nomor, Kominfo has no handset, the trunk is down: "
            "45 s in, nobody's telephone has rung for 45 s"
        ),
        ("last_resort", "pstn"),
    ),
}
"""Dead ends: a change that plants one into the base, its story and the place to look at."""


@pytest.mark.parametrize(("changes", "story", "path"), PLANTED.values(), ids=PLANTED)
def test_a_planted_dead_end_is_found(changes: str, story: str, path: tuple[str | int, ...]) -> None:
    """A dead end that an admin may build is found, told as a story, and located."""
    assert (story, path) in [(found.story.en, found.path) for found in proof(plan_of(changes))]


TOLD = {
    "an agency that no chain names": (
        "Senin 00:00, fire, Kominfo dan Damkar tanpa pesawat siap: 45 s berlalu, "
        "tidak ada lagi yang berdering, padahal RSUD masih bisa"
    ),
    "an exception": (
        "2026-12-31 00:00 (jam lain), fire, Kominfo dan RSUD tanpa pesawat siap: 45 s berlalu, "
        "tidak ada lagi yang berdering, padahal Damkar masih bisa"
    ),
    "covers longer than are followed": (
        "Senin 00:00, fire, Kominfo, Damkar dan RSUD tanpa pesawat siap: 45 s berlalu, "
        "tidak ada lagi yang berdering, padahal A, B, C dan 3 lainnya masih bisa"
    ),
    "numbers that only one emergency reaches": (
        "Senin 00:00, medical, semua instansi tanpa pesawat siap: 45 s berlalu, "
        "tidak ada lagi yang berdering, padahal nomor luar masih bisa"
    ),
    "as the hours change": (
        "saat beralih ke Senin 16:00, fire, saluran luar terputus: 286 s berlalu, "
        "sudah 50 s tidak ada telepon yang berdering"
    ),
    "a transfer": (
        "Senin 00:00, disambungkan ke Nomor, Kominfo tanpa pesawat siap, saluran luar terputus: "
        "45 s berlalu, sudah 45 s tidak ada telepon yang berdering"
    ),
}


@pytest.mark.parametrize(("name", "story"), TOLD.items(), ids=TOLD)
def test_a_dead_end_is_told_in_indonesian(name: str, story: str) -> None:
    """The story of a dead end is told in Indonesian as well, part for part."""
    changes, english, _ = PLANTED[name]
    assert (story, english) in [(f.story.id, f.story.en) for f in proof(plan_of(changes))]


def test_agencies_are_called_by_their_name_in_each_language() -> None:
    """A story has an agency's name in the language it is told in."""
    changes = """
    agencies: {damkar: {name: {id: Pemadam, en: Fire brigade}}}
    last_resort: {everyone: 0s}"""
    story = proof(plan_of(changes))[0].story
    assert "Kominfo dan Pemadam tanpa pesawat siap" in story.id
    assert "Kominfo and Fire brigade have no handset" in story.en


SUB_MENU = """
menus: {kecelakaan: {name: Kecelakaan, digits: {"1": fire}, default: medical}}
menu: {digits: {"3": kecelakaan}}"""
ANNOUNCED = "announcements: {banjir: {text: Banjir}}"
MENUS = {
    "the first menu": (
        "{}",
        {"menu": 11500},
        (
            "the menu in Indonesian, nothing pressed: 12.2 s in, nobody's telephone rings yet "
            "(human_within: 12 s)"
        ),
        ("menu", "human_within"),
    ),
    "a sub-menu": (
        SUB_MENU,
        {"menu-kecelakaan": 20000},
        (
            "menu kecelakaan in Indonesian, 3 pressed: 20.7 s in, nobody's telephone rings yet "
            "(human_within: 12 s)"
        ),
        ("menus", "kecelakaan"),
    ),
    "an announcement": (
        ANNOUNCED,
        {"announce-banjir": 13000},
        (
            "announcement banjir in Indonesian, nothing pressed: 13.7 s in, "
            "nobody's telephone rings yet (human_within: 12 s)"
        ),
        ("announcements", "banjir", "text"),
    ),
}


@pytest.mark.parametrize(("changes", "lengths", "story", "path"), MENUS.values(), ids=MENUS)
def test_a_menu_that_takes_too_long_is_found(
    changes: str, lengths: dict[str, int], story: str, path: tuple[str | int, ...]
) -> None:
    """A prompt after which no human can be rung in time is found, wherever it is said."""
    found = proof(plan_of(changes), **lengths)
    assert (story, path) in [(example.story.en, example.path) for example in found]
    assert proof(plan_of(changes), **dict.fromkeys(lengths, 3000)) == ()


def test_a_long_menu_is_found_in_the_second_language_too() -> None:
    """The menu is walked in each language that a key leads to."""
    plan = plan_of("{}")
    spec = compile_menu(plan, "0" * 12, {"id": PROMPTS, "en": PROMPTS | {"menu": 11500}})
    assert [example.story.id for example in prove(plan, spec)] == [
        (
            "menu utama dalam bahasa Inggris, setelah menekan 9: 12.2 s berlalu, "
            "belum ada telepon yang berdering (human_within: 12 s)"
        )
    ]
    assert [example.story.en for example in prove(plan, spec)] == [
        (
            "the menu in English, 9 pressed: 12.2 s in, nobody's telephone rings yet "
            "(human_within: 12 s)"
        )
    ]


def test_a_menu_of_another_plan_is_found() -> None:
    """A compiled menu that leads to an emergency that the plan does not have is found."""
    spec = compile_menu(plan_of("{}"), "0" * 12, {"id": PROMPTS, "en": PROMPTS})
    plan = plan_of("menu: {default: fire}")
    gone = plan.model_copy(update={"emergencies": {"fire": plan.emergencies["fire"]}})
    assert [example.story.en for example in prove(gone, spec)] == [
        "the menu leads to 'medical', which is no emergency of the plan"
    ]


LIVE = {
    "every handset paused": (
        "{}",
        Live(paused=frozenset({"101", "201", "301"})),
        "2026-11-25 02:10, fire, no handset is to be rung: 45 s in, nobody left to ring",
    ),
    "a diversion": (
        "last_resort: {everyone: 0s, overflow: [rsud, damkar]}",
        Live(diverted={"damkar": "rsud"}),
        (
            "2026-11-25 02:10, fire, Kominfo and RSUD have no handset: 45 s in, "
            "nobody left to ring, though Damkar could be"
        ),
    ),
    "a diversion in a circle": (
        "last_resort: {everyone: 0s, overflow: [rsud, damkar]}",
        Live(diverted={"damkar": "rsud", "rsud": "damkar"}),
        (
            "2026-11-25 02:10, fire, Kominfo has no handset: 45 s in, nobody left to ring, "
            "though Damkar and RSUD could be"
        ),
    ),
    "an agency closed by hand": (
        "last_resort: {everyone: 0s, overflow: [rsud, damkar]}",
        Live(closed=frozenset({"rsud"})),
        (
            "2026-11-25 02:10, fire, Kominfo and Damkar have no handset: 45 s in, "
            "nobody left to ring, though RSUD could be"
        ),
    ),
}


@pytest.mark.parametrize(("changes", "live", "story"), LIVE.values(), ids=LIVE)
def test_a_dead_end_made_by_hand_is_found(changes: str, live: Live, story: str) -> None:
    """An override that strands callers is found at the moment it is asked for."""
    plan = plan_of(changes)
    at = datetime(2026, 11, 25, 2, 10)  # noqa: DTZ001 (the centre's own)
    assert proof(plan, at=at) == ()
    assert [example.story.en for example in proof(plan, live, at)] == [story]


def test_an_opened_agency_is_no_dead_end_by_night() -> None:
    """An agency that is opened by hand counts as open."""
    plan = plan_of("""
        agencies: {damkar: {hours: kantor}}
        last_resort: {everyone: 0s, overflow: [rsud, damkar]}""")
    at = datetime(2026, 11, 25, 2, 10)  # noqa: DTZ001 (the centre's own)
    assert proof(plan, at=at)
    assert proof(plan, Live(opened=frozenset({"damkar"})), at) == ()


def test_one_cause_is_one_story() -> None:
    """A hundred emergencies with one mistake are not a hundred stories."""
    many = ", ".join(f"e{n}: {{name: E, agency: damkar}}" for n in range(100))
    digits = ", ".join(f'"{n}": e{n}' for n in range(3, 9))
    found = proof(
        plan_of(f"""
        agencies: {{damkar: {{pstn: ["0811"], pstn_ring: 60s}}}}
        emergencies: {{{many}}}
        menu: {{digits: {{{digits}}}}}
        last_resort: {{pstn: ["0813"]}}""")
    )
    assert len(found) == 1
    assert found[0].others > 99


@pytest.mark.parametrize("rest", ["", "\nlast_resort: {agency: damkar, everyone: 0s}"])
def test_watching_silent_callers_proves_a_plan_neither_better_nor_worse(rest: str) -> None:
    """What follows a watch is the way of the menu's default, at any hour: it was walked already."""
    silent = "callers: {silent: {listen: 10s, hold: 600s}}"
    assert proof(plan_of(silent + rest)) == proof(plan_of("menu: {tries: 2}" + rest))
