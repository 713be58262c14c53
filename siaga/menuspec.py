"""The menu as its tiers use it: the plan's answers and the prompts' lengths, nothing else.

Written as JSON, and read with the standard library alone, so that the standby script starts fast
and does not depend on what may have broken the tier above it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class SubMenuSpec:
    """What a sub-menu decides by.

    Attributes:
        digits: emergency by digit.
        default: emergency of a caller who chose none.
    """

    digits: Mapping[str, str]
    default: str


@dataclass(frozen=True, slots=True)
class MenuSpec:
    """Everything the menu decides by.

    Attributes:
        version: version of the plan this was compiled from.
        language: the language callers are greeted in.
        digits: emergency or sub-menu by digit.
        language_digits: language by digit.
        default: emergency of a caller who chose none.
        tries: no-input and no-match in all before a human is rung.
        wait_ms: silence after a prompt before it counts as no-input.
        human_within_ms: from arrival, or from the last answer that led on, to a human's phone
            ringing, for whoever chooses nothing.
        prompt_ms: length of each prompt by language and file; a file that is not there is missing.
        menus: sub-menus by name.
    """

    version: str
    language: str
    digits: Mapping[str, str]
    language_digits: Mapping[str, str]
    default: str
    tries: int
    wait_ms: int
    human_within_ms: int
    prompt_ms: Mapping[str, Mapping[str, int]]
    menus: Mapping[str, SubMenuSpec] = field(default_factory=dict)

    def to_json(self) -> str:
        """The spec as JSON text."""
        return json.dumps(asdict(self), indent=1, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> MenuSpec:
        """Read back what :meth:`to_json` wrote.

        Raises:
            ValueError: the text is not a spec.
        """
        try:
            values = json.loads(text)
            menus = values.pop("menus", {})
            return cls(**values, menus={name: SubMenuSpec(**sub) for name, sub in menus.items()})
        except (TypeError, AttributeError) as error:
            raise ValueError(f"not a compiled menu: {error}") from error
