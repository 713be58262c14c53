"""The doctor as a whole: its table, its report and its exit status."""

import json
import os
from pathlib import Path

import pytest
from rich.console import Console

from ops import doctor
from ops.doctor import Finding, Status, checks
from ops.doctor.report import table, verdict
from siaga.settings import Settings, load


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load({**os.environ, "SIAGA_HOME": str(tmp_path / "h"), "SIAGA_AMI_PORT": "21038"})


def test_every_finding_that_is_not_ok_says_what_to_do(settings: Settings) -> None:
    """Each part is looked at, and whatever is wrong comes with words in both languages."""
    findings = doctor.diagnose(settings)
    names = [finding.name for finding in findings]
    assert {"python", "asterisk", "plan", "port-ami", "disk", "clock", "time-zone"} <= {*names}
    assert len(names) == len(set(names))
    for finding in findings:
        assert bool(finding.todo) == bool(finding.todo_en) == (finding.status is not Status.OK)


def test_a_check_that_breaks_hides_no_other(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An operating system error in one check is a finding; the others still run."""

    def broken(_settings: Settings) -> list[Finding]:
        raise PermissionError(13, "Permission denied", "/srv/x")

    def well(_settings: Settings) -> list[Finding]:
        return [Finding("well", Status.OK, "")]

    monkeypatch.setattr(checks, "CHECKS", (broken, well))
    findings = doctor.diagnose(settings)
    assert [(finding.name, finding.status) for finding in findings] == [
        ("broken", Status.FAIL),
        ("well", Status.OK),
    ]


@pytest.mark.parametrize(
    ("statuses", "exit_status"),
    [([Status.OK], 0), ([Status.OK, Status.WARN], 0), ([Status.WARN, Status.FAIL], 1)],
)
def test_only_a_failure_makes_the_answer_no(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    statuses: list[Status],
    exit_status: int,
) -> None:
    """Exit status 1 for a failure, 0 for warnings; JSON and table say the same."""
    findings = [Finding(f"n{i}", status, "x", "a", "b") for i, status in enumerate(statuses)]
    monkeypatch.setattr(checks, "CHECKS", (lambda _settings: findings,))
    assert doctor.run(settings, json=True) == exit_status
    document = json.loads(capsys.readouterr().out)
    assert document["ok"] is (exit_status == 0)
    assert [finding["status"] for finding in document["findings"]] == statuses
    assert doctor.run(settings) == exit_status
    assert capsys.readouterr().out.rstrip().endswith(verdict(findings))


def test_what_was_found_is_never_taken_for_markup() -> None:
    """A command line of another program cannot colour or break the report."""
    hostile = "pid 1: [bold red]x[/] [/nope] \x1b[31m"
    console = Console(width=120, record=True, file=Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - ends with the test
    console.print(table([Finding("port", Status.FAIL, hostile, "a", "b")]))
    assert "[bold red]x[/] [/nope]" in console.export_text()
