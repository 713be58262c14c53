"""The texts said to callers, filled in from a plan."""

import random
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga.catalogue import Each
from siaga.plan.model import Plan
from siaga.plan.source import parse
from siaga.plan.voice import voice_plan
from siaga.prompts import (
    Catalogue,
    Phrase,
    PromptsError,
    SubMenuVoice,
    VoicePlan,
    clean,
    estimated_ms,
    load_catalogue,
    script,
)
from siaga.settings import PROJECT

FILE = PROJECT / "sounds" / "prompts.yaml"
TEXT = FILE.read_text(encoding="utf-8")
CATALOGUE = load_catalogue(FILE)

PLAN = VoicePlan(
    languages=("id", "en"),
    emergencies={
        "fire": {"id": "Kebakaran", "en": "Fire"},
        "medical": {"id": "Medis", "en": "Medical"},
        "operator": {"id": "Petugas", "en": "An officer"},
    },
    agencies={"rsud": {"id": "RSUD Kudungga", "en": "Kudungga hospital"}},
    digits=(("7", "medical"), ("1", "fire")),
    language_digits={"9": "en", "8": "id"},
)
WIDER = replace(
    PLAN,
    digits=(*PLAN.digits, ("3", "crash")),
    menus={
        "crash": SubMenuVoice(
            {"id": "Kecelakaan", "en": "Accident"}, (("1", "medical"), ("2", "operator"))
        )
    },
    announcements={"flood": {"id": "Banjir di Kudungga RSUD", "en": "Flood, press four"}},
)


def texts(phrases: tuple[Phrase, ...]) -> list[str]:
    return [phrase.text for phrase in phrases]


def edited(tmp_path: Path, old: str, new: str) -> Path:
    """The project's file with one passage changed."""
    assert TEXT.count(old) == 1
    path = tmp_path / "prompts.yaml"
    path.write_text(TEXT.replace(old, new), encoding="utf-8")
    return path


def position(path: Path, passage: str) -> str:
    """``file:line:column`` of a passage that is in the file once."""
    text = path.read_text(encoding="utf-8")
    assert text.count(passage) == 1
    before = text[: text.index(passage)]
    return f"{path}:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


def test_menu_says_everything_in_the_order_of_the_plan() -> None:
    """The menu is 112, recorded, each digit in the plan's order, the other language, an officer."""
    menu = script(PLAN, CATALOGUE)["id"]["menu"]
    assert texts(menu) == [
        "Darurat satu satu dua",
        "panggilan direkam",
        "Medis tujuh",
        "Kebakaran satu",
        "for English nine",
        "atau tunggu petugas",
    ]


def test_other_language_is_offered_in_its_own_voice() -> None:
    """Whoever is to press for a language hears it said in that language, by its voice."""
    made = script(PLAN, CATALOGUE)
    assert made["id"]["menu"][-2] == Phrase("for English nine", CATALOGUE.voices.en)
    assert made["en"]["menu"][-2] == Phrase("Bahasa Indonesia delapan", CATALOGUE.voices.id)


def test_language_the_centre_does_not_speak_is_not_offered() -> None:
    """A digit for a language without prompts is not spoken of."""
    made = script(replace(PLAN, languages=("id",)), CATALOGUE)
    assert list(made) == ["id"]
    assert "for English nine" not in texts(made["id"]["menu"])


def test_each_emergency_and_agency_has_its_prompt_in_every_language() -> None:
    """Every language has the same prompts, one for each emergency and agency among them."""
    made = script(PLAN, CATALOGUE)
    assert made["id"].keys() == made["en"].keys()
    assert made["id"].keys() == {
        "menu", "options", "retry-no-input", "retry-no-match", "hold", "all-busy", "overload",
        "challenge", "silent", "silent-freed", "silent-kept",
        "callback-nobody", "callback-away", "callback-unanswered",
        "dispatch-no-answer", "dispatch-unavailable", "dispatch-already", "dispatch-alone",
        "dispatch-refused",
        "class-emergency", "class-information", "class-prank", "class-ghost", "class-test",
        "desk-nothing", "desk-paused", "desk-resumed", "desk-refused", "desk-forbidden",
        "desk-number", "desk-pin", "desk-in", "desk-out", "desk-wrong",
        "desk-away", "desk-accepted", "dispatch-confirm", "dispatch-unconfirmed",
        "location-asked",
        "chosen-fire", "chosen-medical", "chosen-operator", "calling-rsud",
    }  # fmt: skip
    assert texts(made["id"]["chosen-fire"]) == ["Kebakaran."]
    assert texts(made["en"]["calling-rsud"]) == ["Calling Kudungga hospital."]


def test_retry_names_the_most_urgent_choice() -> None:
    """The short repetition names the first digit of the plan and no other."""
    said = " ".join(texts(script(PLAN, CATALOGUE)["id"]["retry-no-input"]))
    assert "Medis tekan tujuh" in said
    assert "Kebakaran" not in said


def test_plan_without_digits_asks_nobody_to_press() -> None:
    """Phrases that need a digit are left out when the plan has none, the others are said."""
    made = script(replace(PLAN, digits=()), CATALOGUE)["id"]
    assert texts(made["retry-no-input"]) == ["atau tunggu"]
    assert texts(made["options"]) == ["atau tunggu petugas"]


def test_prompt_of_which_nothing_is_left_is_not_made(tmp_path: Path) -> None:
    """A prompt made of options alone does not exist when there are none."""
    old = 'id: ["{options}", atau tunggu petugas]'
    catalogue = load_catalogue(edited(tmp_path, old, 'id: "{options}"'))
    assert "options" not in script(replace(PLAN, digits=()), catalogue)["id"]
    assert texts(script(PLAN, catalogue)["id"]["options"]) == ["Medis tujuh", "Kebakaran satu"]


def test_words_are_pronounced_as_listed_and_only_whole_ones() -> None:
    """An abbreviation is spelled out as listed; a word that merely contains it is not touched."""
    agencies = {"a": {"id": "RSUD Kudungga", "en": "x"}, "b": {"id": "XRSUD", "en": "x"}}
    made = script(replace(PLAN, agencies=agencies), CATALOGUE)["id"]
    assert texts(made["calling-a"]) == ["Menghubungi er es u de Kudungga."]
    assert texts(made["calling-b"]) == ["Menghubungi XRSUD."]


def test_sub_menu_says_its_name_and_every_choice() -> None:
    """The first menu offers the sub-menu by its name, the sub-menu each of its digits."""
    made = script(WIDER, CATALOGUE)
    assert "Kecelakaan tiga" in texts(made["id"]["options"])
    assert texts(made["id"]["menu-crash"]) == [
        "Kecelakaan", "Medis satu", "Petugas dua", "atau tunggu",
    ]  # fmt: skip
    assert texts(made["en"]["options-crash"]) == ["Medical one", "An officer two", "or wait"]
    assert texts(made["id"]["retry-no-input-crash"]) == ["Medis tekan satu", "atau tunggu"]
    assert texts(made["id"]["retry-no-match-crash"])[-1] == "Medis satu atau tunggu"


def test_announcement_is_said_before_the_choices() -> None:
    """What is announced comes first, in each language, then each digit and the other language."""
    made = script(WIDER, CATALOGUE)
    assert texts(made["en"]["announce-flood"])[-5:] == [
        "Flood, press four", "Medical seven", "Fire one", "Accident three",
        "Bahasa Indonesia delapan",
    ]  # fmt: skip
    assert texts(made["id"]["announce-flood"])[2] == "Banjir di Kudungga er es u de"


def test_words_of_a_plan_are_all_handed_on() -> None:
    """Names, digits, sub-menus and announcements of a plan reach the voice, in its languages only.

    A sub-menu offers every digit, the first menu all but that of the default.
    """
    value = parse((PROJECT / "plans" / "kutim.yaml").read_bytes()).value
    assert isinstance(value, dict)
    value["centre"] = {**value["centre"], "languages": ["en"]}
    value["menu"] = {**value["menu"], "digits": {"3": "crash", "0": "operator"}}
    value["menus"] = {
        "crash": {
            "name": {"id": "Kecelakaan", "en": "Accident"},
            "digits": {"1": "medical", "2": "accident"},
            "default": "medical",
        }
    }
    value["announcements"] = {"flood": {"text": {"id": "Banjir", "en": "Flood"}}}
    voice = voice_plan(Plan.model_validate(value))
    assert voice.digits == (("3", "crash"),)
    assert voice.menus == {
        "crash": SubMenuVoice({"en": "Accident"}, (("1", "medical"), ("2", "accident")))
    }
    assert voice.announcements == {"flood": {"en": "Flood"}}
    assert voice.emergencies["fire"] == {"en": "Fire"}
    assert voice.agencies["bpbd"] == {"en": "the disaster agency"}


def test_every_prompt_is_estimated_and_grows_with_its_words() -> None:
    """There is a length for each prompt and the ringing tone; more or slower words last longer."""
    made, lengths = script(WIDER, CATALOGUE), estimated_ms(WIDER, CATALOGUE)
    assert {lang: {*prompts} for lang, prompts in lengths.items()} == {
        lang: {*prompts, "ring"} for lang, prompts in made.items()
    }
    longer = replace(WIDER, announcements={"flood": {"id": "Banjir besar", "en": "x" * 160}})
    assert estimated_ms(longer, CATALOGUE)["en"]["announce-flood"] > 8000 > lengths["en"]["options"]
    slow = CATALOGUE.model_copy(
        update={
            "voices": Each(
                id=CATALOGUE.voices.id.model_copy(update={"speed": 95}), en=CATALOGUE.voices.en
            )
        }
    )
    assert estimated_ms(PLAN, slow)["id"]["chosen-fire"] == pytest.approx(
        2 * estimated_ms(PLAN, CATALOGUE)["id"]["chosen-fire"], abs=2
    )


def test_figures_are_counted_as_they_are_spoken() -> None:
    """An announcement with a number in figures is not taken for a short one."""

    def length(text: str) -> int:
        plan = replace(PLAN, announcements={"a": {"id": text, "en": text}})
        return estimated_ms(plan, CATALOGUE)["id"]["announce-a"]

    assert length("telepon 081234567890") > length("telepon abcdefghijkl")


def test_names_of_the_plan_are_text_and_no_templates() -> None:
    """A field written into a name is said as it stands, never filled in."""
    agencies = {"a": {"id": "{digit} {agency} \\1 %s", "en": "x"}}
    made = script(replace(PLAN, agencies=agencies), CATALOGUE)["id"]
    assert texts(made["calling-a"]) == ["Menghubungi {digit} {agency} \\1 %s."]


@given(st.text())
def test_no_control_character_reaches_the_voice(name: str) -> None:
    """Whatever a name holds, what is to be said is one line of assigned, visible characters."""
    made = script(replace(PLAN, agencies={"a": {"id": name, "en": name}}), CATALOGUE)
    for language in ("id", "en"):
        (phrase,) = made[language]["calling-a"]
        assert not [c for c in phrase.text if unicodedata.category(c).startswith("C")]
        assert phrase.text.encode("utf-8").decode("utf-8") == phrase.text


def test_cleaning_keeps_words_apart() -> None:
    """A control character between two words does not make one word of them."""
    assert clean("RSUD\x00Kudungga\u202e\n ya") == "RSUD Kudungga ya"


@pytest.mark.parametrize(
    ("old", "new", "at", "what"),
    [
        ('"Menghubungi {agency}."', '"Ke {kantor}."', 'id: "Ke', "{kantor} means nothing here"),
        ('"Menghubungi {agency}."', '"Ke {agency."', 'id: "Ke', "belongs to no field"),
        ('"Menghubungi {agency}."', '"Ke {digit}."', 'id: "Ke', "allowed: {agency}"),
        ('"Menghubungi {agency}."', '""', 'id: ""', "at least 1 character"),
        ('"Menghubungi {agency}."', '"\\a"', 'id: "\\a"', "nothing to say"),
        ('"Menghubungi {agency}."', "[]", "id: []", "1 to 20 phrases"),
        ('"Menghubungi {agency}."', "{agency}", "id: {agency}", "in quotes"),
        ('    en: "Calling {agency}."', "", "calling:", "'calling.en' is missing here"),
        ("- panggilan direkam", '- "ya {options}"', '"ya {options}"', "phrase of its own"),
        ("- panggilan direkam", "- {options}", "{options}\n      -", "in quotes"),
        ("Mohon tunggu, jangan", "Mohon {digit}", "id: Mohon", "allowed: none"),
        ('id: ["{menu}",', 'id: ["{agency}",', '"{agency}", "{options}"', "means nothing here"),
        ('direkam, "{announcement}"', 'direkam, "{menu}"', '"{menu}", "{options}", "{l', "nothing"),
        ("delapan, sembilan", "delapan", "id: [nol", "10 words belong here"),
        ("{name: id, speed: 190,", "{name: --help, speed: 190,", "name: --help", "match pattern"),
        ("{name: id, speed: 190,", "{name: id, speed: 999,", "speed: 999", "less than or equal"),
        ("pause: 150ms", "pause: lama", "pause: lama", "not a duration"),
        ("pause: 150ms", "pause: 150ms, x: y", "x: y", "unknown key 'id.x'"),
        ("id: Mohon", "id: &x Mohon", "&x", "anchor"),
    ],
)
def test_mistake_is_named_with_its_place(
    tmp_path: Path, old: str, new: str, at: str, what: str
) -> None:
    """A mistake in the file is refused with file, line, column and what is wrong."""
    path = edited(tmp_path, old, new)
    with pytest.raises(PromptsError) as refused:
        load_catalogue(path)
    (problem,) = refused.value.problems
    line, english = str(refused.value).splitlines()
    assert line.startswith(position(path, at) + ": ")
    assert what in english
    assert problem.what.id != problem.what.en


def test_all_mistakes_are_named_at_once_in_their_order(tmp_path: Path) -> None:
    """Two mistakes are two problems, the upper one first."""
    path = tmp_path / "prompts.yaml"
    text = TEXT.replace("speed: 190", "speed: fast").replace(" {agency}.", " {office}.")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PromptsError) as refused:
        load_catalogue(path)
    lines = [problem.position.line for problem in refused.value.problems]
    assert len(lines) == 3
    assert lines == sorted(lines)


def test_file_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    """A missing file is an error of ours that names it."""
    with pytest.raises(PromptsError, match=r"none\.yaml:1:1: tidak dapat dibaca"):
        load_catalogue(tmp_path / "none.yaml")


@given(st.integers(), st.integers(1, 12), st.sampled_from("{}[]:&*!|>\n\t\"'-#,0\x00é\ud800 "))
def test_any_damage_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, seed: int, cuts: int, char: str
) -> None:
    """A file damaged in any place either still is a catalogue or is refused with a place."""
    chance = random.Random(seed)  # noqa: S311 - for damage, not for secrets
    text = TEXT
    for _ in range(cuts):
        start = chance.randrange(len(text))
        text = text[:start] + char + text[start + chance.randrange(3) :]
    path = tmp_path_factory.getbasetemp() / "damaged.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        assert isinstance(load_catalogue(path), Catalogue)
    except PromptsError as error:
        assert error.problems
        assert all(problem.position.line > 0 for problem in error.problems)
