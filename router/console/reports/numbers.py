"""How numbers are written for people in each language. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from router.console.words import Language
    from router.report.figures import Value

NOTHING: Final = "–"  # noqa: RUF001 (a dash is meant)
_TURNED: Final = str.maketrans(",.", ".,")


def written(value: Value, language: Language) -> str:
    """``12.345`` or ``98,5`` in Indonesian, ``12,345`` or ``98.5`` in English; a dash for none."""
    if value is None:
        return NOTHING
    text = f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"
    return text.translate(_TURNED) if language == "id" else text


def change(now: Value, earlier: Value, language: Language) -> str:
    """The difference with its sign; nothing when one of them is not known."""
    if now is None or earlier is None:
        return NOTHING
    difference = now - earlier
    if isinstance(difference, float):
        difference = round(difference, 1)
    sign = "+" if difference > 0 else "−" if difference < 0 else ""  # noqa: RUF001 (a minus)
    return f"{sign}{written(abs(difference), language)}"
