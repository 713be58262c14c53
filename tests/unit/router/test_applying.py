"""Plans put in force for somebody elsewhere: what is asked of the command, and what it answers."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from router.applying import Applying, NotAppliedError, Wish

if TYPE_CHECKING:
    from pathlib import Path

    from siaga.settings import Settings

ECHO = """
import json, pathlib, sys
file = pathlib.Path(sys.argv[-1])
text = file.read_text() if file.suffix == ".yaml" else ""
mode = oct(file.stat().st_mode & 0o777) if text else ""
print("something else")
print(json.dumps({"argv": sys.argv[1:], "text": text, "mode": mode}))
"""


def applying(settings: Settings, script: str) -> Applying:
    (settings.home / "run").mkdir(parents=True, exist_ok=True)
    return Applying(settings, (sys.executable, "-c", script))


async def test_the_command_is_given_the_very_text(settings: Settings) -> None:
    """The text comes whole, readable to nobody else, and is taken away afterwards."""
    text = "centre: {name: 'é ✓'}\n"
    told = await applying(settings, ECHO).apply(text, Wish("Sari", "uji", 3, "Budi"))
    assert told["text"] == text
    assert told["mode"] == "0o600"
    words = ["--by=Sari", "--why=uji", "--instead=3", "--approved=Budi"]
    assert told["argv"][:-1] == ["apply", *words, "--json", "--"]
    assert not list((settings.home / "run").glob("plan-*"))


@pytest.mark.parametrize("words", ["--help", "-", "; rm -rf /", "$(id)", "a\nb"])
async def test_words_of_a_person_are_never_options(settings: Settings, words: str) -> None:
    """Whatever stands in a name or a reason stays in its own word."""
    told = await applying(settings, ECHO).rollback(2, Wish(words, words, 3, words))
    assert told["argv"] == [
        "rollback",
        f"--by={words}",
        f"--why={words}",
        "--instead=3",
        f"--approved={words}",
        "--json",
        "--",
        "2",
    ]


async def test_a_refusal_is_the_commands(settings: Settings) -> None:
    """Code and sentence are handed on."""
    says = json.dumps({"error": "stranded", "message": "Seseorang\nSomebody"})
    script = f"print({says!r}); raise SystemExit(1)"
    with pytest.raises(NotAppliedError, match="Somebody") as caught:
        await applying(settings, script).rollback(1, Wish("a", "b", 2))
    assert caught.value.code == "stranded"


async def test_a_command_that_fails_says_so(settings: Settings) -> None:
    """What is no answer of ours is not handed on; the log is named."""
    with pytest.raises(NotAppliedError, match=r"apply\.log") as caught:
        await applying(settings, "raise SystemExit(1)").rollback(1, Wish("a", "b", 2))
    assert caught.value.code == "failed"


async def test_the_text_is_taken_away_after_a_failure_too(
    settings: Settings, tmp_path: Path
) -> None:
    """Nothing of a plan is left behind."""
    with pytest.raises(NotAppliedError):
        await applying(settings, f"open({str(tmp_path / 'nix')!r})").apply(
            "a: b\n", Wish("a", "b", 1)
        )
    assert not list((settings.home / "run").glob("plan-*"))


async def test_a_password_is_asked_for_one_handset(settings: Settings) -> None:
    """The extension is an option's value, whatever it is."""
    script = "import json, sys; print(json.dumps({'argv': sys.argv[1:]}))"
    told = await applying(settings, script).rotate("201", "Ani")
    assert told["argv"] == ["handsets", "--rotate=201", "--by=Ani", "--json"]


@pytest.mark.parametrize("words", ["--help", "-", "; rm -rf /", "$(id)", "a\nb"])
async def test_words_about_a_recording_are_never_options(settings: Settings, words: str) -> None:
    """Who sent it and what its file was called stay in their own words."""
    script = "import json, sys; print(json.dumps({'argv': sys.argv[1:]}))"
    router = applying(settings, script)
    told = await router.add_recording("id/menu", "voice-1", words, words)
    file = str(settings.home / "run" / "voice-1")
    said = [f"--by={words}", f"--name={words}", "--json", "--", "id/menu", file]
    assert told["argv"] == ["prompts", "add", *said]
    told = await router.use_recording("id/menu", "20261127T080000-0123abcd", words)
    said = [f"--by={words}", "--json", "--", "id/menu", "20261127T080000-0123abcd"]
    assert told["argv"] == ["prompts", "use", *said]
    told = await router.use_recording("id/menu", "", words)
    assert told["argv"] == ["prompts", "delivered", f"--by={words}", "--json", "--", "id/menu"]
