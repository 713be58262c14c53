from __future__ import annotations

from dataclasses import replace

from router.alarms import Kind
from router.handsets import HandsetState
from router.watch.conditions import found, unknown
from router.watch.parts import document, parts
from router.watch.snapshot import Snapshot
from router.watch.trials import Trial, Trials, read, write

FREE, GONE, DUNNO = HandsetState.FREE, HandsetState.UNAVAILABLE, HandsetState.UNKNOWN
NOW = 1_800_000_000.0
WELL = Snapshot(
    at=NOW,
    handsets={"damkar": {"201": FREE, "202": GONE}, "rsud": {"301": FREE}},
    duty=frozenset(("damkar", "rsud")),
    trunks={"telkom": FREE},
)
HEARD = {"raised": 0, "unheard": 0, "waiting": 0, "dropped": 0, "receiver": "ok"}


def kinds(now: Snapshot) -> set[tuple[Kind, str]]:
    return set(found(now))


def bad(now: Snapshot, alarms: dict[str, object] = HEARD) -> set[str]:
    return {part.name for part in parts(now, alarms) if not part.ok}


def test_a_well_centre_has_nothing_wrong() -> None:
    """One free handset an agency is enough; nothing is found, every part is well."""
    assert kinds(WELL) == set()
    assert bad(WELL) == set()
    assert document(parts(WELL, HEARD))["ok"] is True


def test_each_part_that_is_away_is_named() -> None:
    """AMI, menu, database, disk: each is an alarm of its own and a part that is not well."""
    broken = replace(
        WELL, ami=False, menu=False, database=False, pending=7, disk_free=1 << 20, prompts=False
    )
    assert kinds(broken) == {
        (Kind.AMI_AWAY, ""),
        (Kind.MENU_AWAY, ""),
        (Kind.DATABASE_AWAY, ""),
        (Kind.DISK_LOW, ""),
    }
    assert bad(broken) == {"asterisk", "menu", "database", "disk", "prompts"}


def test_calls_are_taken_without_database_and_disk() -> None:
    """A full disk and a dead database do not make a node unready; a dead menu does."""
    assert document(parts(replace(WELL, database=False, disk_free=0), HEARD))["ok"] is True
    assert document(parts(replace(WELL, menu=False), HEARD))["ok"] is False


def test_an_agency_without_handsets_is_missed_only_on_duty() -> None:
    """An agency whose handsets are all away is an alarm, unless the plan has it closed now."""
    away = replace(WELL, handsets={"damkar": {"201": GONE, "202": GONE}, "rsud": {"301": FREE}})
    assert kinds(away) == {(Kind.AGENCY_ABSENT, "damkar")}
    assert bad(away) == {"handsets-damkar"}
    closed = replace(away, duty=frozenset(("rsud",)))
    assert kinds(closed) == set()
    assert bad(closed) == set()


def test_nobody_anywhere_is_not_ready() -> None:
    """With no handset of any agency on the air, the node is not ready for calls."""
    alone = replace(WELL, handsets={"damkar": {"201": GONE}})
    assert document(parts(alone, HEARD))["ok"] is False


def test_what_is_not_known_is_no_alarm() -> None:
    """Without Asterisk, or before handsets are listed, nothing is said of agencies and trunks."""
    dark = replace(WELL, handsets={"damkar": {"201": DUNNO}}, trunks={"telkom": DUNNO})
    assert kinds(dark) == set()
    assert unknown(dark) == {Kind.AGENCY_ABSENT, Kind.TRUNK_DEAD}
    assert unknown(replace(WELL, ami=False)) >= {Kind.AGENCY_ABSENT, Kind.TRUNK_DEAD}
    assert unknown(replace(WELL, menu=None)) == {Kind.MENU_AWAY}


def test_a_dead_trunk_and_a_silent_one_are_named() -> None:
    """A trunk that does not answer, and one whose callers press nothing, are alarms each."""
    dead = replace(WELL, trunks={"telkom": GONE}, silent={"indosat": "40/40"})
    assert kinds(dead) == {(Kind.TRUNK_DEAD, "telkom"), (Kind.MENU_SILENT, "indosat")}


def test_a_webhook_that_is_not_taken_is_an_alarm() -> None:
    """Of its subscription, with what the receiver said."""
    assert found(replace(WELL, hooks={"peta": "HTTP 500"})) == {
        (Kind.HOOK_FAILING, "peta"): "HTTP 500"
    }


def test_canary_that_fails_or_stops_is_an_alarm() -> None:
    """A way that failed, test calls that stopped, and a way untried for a day are each told."""
    wanted = ("1/damkar", "2/rsud")
    tried = Trials({"1/damkar": Trial(NOW - 60, ok=False, wrong="no audio")}, wanted, NOW - 90)
    now = replace(WELL, trial_every=300, trials=tried)
    assert kinds(now) == {(Kind.CANARY_FAILED, "1/damkar")}
    assert bad(now) == {"canary"}
    later = replace(now, at=NOW + 3600)
    assert (Kind.CANARY_STALE, "") in kinds(later)
    next_day = replace(now, at=NOW + 90_000)
    assert (Kind.CANARY_STALE, "2/rsud") in kinds(next_day)
    assert kinds(replace(next_day, trial_every=0)) == set()


def test_a_way_that_the_plan_no_longer_has_is_forgotten() -> None:
    """A way that failed and is no longer in the plan holds no alarm up."""
    tried = Trials({"8/polres": Trial(NOW, ok=False, wrong="x")}, ("1/damkar",), NOW)
    assert kinds(replace(WELL, trial_every=300, trials=tried)) == set()


def test_alarms_that_ring_nowhere_are_a_part_that_is_not_well() -> None:
    """No receiver, one that fails, or an alarm nobody took: each is seen, with what to do."""
    for receiver, unheard in (("none", 0), ("failing", 0), ("ok", 2)):
        told = {**HEARD, "receiver": receiver, "unheard": unheard}
        assert bad(WELL, told) == {"alarms"}
        assert all(part.todo and part.todo_en for part in parts(WELL, told) if not part.ok)


def test_trials_survive_their_file(tmp_path: object) -> None:
    """What the test calls' process writes is what the router reads; rubbish reads as nothing."""
    file = tmp_path / "canary.json"  # type: ignore[operator]
    tried = Trials({"1/damkar": Trial(NOW, ok=True, passed=NOW, ms=2100)}, ("1/damkar",), NOW - 5)
    write(file, tried)
    assert read(file) == tried
    for rubbish in ("", "[]", '{"ways": {"x": 1}}', '{"ways": [], "wanted": 1, "since": "x"}'):
        file.write_text(rubbish)
        assert read(file) == Trials()
