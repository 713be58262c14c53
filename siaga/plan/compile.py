"""Compile the plan's menu for the tiers that run it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siaga.menuspec import MenuSpec, SubMenuSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from siaga.plan.model import Plan


def compile_menu(plan: Plan, version: str, prompt_ms: Mapping[str, Mapping[str, int]]) -> MenuSpec:
    """Compile the plan's menu with the lengths of the prompts, in ms.

    Measured ones where sound was made, estimated ones (:func:`siaga.prompts.estimated_ms`) where a
    plan is only looked at.
    """
    return MenuSpec(
        version=version,
        language=plan.centre.languages[0],
        digits=dict(plan.menu.digits),
        language_digits=dict(plan.menu.languages),
        default=plan.menu.default,
        tries=plan.menu.tries,
        wait_ms=round(plan.menu.wait * 1000),
        human_within_ms=round(plan.menu.human_within * 1000),
        prompt_ms={lang: dict(files) for lang, files in prompt_ms.items()},
        menus={
            name: SubMenuSpec(digits=dict(menu.digits), default=menu.default)
            for name, menu in plan.menus.items()
        },
    )
