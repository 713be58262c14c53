"""The board's HTML in pieces, and what of it has changed from one time to the next.

Rendered once a change and language, however many browsers look.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jinja2 import Environment

LISTS: Final = {
    "calls": "board/calls.html",
    "agencies": "board/agencies.html",
    "incidents": "board/incidents.html",
}
"""What is told row by row, each by a template with a macro ``row``."""
PARTS: Final = {
    "counts": "board/counts.html",
    "alarms": "board/alarms.html",
    "health": "board/health.html",
    "goals": "board/goals.html",
}
"""What is told as a whole."""


@dataclass(frozen=True)
class Rendered:
    """The board in one language.

    Attributes:
        lists: rows by their key, in order, of each list. ``parts``: each as one text.
    """

    lists: Mapping[str, Mapping[str, str]]
    parts: Mapping[str, str]
    _told: dict[int, tuple[Rendered | None, bytes]] = field(default_factory=dict, compare=False)

    def since(self, old: Rendered | None) -> bytes:
        """What is another than in ``old``, as JSON; all of it for who has nothing."""
        known = self._told.get(id(old))
        if known is None or known[0] is not old:
            # The old one is kept with it, so that its id is nobody else's.
            known = self._told[id(old)] = (old, _news(self, old))
        return known[1]

    def forget(self) -> None:
        """Let go of the older ones: there is a newer one than this."""
        self._told.clear()


EMPTY: Final = Rendered({}, {})


def _news(new: Rendered, old: Rendered | None) -> bytes:
    before = old or EMPTY
    lists = {}
    for name, rows in new.lists.items():
        known = before.lists.get(name)
        if known is None or known != rows or list(known) != list(rows):
            changed = {key: row for key, row in rows.items() if (known or {}).get(key) != row}
            lists[name] = {"order": list(rows), "rows": changed}
    parts = {name: text for name, text in new.parts.items() if before.parts.get(name) != text}
    return json.dumps({"lists": lists, "parts": parts}, ensure_ascii=False).encode()


def context(state: Mapping[str, Any]) -> dict[str, Any]:
    """What templates need of a board beside itself, by agency and by handset."""
    phones = [phone for agency in state["agencies"] for phone in agency["handsets"]]
    return {
        "board": state,
        "names": {agency["key"]: agency["name"] for agency in state["agencies"]},
        "officers": {
            phone["extension"]: phone["officer"] or phone["name"]
            for phone in phones
            if phone["officer"] or phone["name"]
        },
        "ringing": {
            agency["key"]: [
                phone["extension"] for phone in agency["handsets"] if phone["state"] == "ringing"
            ]
            for agency in state["agencies"]
        },
    }


def in_order(calls: Mapping[str, Any]) -> dict[str, Any]:
    """Those whom nobody has come first, the longest waiting on top; they are to be seen."""
    waiting = {key: call for key, call in calls.items() if call["where"] != "talking"}
    return {**waiting, **{key: call for key, call in calls.items() if key not in waiting}}


def render(
    environment: Environment,
    state: Mapping[str, Any],
    t: Callable[..., str],
    language: str,
    *,
    wall: bool = False,
) -> Rendered:
    """The board in a language.

    Args:
        environment: of the templates.
        state: of the board.
        t: the words of the language.
        language: ``id`` or ``en``.
        wall: visitors see it: nobody's number is in it.
    """
    around = {**context(state), "t": t, "language": language, "wall": wall}

    def rows(template: str, items: Mapping[str, Any]) -> dict[str, str]:
        made = environment.get_template(template).make_module(around)
        row = made.row  # type: ignore[attr-defined]
        return {str(key): str(row(item)) for key, item in items.items()}

    return Rendered(
        {
            "calls": rows(LISTS["calls"], in_order(state["calls"])),
            "agencies": rows(
                LISTS["agencies"], {agency["key"]: agency for agency in state["agencies"]}
            ),
            "incidents": rows(LISTS["incidents"], {one["id"]: one for one in state["incidents"]}),
        },
        {name: environment.get_template(file).render(around) for name, file in PARTS.items()},
    )
