import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ops.simulate import QuestionError, simulate
from router.live import Item
from siaga.plan import PlanError
from siaga.plan.live import Override

PLANS = Path(__file__).parents[4] / "plans"
KUTIM = PLANS / "kutim.yaml"
NO_QUESTION: dict[str, Any] = {
    "press": None, "at": None, "down": [], "silent": [], "answer": None, "area": None,
    "caller": None, "trunk_down": False, "live": (), "crowded": False, "compare": None,
    "as_json": False,
}  # fmt: skip


def asked(plan: Path = KUTIM, **question: Any) -> int:
    return simulate(plan, **NO_QUESTION | question)


def test_a_call_is_told_second_by_second(capsys: pytest.CaptureFixture[str]) -> None:
    """The call is told in lines, each with its second, Indonesian first."""
    assert asked(press="1", at="2026-12-25 02:10", down=["damkar"], answer="kominfo") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith(", 2026-12-25 02:10")
    assert lines[1] == "    0,0 s  panggilan masuk / the call arrives"
    assert [line.partition("s  ")[2] for line in lines[4:]] == [
        "→ Kebakaran (fire): tombol / by a key",
        "Damkar (damkar)",
        "  tidak ada telepon yang siap / no telephone to ring",
        "Dinas Kominfo (kominfo): berdering / rings, 20 s",
        "  dijawab / answered",
        "dijawab oleh kominfo / answered by kominfo",
    ]


def test_a_caller_who_presses_nothing_may_be_silent(capsys: pytest.CaptureFixture[str]) -> None:
    """What becomes of him then is told where the plan has it, and of nobody else."""
    full = PLANS / "contoh-lengkap.yaml"
    assert asked(full, at="2026-11-25 10:00", answer="kominfo", caller="0812000111") == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.endswith(
        "if nothing is heard: 10 s, watched for 120 s, then Petugas again; "
        "with a sound or a key at once"
    )
    assert asked(full, press="1", at="2026-11-25 10:00", answer="damkar") == 0
    assert "watched" not in capsys.readouterr().out


def set_until(key: str, end: datetime, target: str | None = None) -> Item:
    override, _, name = key.partition("/")
    return Item(Override(override), name, end, target, "uji", "ani")


def test_live_state_is_met_until_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    """Damkar, closed until 03:00, is not rung at 02:59 and is at 03:00 of the centre's time."""
    end = datetime(2026, 12, 24, 19, tzinfo=UTC)
    closed = [set_until("closed/damkar", end)]
    assert asked(press="1", at="2026-12-25 02:59", live=closed) == 0
    assert "Damkar (damkar): berdering" not in capsys.readouterr().out
    assert asked(press="1", at="2026-12-25 03:00", live=closed) == 0
    assert "Damkar (damkar): berdering" in capsys.readouterr().out


def test_live_state_of_another_plan_is_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    """What the plan does not know changes nothing; a known agency diverted to nowhere is told."""
    end = datetime(2026, 12, 26, tzinfo=UTC)
    question = {"press": "1", "at": "2026-12-25 02:10"}
    assert asked(**question) == 0
    usual = capsys.readouterr().out
    strange = [set_until("closed/polda", end), set_until("divert/polda", end, "polri")]
    assert asked(**question, live=strange) == 0
    assert capsys.readouterr().out == usual
    with pytest.raises(QuestionError, match="--live: divert damkar: there is no 'polri'"):
        asked(**question, live=[set_until("divert/damkar", end, "polri")])


def test_every_kind_of_event_has_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    """The full example, followed for rounds, is told without a gap in the words."""
    plan = PLANS / "contoh-lengkap.yaml"
    question = {"at": "2026-12-02 22:10", "area": "contoh-utara", "trunk_down": True}
    assert asked(plan, press="91", **question) == 0
    assert asked(plan, press="31", silent=["bpbd"], **question) == 0
    assert asked(plan, press="2", caller="hidden", **question) == 0
    assert asked(plan, press="2", **question) == 0
    assert asked(plan, press="2", crowded=True, **question) == 0
    told = capsys.readouterr().out
    for words in (
        "terlalu banyak panggilan, tanpa menu / too many calls, no menu",
        "diucapkan / said (en): announce-banjir",
        "pos / post Pos Utara (pos_utara)",
        "nomor luar / outside number 0549000201",
        "poliklinik tutup atau dialihkan: rsud menggantikan",
        "tanpa nomor / no number",
        "upaya terakhir, putaran 2 / last resort, round 2",
        "selagi menunggu / said while waiting: all-busy",
        "semua telepon semua instansi / all handsets of all agencies: berdering",
        "dan seterusnya sampai penelepon menutup",
    ):
        assert words in told


def test_machines_get_events_and_path(capsys: pytest.CaptureFixture[str]) -> None:
    """With JSON the same call is one object, its path beside its events."""
    assert asked(press="-", at="2026-12-25 02:10", silent=["kominfo"], as_json=True) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["at"] == "2026-12-25 02:10"
    assert report["events"][0] == {"at_ms": 0, "kind": "arrival"}
    assert report["events"][-1]["name"] == "damkar"
    assert report["path"] == [
        ["choice", "operator", "no_input"],
        ["step", "kominfo", "queue", "no_answer"],
        ["step", "damkar", "queue", "answered"],
    ]


def test_two_plans_are_compared(capsys: pytest.CaptureFixture[str]) -> None:
    """What changes is told in both languages; nothing changing is said, too."""
    polres = PLANS / "kutim-polres.yaml"
    assert asked(polres, compare=KUTIM) == 0
    assert capsys.readouterr().out == (
        "- order: sekarang polres berdering dulu, sebelumnya kominfo\n"
        "  order: now rings polres first, before: kominfo\n"
        "- instansi baru: polres\n"
        "  agencies added: polres\n"
    )
    assert asked(polres, compare=polres) == 0
    assert "nothing changes for callers" in capsys.readouterr().out
    assert asked(polres, compare=KUTIM, as_json=True) == 0
    assert len(json.loads(capsys.readouterr().out)["changes"]) == 2


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ({"down": ["damkr"]}, "did you mean 'damkar'?"),
        ({"silent": ["rsut"]}, "did you mean 'rsud'?"),
        ({"answer": "kominfoo"}, "did you mean 'kominfo'?"),
        ({"at": "25-12-2026"}, "2026-12-25 02:10"),
        ({"press": "1a"}, "'a' bukan tombol / is no key"),
        ({"caller": "0811 12"}, "bukan nomor / is no number"),
        ({"area": "utara"}, "there is no 'utara'"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(question: dict[str, Any], words: str) -> None:
    """Unknown names and values are refused with what to write instead, as wrong usage."""
    with pytest.raises(QuestionError) as caught:
        asked(**question)
    assert words in str(caught.value)
    assert caught.value.exit_status == 2


def test_a_plan_with_mistakes_is_not_simulated(tmp_path: Path) -> None:
    """A plan that cannot be used is refused with its problems."""
    bad = tmp_path / "bad.yaml"
    bad.write_text("centre: {}\n", encoding="utf-8")
    with pytest.raises(PlanError):
        asked(bad)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({"flagged": True}, "nomor ditandai, tak terdengar apa-apa"),
        ({"flagged": True, "press": "1"}, "nomor ditandai, ada orangnya"),
        ({"press": "1"}, "nomor ditandai, ada orangnya"),
        ({"press": "1", "caller": "081234567891"}, "Kebakaran (fire)"),
        ({"press": "1", "at": "2026-12-26 02:10"}, "Kebakaran (fire)"),
    ],
)
def test_a_flagged_number_is_warned(
    question: dict[str, Any], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """By hand or by the live state as long as that lasts; then the operators."""
    flag = set_until("flag/6281234567890", datetime(2026, 12, 25, tzinfo=UTC))
    asked(**{"caller": "+6281234567890", "at": "2026-12-25 02:10", "live": [flag]} | question)
    told = capsys.readouterr().out
    assert said in told
    if "ditandai" in said:
        assert "diucapkan / said (id): challenge" in told
        assert "Dinas Kominfo (kominfo): berdering" in told
        assert "Kebakaran" not in told
