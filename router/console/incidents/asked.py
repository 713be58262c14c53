"""What the forms of an incident ask of the router. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "note": ("text",),
    "kind": ("kind",),
    "place": ("where", "text", "position", "was"),
    "send": ("agency", "unit"),
    "accept": ("agency", "unit"),
    "arrive": ("agency", "unit"),
    "join": ("call",),
    "split": ("call",),
    "merge": ("into",),
    "close": ("text",),
}
"""The fields of each form, beside the version that its page showed."""
FREE: Final = frozenset({"text", "unit", "position", "was", "where"})
"""Fields that say where somebody is, or are somebody's own words."""
LONGEST: Final = 4000
DISTRICT: Final = len("64.08.04")


def typed(verb: str, form: Mapping[str, object]) -> dict[str, str]:
    """What was typed into the form."""
    return {name: str(form.get(name, ""))[:LONGEST] for name in FIELDS[verb]}


def body(verb: str, fields: Mapping[str, str]) -> dict[str, str]:
    """What the router is sent."""
    if verb != "place":
        return {name: text.strip() for name, text in fields.items()}
    where, text, point = (fields[name].strip() for name in ("where", "text", "position"))
    is_village = len(where) > DISTRICT
    given = {"village" if is_village else "district": where, "text": text}
    without = [] if text else ["text"]
    if not is_village:
        without.append("village")
    if not point:
        without.append("position")
    elif point != fields["was"].strip():
        # One that was not touched stays at the word of whoever gave it.
        given["position"] = point
    return {**given, "without": ",".join(without)}


def told(verb: str, fields: Mapping[str, str]) -> str:
    """How the audit trail tells of it.

    Free words and places are left out: the incident forgets them when it is time, the trail never
    forgets.
    """
    return " ".join([verb, *(text for name, text in fields.items() if name not in FREE and text)])
