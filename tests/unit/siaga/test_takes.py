"""Recordings of prompts: kept, in use, removed; names from outside never become a path."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from siaga.takes import KEPT, Measure, Take, Takes, UnknownTakeError

MEASURE = Measure(1200, -20.5, -3.0, 0.0, -70.0)


def take(second: int) -> Take:
    return Take(
        f"20261127T0800{second:02}-0123abcd", "Ani", "2026-11-27T08:00:00", "a.wav", "112", MEASURE
    )


@pytest.fixture
def takes(tmp_path: Path) -> Takes:
    return Takes(tmp_path / "takes")


def test_one_is_kept_used_and_given_up(takes: Takes) -> None:
    """A new one is not in use; the one in use cannot be removed, an earlier one comes back."""
    first, second = take(1), take(2)
    takes.add("id", "menu", first, b"wav1", b"ulaw1")
    takes.add("id", "menu", second, b"wav2", b"ulaw2")
    assert takes.used("id", "menu") is None
    assert takes.all("id", "menu") == [second, first]
    takes.use("id", "menu", second.id)
    assert takes.used("id", "menu") == second
    with pytest.raises(UnknownTakeError):
        takes.drop("id", "menu", second.id)
    takes.use("id", "menu", first.id)
    takes.drop("id", "menu", second.id)
    assert takes.all("id", "menu") == [first]
    takes.use("id", "menu", "")
    assert takes.used("id", "menu") is None
    assert takes.file("id", "menu", first.id).read_bytes() == b"wav1"


def test_the_oldest_go_but_not_the_one_in_use(takes: Takes) -> None:
    """Of many recordings the oldest are removed, with all their files."""
    takes.add("id", "menu", take(0), b"", b"")
    takes.use("id", "menu", take(0).id)
    for second in range(1, KEPT + 4):
        takes.add("id", "menu", take(second), b"", b"")
    kept = [found.id for found in takes.all("id", "menu")]
    assert len(kept) == KEPT + 1
    assert kept[-1] == take(0).id
    assert not takes.file("id", "menu", take(1).id).exists()


@pytest.mark.parametrize("name", ["", ".", "..", "../menu", "a/b", "MENU", "a\0b", "x" * 90, "é"])
def test_names_never_become_a_path(takes: Takes, name: str) -> None:
    """What is no name of a prompt, language or recording is unknown before a file is looked for."""
    for ask in (
        lambda: takes.all("id", name),
        lambda: takes.all(name, "menu"),
        lambda: takes.get("id", "menu", name),
        lambda: takes.file("id", "menu", name),
        lambda: takes.heard("id", "menu", name),
    ):
        with pytest.raises(UnknownTakeError):
            ask()


def test_files_that_are_damaged_are_no_recordings(takes: Takes) -> None:
    """Half a file, another name's and one of wrong kinds are left out; a newer form is read."""
    takes.add("id", "menu", take(1), b"", b"")
    place = takes.file("id", "menu", take(1).id).parent
    good = take(1).document()
    for second, text in enumerate(
        ("", "[]", "{}", json.dumps(good), json.dumps({**good, "measure": 3})), start=10
    ):
        (place / f"{take(second).id}.json").write_text(text)
    (place / f"{take(2).id}.json").write_text(json.dumps({**take(2).document(), "new": 1}))
    assert takes.all("id", "menu") == [take(2), take(1)]
    (place / "used").write_bytes(b"\xff\xfe")
    assert takes.used("id", "menu") is None
    assert replace(take(1), by="Budi") != takes.get("id", "menu", take(1).id)


def test_who_has_listened_is_kept(takes: Takes) -> None:
    """Whether somebody heard it is known of each by itself, and after a restart."""
    takes.add("id", "menu", take(1), b"", b"")
    takes.add("id", "menu", take(2), b"", b"")
    takes.note_listened("id", "menu", take(1).id)
    again = Takes(takes.folder)
    assert again.was_listened("id", "menu", take(1).id)
    assert not again.was_listened("id", "menu", take(2).id)
