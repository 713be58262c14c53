"""The words of the pages in both languages, read from ``words.yaml``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

import yaml

from siaga.shared import COMMAND

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Language: TypeAlias = Literal["id", "en"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
DEFAULT: Final[Language] = "id"
FILE: Final = Path(__file__).parent / "words.yaml"


def read(file: Path = FILE) -> Mapping[str, Mapping[str, str]]:
    """Texts by key and language; ``./siaga112`` in them becomes the command that is there.

    Raises:
        ValueError: a key lacks a language.
    """
    words: dict[str, dict[str, str]] = yaml.safe_load(file.read_text(encoding="utf-8"))
    for key, texts in words.items():
        if set(texts) != set(LANGUAGES) or not all(
            isinstance(text, str) for text in texts.values()
        ):
            raise ValueError(f"{key}: give it in {', '.join(LANGUAGES)}")
    return {
        key: {language: text.replace("./siaga112", COMMAND) for language, text in texts.items()}
        for key, texts in words.items()
    }


WORDS: Final = read()


def language_of(text: str | None) -> Language:
    """The language of a cookie or an account; ours when it says nothing that we speak."""
    return next((language for language in LANGUAGES if language == text), DEFAULT)


def speaker(language: Language) -> Callable[..., str]:
    """``t("key", name=value)`` in a language; escaping is the page's.

    Raises (by ``t``):
        KeyError: there is no such key, or a value is missing.
    """

    def t(key: str, **values: object) -> str:
        text = WORDS[key][language]
        return text.format_map(values) if values else text

    return t
