"""How the prompts of Kutai Timur sound, made by the real espeak-ng and sox."""

import array
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from ops.render.music import music
from ops.voice import Voice, audio
from router.silence.rules import WARN_S
from siaga.menu import HANDOVER_MS, MENU, OPTIONS, RETRY_NO_INPUT, RETRY_NO_MATCH, too_long
from siaga.plan import compile_menu
from siaga.plan.simulate import CHALLENGE, CHALLENGE_WAIT_S
from siaga.prompts import SubMenuVoice, estimated_ms
from tests.unit.ops.voice_studio import CATALOGUE, KUTIM, VERSION, Studio, kutim, rms, studio

# The prompts of this file are made once.
pytestmark = pytest.mark.xdist_group("voice")

LANGUAGES = ("id", "en")
WIDER = replace(
    kutim(),
    menus={
        "crash": SubMenuVoice(
            {"id": "Kecelakaan", "en": "Accident"}, (("1", "accident"), ("2", "medical"))
        )
    },
    announcements={
        "flood": {"id": "Banjir di Sangatta, tekan empat", "en": "Flood in Sangatta, press four"},
        "long": {
            "id": "Banjir besar di Sangatta Utara. Jauhi sungai, tekan empat untuk evakuasi.",
            "en": "Severe flooding in Sangatta. Leave the river, press four for evacuation.",
        },
    },
)
"""The plan of Kutai Timur with a sub-menu and announcements."""

ULAW_MOST = 32124
"""Largest sample µ-law can say (ITU-T G.711)."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Studio, Voice]:
    room = studio(tmp_path_factory.mktemp("voice"))
    return room, room.build(WIDER)


def seconds(file: Path) -> float:
    return file.stat().st_size / 8000


@pytest.mark.parametrize("language", LANGUAGES)
def test_menu_of_kutai_timur_lasts_at_most_ten_seconds(
    made: tuple[Studio, Voice], language: str
) -> None:
    """The whole menu, as it lies on the disk, is heard within 10 s in the default voice."""
    room, _ = made
    assert 6.0 < seconds(room.file(MENU, language)) <= 10.0


@pytest.mark.parametrize("language", LANGUAGES)
def test_repetitions_are_shorter_than_the_menu(made: tuple[Studio, Voice], language: str) -> None:
    """The options take less than the menu, a retry less than 2.5 s, "please hold" less than 3."""
    room, _ = made
    assert seconds(room.file(OPTIONS, language)) < seconds(room.file(MENU, language)) - 1.5
    assert seconds(room.file(RETRY_NO_INPUT, language)) < 2.5
    assert seconds(room.file(RETRY_NO_MATCH, language)) < 2.5
    assert seconds(room.file("hold", language)) < 3.0


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_flagged_number_too_has_a_human_in_time(
    made: tuple[Studio, Voice], language: str
) -> None:
    """The warning and the silence after it end before a human's telephone must ring."""
    room, _ = made
    warned_s = seconds(room.file(CHALLENGE, language)) + CHALLENGE_WAIT_S
    assert warned_s + HANDOVER_MS / 1000 < KUTIM.plan.menu.human_within
    assert seconds(room.file(CHALLENGE, language)) < 8.0


def test_everything_the_call_path_plays_is_there(made: tuple[Studio, Voice]) -> None:
    """Menu, every music class and the last resort find each prompt in both forms of G.711."""
    room, voice = made
    wanted = {
        (language, prompt)
        for language in LANGUAGES
        for prompt in (MENU, OPTIONS, RETRY_NO_INPUT, RETRY_NO_MATCH, "all-busy")
    }
    wanted |= {(group.language, entry) for group in music(KUTIM) for entry in group.entries}
    for language, prompt in wanted:
        assert seconds(room.file(prompt, language)) > 0.2
        assert seconds(room.file(prompt, language, "alaw")) > 0.2
    assert not voice.warnings


def test_lengths_are_those_of_the_files(made: tuple[Studio, Voice]) -> None:
    """The menu counts with the length each file really has, the same in both forms."""
    room, voice = made
    assert {
        f"{language}/siaga/{VERSION}/{prompt}.{form}": ms
        for language, prompts in voice.prompt_ms.items()
        for prompt, ms in prompts.items()
        for form in ("ulaw", "alaw")
    } == {name: len(data) // 8 for name, data in room.files().items()}
    assert voice.prompt_ms["id"].keys() == voice.prompt_ms["en"].keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_lengths_are_estimated_within_a_quarter(made: tuple[Studio, Voice], language: str) -> None:
    """Every prompt, those of a sub-menu and of announcements too, lasts what was estimated."""
    _, voice = made
    estimated = estimated_ms(WIDER, CATALOGUE)[language]
    assert estimated.keys() == voice.prompt_ms[language].keys()
    wrong = {
        prompt: (estimated[prompt], ms)
        for prompt, ms in voice.prompt_ms[language].items()
        if not 0.75 * ms <= estimated[prompt] <= 1.25 * ms
    }
    assert not wrong


@pytest.mark.parametrize("language", LANGUAGES)
def test_short_announcement_leaves_time_to_answer(
    made: tuple[Studio, Voice], language: str
) -> None:
    """An announcement of a few words with the choices of Kutai Timur is within the plan's limit."""
    _, voice = made
    spec = compile_menu(KUTIM.plan, VERSION, voice.prompt_ms)
    assert f"{language}/announce-flood" not in too_long(spec)
    assert f"{language}/announce-long" in too_long(spec)


def test_an_officer_hears_the_whole_of_what_is_said_before_he_is_freed(
    made: tuple[Studio, Voice],
) -> None:
    """With half a second until the whisper begins, and before the caller is led away."""
    _, voice = made
    for said in voice.prompt_ms.values():
        assert said["silent-freed"] + 500 < WARN_S * 1000


def test_every_prompt_has_telephone_level_and_does_not_clip(made: tuple[Studio, Voice]) -> None:
    """Where there is sound it has -16 dBFS within 1 dB in both forms, and no sample is cut off."""
    room, _ = made
    for file in room.out.rglob("*law"):
        samples = room.listen(file)
        assert audio.level(array.array("h", samples).tobytes()) == pytest.approx(
            audio.LEVEL, abs=1
        ), file
        assert max(map(abs, samples)) < ULAW_MOST, file


def test_speech_keeps_to_the_band_of_a_telephone_line(made: tuple[Studio, Voice]) -> None:
    """Below 250 Hz and above 3600 Hz there is at least 25 dB less than in the band."""
    room, _ = made
    for language in LANGUAGES:
        file = room.file(MENU, language)
        whole = rms(room.listen(file))
        assert rms(room.listen(file, "sinc", "-250")) < whole - 25
        assert rms(room.listen(file, "sinc", "3600")) < whole - 25


def test_prompts_begin_with_speech_and_end_softly(made: tuple[Studio, Voice]) -> None:
    """No time is lost to silence at either end, and neither end is a click."""
    room, _ = made
    for file in room.out.rglob("*.ulaw"):
        samples = room.listen(file)
        assert abs(samples[0]) < 400, file
        assert abs(samples[-1]) < 400, file
        assert max(map(abs, samples[:800])) > 1000, file
        if file.stem != "ring":
            assert max(map(abs, samples[-800:])) > 1000, file


def test_ring_is_the_ringing_tone_of_indonesia(made: tuple[Studio, Voice]) -> None:
    """425 Hz for 1 s, then silence for 4 s (ITU-T E.180)."""
    room, _ = made
    samples = room.listen(room.file("ring"))
    on, off = samples[:8000], samples[8000:]
    crossings = sum(a < 0 <= b for a, b in pairwise(on))
    assert crossings == pytest.approx(425, abs=2)
    assert len(off) == 4 * 8000
    assert max(map(abs, off)) < 20
