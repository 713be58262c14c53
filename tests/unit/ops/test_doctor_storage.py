"""The doctor's checks of disk, prompts, permissions and clock, on real files."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from ops.doctor import Finding, Status, clock, plan, storage, tools
from siaga.settings import PROJECT, Settings, load


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load({"SIAGA_HOME": str(tmp_path / "home"), "SIAGA_RUNTIME": str(tmp_path / "rt")})


def one(findings: object) -> Finding:
    (finding,) = findings  # type: ignore[misc]
    return finding  # type: ignore[no-any-return]


def test_room_is_told_in_hours_of_recording(settings: Settings) -> None:
    """Free bytes are shown as the hours of 16 kB/s that fit, before the home exists too."""
    space, *_ = storage.disk(settings)
    assert "jam rekaman / hours of recording" in space.found


@pytest.mark.parametrize(
    ("hours", "status"),
    [
        (0, Status.FAIL),
        (23.9, Status.FAIL),
        (24, Status.WARN),
        (719, Status.WARN),
        (720, Status.OK),
    ],
)
def test_room_is_graded(hours: float, status: Status) -> None:
    """Less than a day fails, less than 30 days warns."""
    grades = storage.FAIL_HOURS, storage.WARN_HOURS
    assert storage.graded("disk", "", hours, grades, ("a", "b")).status is status


def test_before_the_first_start_everything_is_still_to_be_made(settings: Settings) -> None:
    """A machine that was only just set up is clean: prompts, home and secrets come later."""
    for check in (storage.prompts, storage.home, storage.secrets):
        finding = one(check(settings))
        assert finding.status is Status.OK
        assert "made at first start" in finding.found
    assert not settings.home.exists()


def prompts(settings: Settings, **languages: dict[str, bytes]) -> dict[str, Finding]:
    for language, files in languages.items():
        folder = settings.sounds / language / "siaga"
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            (folder / f"{name}.ulaw").write_bytes(data)
    return {finding.name: finding for finding in storage.prompts(settings)}


def test_whole_prompts_are_ok(settings: Settings) -> None:
    """Both languages with the same prompts, each with sound in it."""
    found = prompts(settings, id={"hello": b"\xff"}, en={"hello": b"\xff"})
    assert [finding.status for finding in found.values()] == [Status.OK, Status.OK]


def test_a_missing_empty_or_absent_prompt_is_named(settings: Settings) -> None:
    """What one language has and the other lacks, and what is empty, is named."""
    found = prompts(settings, id={"hello": b"\xff", "wait": b""}, en={"hello": b"\xff"})
    assert found["prompts-id"].status is Status.FAIL
    assert "wait" in found["prompts-id"].found
    assert found["prompts-en"].status is Status.FAIL
    assert "wait" in found["prompts-en"].found


def test_a_language_without_prompts_fails(settings: Settings) -> None:
    """A language of the plan that has no prompts at all is a failure."""
    assert prompts(settings, id={"hello": b"\xff"})["prompts-en"].status is Status.FAIL


@pytest.mark.parametrize(
    ("mode", "status"), [(0o700, Status.OK), (0o750, Status.OK), (0o755, Status.WARN)]
)
def test_a_home_open_to_others_is_named(settings: Settings, mode: int, status: Status) -> None:
    """Recordings that every account can read are reported with the command that closes them."""
    settings.home.mkdir()
    settings.home.chmod(mode)
    finding = one(storage.home(settings))
    assert finding.status is status
    assert status is Status.OK or f"chmod 0700 {settings.home}" in finding.todo


def test_a_home_that_is_a_file_fails(settings: Settings) -> None:
    """A file where the folder should be cannot hold an instance."""
    settings.home.touch()
    assert one(storage.home(settings)).status is Status.FAIL


@pytest.mark.parametrize(
    ("mode", "status"), [(0o600, Status.OK), (0o640, Status.FAIL), (0o604, Status.FAIL)]
)
def test_passwords_are_for_the_owner_only(settings: Settings, mode: int, status: Status) -> None:
    """secrets.json that anybody else can read is a failure."""
    settings.home.mkdir()
    settings.secrets.touch()
    settings.secrets.chmod(mode)
    assert one(storage.secrets(settings)).status is status


def test_a_home_too_deep_for_the_control_socket_fails(settings: Settings) -> None:
    """Asterisk would cut the socket's path off: found before it is started."""
    assert one(storage.socket_path(replace(settings, home=Path("/srv/siaga")))).status is Status.OK
    deep = replace(settings, home=Path("/" + "x" * 90))
    assert one(storage.socket_path(deep)).status is Status.FAIL


def test_root_is_a_matter_only_when_the_network_can_reach_it(settings: Settings) -> None:
    """On loopback every user is fine."""
    assert one(storage.user(settings)).status is Status.OK


def test_the_clock_is_ahead_of_the_program() -> None:
    """The real clock of the machine that runs the tests is not behind the source files."""
    assert time.time() > Path(clock.__file__).stat().st_mtime
    assert one(clock.time_of_day(load({}))).status is Status.OK


def test_a_clock_that_nothing_keeps_in_step_is_never_a_failure(settings: Settings) -> None:
    """Synchronised or not, known or not: at worst a warning with words."""
    finding = one(clock.synchronised(settings))
    assert finding.status in {Status.OK, Status.WARN}
    assert finding.found


def test_the_plans_zone_is_known_to_python_and_asterisk(settings: Settings) -> None:
    """Asia/Makassar, eight hours ahead, is there."""
    finding = one(clock.zone(settings))
    assert finding.status is Status.OK
    assert "Asia/Makassar" in finding.found
    assert "+0800" in finding.found


def test_a_zone_that_asterisk_would_not_find_fails(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine without tzdata is found, also where Python brings zones of its own."""
    monkeypatch.setattr(clock, "SYSTEM_ZONES", tmp_path)
    finding = one(clock.zone(settings))
    assert finding.status is Status.FAIL
    assert "tzdata" in finding.todo


def test_a_plan_that_is_not_valid_is_told_with_its_place(
    settings: Settings, tmp_path: Path
) -> None:
    """An invalid plan fails before the first start, and warns while an earlier one is in force."""
    bad = tmp_path / "bad.yaml"
    bad.write_text("centre: [\n")
    broken = replace(settings, plan=bad)
    finding = one(plan.plan(broken))
    assert finding.status is Status.FAIL
    assert "bad.yaml:" in finding.found
    assert plan.zone_name(broken) == "Asia/Makassar"
    assert plan.languages(broken) == ("id", "en")
    settings.compiled_plan.parent.mkdir(parents=True)
    settings.compiled_plan.touch()
    assert one(plan.plan(broken)).status is Status.WARN


def test_the_plan_that_comes_with_the_project_is_valid(settings: Settings) -> None:
    """plans/kutim.yaml passes."""
    assert settings.plan == PROJECT / "plans" / "kutim.yaml"
    assert one(plan.plan(settings)).status is Status.OK


def test_missing_tools_are_named_with_their_packages(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tool that does not run is told from one that is not there."""
    monkeypatch.setenv("PATH", "/nonexistent")
    (settings.runtime / "bin").mkdir(parents=True)
    for name in ("sipp", "sox"):
        broken = settings.runtime / "bin" / name
        broken.write_text("#!/bin/sh\nexit 127\n")
        broken.chmod(0o755)
    found = {finding.name: finding for finding in tools.telephony(settings)}
    assert found["sipp"].status is Status.FAIL
    assert "stamp/tools" in found["sipp"].todo
    assert "asterisk-modules" not in found


def test_this_python_is_new_enough(settings: Settings) -> None:
    """The environment that set-up makes satisfies its own doctor."""
    assert one(tools.python_version(settings)).status is Status.OK


def test_modules_that_asterisk_lacks_are_named(settings: Settings) -> None:
    """Those that the configuration loads; before the first start there is none."""
    real = replace(settings, runtime=load({}).runtime)

    def modules() -> Finding:
        return next(each for each in tools.telephony(real) if each.name == "asterisk-modules")

    assert modules().status is Status.OK
    real.etc.mkdir(parents=True)
    listed = "autoload = no\nload = app_queue.so\nload = app_nosuch.so\n"
    (real.etc / "modules.conf").write_text(listed)
    assert modules().status is Status.FAIL
    assert modules().found.endswith(": app_nosuch.so")
