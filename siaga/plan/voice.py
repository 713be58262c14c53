"""What the prompts need to know of a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siaga.prompts import SubMenuVoice, VoicePlan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from siaga.plan.model import Agency, Announcement, Emergency, Plan, SubMenu


def voice_plan(plan: Plan) -> VoicePlan:
    """The words of a plan, in the languages its centre speaks.

    In a sub-menu every digit is said, in the first menu all but that of the default, which waiting
    leads to: "or wait for an officer".
    """
    languages = plan.centre.languages

    def names(items: Mapping[str, Emergency | Agency]) -> dict[str, dict[str, str]]:
        return {
            name: {lang: item.name.in_language(lang) for lang in languages}
            for name, item in items.items()
        }

    def menu(found: SubMenu) -> SubMenuVoice:
        spoken: dict[str, str] = {lang: found.name.in_language(lang) for lang in languages}
        return SubMenuVoice(name=spoken, digits=tuple(found.digits.items()))

    def text(found: Announcement) -> dict[str, str]:
        return {lang: found.text.in_language(lang) for lang in languages}

    return VoicePlan(
        languages=languages,
        emergencies=names(plan.emergencies),
        agencies=names(plan.agencies),
        digits=tuple(
            (digit, name) for digit, name in plan.menu.digits.items() if name != plan.menu.default
        ),
        language_digits=dict(plan.menu.languages),
        menus={name: menu(found) for name, found in plan.menus.items()},
        announcements={name: text(found) for name, found in plan.announcements.items()},
    )
