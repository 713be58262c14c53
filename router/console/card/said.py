"""What is said to whoever asked for something by the card. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from router.console.words import speaker
from siaga.keys import OFFICER_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from router.console.link import RefusedError
    from router.console.words import Language

OVER: Final = frozenset(("call_not_open", "call_ended"))
OWN: Final = {
    "overtaken": "incident.overtaken",
    "incident_closed": "incident.is_closed",
    "bad_request": "incident.missing",
    "not_in_incident": "incident.alone",
}
"""Words of ours for the router's codes."""


def sentence(text: str, language: Language) -> str:
    """One language's of what the router says in both, each on a line or behind a stroke."""
    first, _, second = text.replace(" / ", "\n", 1).partition("\n")
    return second if language == "en" and second else first


def refusal(error: RefusedError, language: Language) -> str:
    """Why not."""
    t = speaker(language)
    if error.reason in OVER:
        return t("card.over")
    if error.reason in OWN:
        return t(OWN[error.reason])
    return sentence(str(error), language)


def away(keys: str, language: Language) -> str:
    """That the router is away, and what does the same on the handset."""
    t = speaker(language)
    return f"{t('card.away')} {t('card.by_handset', keys=keys)}" if keys else t("card.away")


def keys_of(verb: str, what: str, agencies: Iterable[str]) -> str:
    """What is pressed on a handset for the same; empty: there are no keys for it."""
    if verb in ("add", "transfer", "swap"):
        place = {key: place for place, key in enumerate(agencies, 1)}.get(what, 0)
        return OFFICER_KEYS.get(f"{verb}-{place}", "")
    if verb == "class":
        return OFFICER_KEYS.get(f"class-{what}", "")
    return OFFICER_KEYS.get(verb, "") if verb in ("leave", "locate") else ""
