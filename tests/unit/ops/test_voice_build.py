"""Recorded takes, the cache, and what happens when something cannot be made."""

import array
import wave
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ops.voice import Tools, remove_versions
from siaga.prompts import script
from siaga.takes import Measure, Take, Takes, words_of
from tests.unit.ops.voice_studio import CATALOGUE, SMALL, VERSION, Studio, rms, studio


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    """A studio in which the small plan was made once."""
    room = studio(tmp_path_factory.mktemp("warm"))
    assert not room.build().warnings
    return room


@pytest.fixture
def room(tmp_path: Path, warm: Studio) -> Studio:
    """A studio of its own that need not make the small plan again."""
    return studio(tmp_path, warm.cache)


def one(warnings: tuple[str, ...]) -> str:
    """The only warning: a line in Indonesian, a line in English."""
    (warning,) = warnings
    assert len(warning.splitlines()) == 2
    return warning


def test_second_start_makes_nothing(room: Studio) -> None:
    """Once made, the tools are only asked for their versions."""
    tools, log = room.counting()
    room.build(using=tools)
    before = room.files()
    log.write_text("")
    room.build(using=tools)
    assert log.read_text() == "--version\n" * 2
    assert room.files() == before


def test_prompts_that_came_with_the_program_are_not_made(room: Studio) -> None:
    """What an image brings is played and not kept once more; damaged, it is made here."""
    tools, log = room.counting()
    room.build(using=tools)
    good = room.files()
    room.cache.rename(room.delivered)
    log.write_text("")
    room.build(using=tools)
    assert log.read_text() == "--version\n" * 2
    assert not room.cache.exists()
    for entry in room.delivered.iterdir():
        entry.write_bytes(b"damaged")
    assert not room.build().warnings
    assert room.files() == good
    assert {entry.read_bytes() for entry in room.delivered.iterdir()} == {b"damaged"}


def test_only_what_changed_is_made(room: Studio) -> None:
    """Another name for an agency costs that one prompt: one phrase is spoken."""
    tools, log = room.counting()
    room.build(using=tools)
    log.write_text("")
    room.build(replace(SMALL, agencies={"damkar": {"id": "Pemadam"}}), using=tools)
    assert len([line for line in log.read_text().splitlines() if "--stdin" in line]) == 1


def test_other_tools_make_the_prompts_anew(room: Studio) -> None:
    """Prompts of an older espeak-ng are not taken for those of a newer one."""
    tools, log = room.counting()
    newer = tools.espeak.read_text().replace("exec", '[ "$1" != --version ] || echo 99\nexec')
    tools.espeak.write_text(newer)
    room.build(using=tools)
    assert "--stdin" in log.read_text()


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[: len(data) // 2],
        lambda data: data[:32],
        lambda data: data[:-1] + bytes([data[-1] ^ 1]),
        lambda data: bytes(len(data)),
        lambda data: data + b"\xff",
    ],
    ids=["empty", "half", "no-sound", "one-bit", "zeroes", "longer"],
)
def test_damaged_cache_is_noticed(room: Studio, damage: Callable[[bytes], bytes]) -> None:
    """Whatever happened to the files of the cache, the prompts are those made at first."""
    room.build()
    good = room.files()
    for entry in room.cache.iterdir():
        entry.write_bytes(damage(entry.read_bytes()))
    assert not room.build().warnings
    assert room.files() == good


def test_damaged_prompt_is_put_right(room: Studio) -> None:
    """A prompt cut short or lost where Asterisk reads it is whole again after a start."""
    room.build()
    good = room.files()
    room.file("menu").write_bytes(b"")
    room.file("hold", form="alaw").unlink()
    room.build()
    assert room.files() == good


def test_prompts_no_longer_wanted_go_and_other_files_stay(room: Studio) -> None:
    """Prompts of an earlier plan and torn writes are removed, what others put there is not."""
    folder = room.file("menu").parent
    english = room.file("menu", "en").parent
    for place in (folder, english):
        place.mkdir(parents=True)
        (place / "calling-polres.ulaw").write_bytes(b"x")
        (place / ".menu.alaw.k3x").write_bytes(b"x")
        (place / "menu.wav").write_bytes(b"x")
    room.build()
    assert not list(room.out.rglob("calling-polres*"))
    assert not list(room.out.rglob(".*"))
    assert (folder / "menu.wav").exists()
    assert [path.name for path in english.iterdir()] == ["menu.wav"]


def test_new_version_lies_beside_the_old_and_makes_only_what_changed(room: Studio) -> None:
    """A version with one other name speaks one phrase; the prompts of the old one are untouched."""
    tools, log = room.counting()
    room.build(using=tools)
    old = room.files()
    log.write_text("")
    changed = replace(SMALL, agencies={"damkar": {"id": "Pemadam"}})
    voice = room.build(changed, using=tools, version="ba9876543210")
    assert len([line for line in log.read_text().splitlines() if "--stdin" in line]) == 1
    new = {name for name in room.files() if "ba9876543210" in name}
    assert {name: data for name, data in room.files().items() if name not in new} == old
    assert {Path(name).stem for name in new} == voice.prompt_ms["id"].keys()


def test_retired_versions_go_and_other_folders_stay(room: Studio) -> None:
    """Only the versions to keep have prompts afterwards; what others put there is not touched."""
    room.build()
    good = room.files()
    room.build(version="ba9876543210")
    stray = room.out / "id" / "siaga" / "menu.ulaw"
    stray.write_bytes(b"of no version")
    own = room.out / "id" / "siaga" / "musik" / "lagu.ulaw"
    own.parent.mkdir()
    own.write_bytes(b"x")
    assert not remove_versions(room.out, {VERSION})
    assert room.files() == {**good, str(own.relative_to(room.out)): b"x"}


@pytest.mark.parametrize(
    "form",
    [
        ("-r", "44100", "-c", "2", "-b", "24"),
        ("-r", "8000", "-c", "1", "-e", "mu-law"),
        ("-r", "48000", "-c", "1", "-e", "floating-point", "-b", "32"),
        ("-r", "16000", "-c", "1", "-e", "ms-adpcm"),
    ],
    ids=["studio", "telephone", "float", "voice-recorder"],
)
def test_recording_goes_before_the_synthetic_voice(room: Studio, form: tuple[str, ...]) -> None:
    """A recording of any common form is heard at its length, without the silence around it."""
    tone = ("synth", "1.5", "sine", "1000", "vol", "0.05", "pad", "0.7", "0.9")
    room.take("menu", *tone, form=form)
    voice = room.build()
    assert not voice.warnings
    assert voice.prompt_ms["id"]["menu"] == pytest.approx(1500, abs=60)
    samples = room.listen(room.file("menu"))
    assert rms(samples) == pytest.approx(-16.15, abs=1.5)
    assert rms(room.listen(room.file("menu"), "sinc", "900-1100")) == pytest.approx(
        rms(samples), abs=1
    )


def test_recording_with_sharp_peaks_is_not_cut_off(room: Studio) -> None:
    """Clicks far above the speech are limited, not clipped at the largest sample."""
    burst, hum = [30000, -30000] * 4, [400, 400, -400, -400] * 98
    take = room.takes / "id" / "menu.wav"
    take.parent.mkdir(parents=True)
    with wave.open(str(take), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(array.array("h", (burst + hum) * 40).tobytes())
    assert not room.build().warnings
    assert 20_000 < max(map(abs, room.listen(room.file("menu")))) < 32_124


def test_recording_that_is_taken_away_gives_way(room: Studio) -> None:
    """A recording changed or removed is heard, or no longer heard, at the next start."""
    room.build()
    synthetic = room.files()
    take = room.take("hold", "synth", "1", "sine", "700")
    assert room.build().prompt_ms["id"]["hold"] == pytest.approx(1000, abs=60)
    room.take("hold", "synth", "2", "sine", "700")
    assert room.build().prompt_ms["id"]["hold"] == pytest.approx(2000, abs=60)
    take.unlink()
    room.build()
    assert room.files() == synthetic


def test_recording_of_the_ring_replaces_the_tone(room: Studio) -> None:
    """The ringing tone, too, can be replaced, as by music."""
    room.take("ring", "synth", "3", "sine", "700")
    assert room.build().prompt_ms["id"]["ring"] == pytest.approx(3000, abs=60)


def _garbage(take: Path) -> None:
    take.write_bytes(b"RIFF\xff\xff\xff\x7fWAVEfmt " + b"\x00" * 90)


def _dangling(take: Path) -> None:
    take.symlink_to("nowhere.wav")


@pytest.mark.parametrize(
    "spoil",
    [_garbage, Path.touch, Path.mkdir, _dangling, lambda take: take.write_text("halo\n")],
    ids=["garbage", "empty", "folder", "dangling", "text"],
)
def test_recording_that_cannot_be_used_is_named(
    room: Studio, spoil: Callable[[Path], None]
) -> None:
    """The synthetic voice speaks in its place, and a warning names the file."""
    room.build()
    synthetic = room.files()
    take = room.takes / "id" / "menu.wav"
    take.parent.mkdir(parents=True)
    spoil(take)
    assert str(take) in one(room.build().warnings)
    assert room.files() == synthetic


def test_silent_recording_is_not_played(room: Studio) -> None:
    """A caller is never left in silence by a recording with nothing in it."""
    room.build()
    synthetic = room.files()
    take = room.take("menu", "trim", "0", "2")
    assert str(take) in one(room.build().warnings)
    assert room.files() == synthetic


def test_recording_nobody_would_hear_is_named(room: Studio) -> None:
    """A misspelled name or another kind of file is reported; one of another plan is not."""
    folder = room.takes / "id"
    folder.mkdir(parents=True)
    for name in ("menus.wav", "hold.mp3", "calling-polres.wav", ".hidden"):
        (folder / name).touch()
    warning = one(room.build().warnings)
    assert "menus.wav" in warning
    assert "hold.mp3" in warning
    assert "polres" not in warning
    assert "hidden" not in warning


def test_voice_that_fails_stops_nothing(tmp_path: Path) -> None:
    """Without espeak-ng there is a warning, the ringing tone, and no file that says nothing."""
    room = studio(tmp_path)
    room.file("menu").parent.mkdir(parents=True)
    room.file("menu").write_bytes(b"of an earlier plan")
    voice = room.build(using=room.failing_espeak())
    warning = one(voice.warnings)
    assert "no voice today" in warning
    assert "id/menu" in warning
    assert voice.prompt_ms == {"id": {"ring": 5000}}
    folder = f"id/siaga/{VERSION}"
    assert set(room.files()) == {f"{folder}/ring.ulaw", f"{folder}/ring.alaw"}


def test_voice_that_fails_later_leaves_what_was_made(room: Studio) -> None:
    """The same words made earlier are still said when the tools no longer work."""
    room.build()
    good = room.files()
    voice = room.build(using=room.failing_espeak())
    assert "no voice today" in one(voice.warnings)
    assert room.files() == good
    nothing = Tools(Path("/nonexistent/espeak-ng"), Path("/nonexistent/sox"))
    assert room.build(using=nothing).prompt_ms == voice.prompt_ms
    assert room.files() == good


def test_recording_made_earlier_survives_broken_tools(room: Studio) -> None:
    """A recording converted once is still played when sox no longer works."""
    room.take("menu", "synth", "2", "sine", "700")
    room.build()
    good = room.files()
    room.build(using=replace(room.tools, sox=Path("/nonexistent/sox")))
    assert room.files() == good


def test_name_that_cannot_be_said_costs_that_prompt_alone(room: Studio) -> None:
    """A name without a sound is a warning; every other prompt is made."""
    before = room.build()
    voice = room.build(replace(SMALL, emergencies={**SMALL.emergencies, "x": {"id": "-"}}))
    assert "id/chosen-x" in one(voice.warnings)
    assert voice.prompt_ms == before.prompt_ms


def test_names_are_spoken_and_never_run(room: Studio) -> None:
    """Shell text, options, markup and control characters in a name are just said."""
    target = room.folder / "pwned"
    for name in (
        f"$(touch {target})",
        f"; touch {target};",
        f"-w {target}",
        f"\x01s900 \x00 `touch {target}`",
        f'<audio src="{target}"/>',
    ):
        voice = room.build(replace(SMALL, agencies={"damkar": {"id": name}}))
        assert not voice.warnings
        assert voice.prompt_ms["id"]["calling-damkar"] > 500
        assert not target.exists()


def test_cache_that_cannot_be_written_costs_no_prompt(tmp_path: Path) -> None:
    """Prompts are made all the same, and a warning says they will be made again."""
    room = studio(tmp_path)
    room.cache.write_text("a file where a folder should be")
    voice = room.build()
    assert "setiap kali" in one(voice.warnings)
    assert {"menu", "hold", "ring"} <= voice.prompt_ms["id"].keys()


def test_place_that_cannot_be_written_costs_that_prompt_alone(room: Studio) -> None:
    """A prompt that cannot be put in its place is a warning, and the menu does not count on it."""
    room.file("menu").mkdir(parents=True)
    voice = room.build()
    assert any("id/menu" in warning for warning in voice.warnings)
    assert "menu" not in voice.prompt_ms["id"]
    assert room.file("hold").stat().st_size > 8000


def own(room: Studio, text: str) -> Takes:
    """A recording of ``hold`` in use, of these words."""
    takes = Takes(room.folder / "own")
    measure = Measure(1000, -20, -3, 0, -60)
    take = Take("20261127T080000-0123abcd", "Ani", "2026-11-27T08:00:00", "a", text, measure)
    wav = room.take(
        "hold", "synth", "2", "sine", "700", form=("-r", "8000", "-c", "1")
    ).read_bytes()
    (room.takes / "id" / "hold.wav").unlink()
    takes.add("id", "hold", take, wav, b"")
    takes.use("id", "hold", take.id)
    return takes


def test_a_recording_counts_for_its_own_words_alone(room: Studio) -> None:
    """One of the plan's words is heard; once the plan says something else it is not."""
    room.build()
    spoken = room.file("hold").read_bytes()
    words = words_of(script(SMALL, CATALOGUE)["id"]["hold"])
    assert not room.build(own=own(room, words)).warnings
    assert 15_000 < len(room.file("hold").read_bytes()) < 17_000
    assert "Rekaman ini mengatakan yang lain" in one(room.build(own=own(room, "lain")).warnings)
    assert room.file("hold").read_bytes() == spoken


def test_a_recording_that_is_damaged_leaves_the_delivered_voice(room: Studio) -> None:
    """112 depends on no recording: one that cannot be read is named, and the voice speaks."""
    room.build()
    spoken = room.file("hold").read_bytes()
    takes = own(room, words_of(script(SMALL, CATALOGUE)["id"]["hold"]))
    takes.file("id", "hold", "20261127T080000-0123abcd").write_bytes(b"RIFFnothing")
    assert "Rekaman tidak dapat dipakai" in one(room.build(own=takes).warnings)
    assert room.file("hold").read_bytes() == spoken
