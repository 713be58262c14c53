"""Digits, menus and languages that contradict each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siaga.plan.words import Words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from siaga.plan.checks.view import View
    from siaga.plan.problems import Problem
    from siaga.plan.source import Path


def digits(view: View) -> Iterator[Problem]:
    """A digit that means an emergency and a language."""
    menu = view.plan.menu
    for digit in menu.languages:
        if digit in menu.digits:
            yield view.key(
                ("menu", "languages", digit),
                Words(
                    f"tombol {digit} sudah berarti '{menu.digits[digit]}'",
                    f"digit {digit} already means '{menu.digits[digit]}'",
                ),
                Words("pilih tombol yang masih bebas", "choose a free digit"),
                "digit-twice",
            )


def names(view: View) -> Iterator[Problem]:
    """A name of both an emergency and a menu: a digit could lead to either."""
    for name in view.plan.menus:
        if name in view.names("emergencies"):
            yield view.key(
                ("menus", name),
                Words(
                    f"'{name}' sudah menjadi nama keadaan darurat",
                    f"'{name}' is an emergency already",
                ),
                Words("beri menu ini nama sendiri", "give the menu a name of its own"),
                "name-twice",
            )


def languages(view: View) -> Iterator[Problem]:
    """A language on a digit that callers are not spoken to in, and one that is named twice."""
    spoken = view.plan.centre.languages
    at: Path
    for index, language in enumerate(spoken):
        if language in spoken[:index]:
            at = ("centre", "languages", index)
            what = Words(
                f"bahasa '{language}' disebut dua kali", f"language '{language}' is named twice"
            )
            todo = Words("hapus salah satu", "remove one of the two")
            yield view.value(at, what, todo, "twice")
    for digit, language in view.plan.menu.languages.items():
        if language not in spoken:
            at = ("menu", "languages", digit)
            what = Words(
                f"'{language}' tidak ada dalam centre.languages",
                f"'{language}' is not in centre.languages",
            )
            todo = Words(
                "tambahkan di sana, atau hapus tombol ini", "add it there, or remove this digit"
            )
            yield view.value(at, what, todo, "unknown-language")
