"""What somebody finds who opens the editor: the plan in force, and what they are working on."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from router.console.context import desk, visit
from router.console.route import ADMINS
from siaga.plan.approval import is_asked
from siaga.plan.versions import VersionStore

if TYPE_CHECKING:
    from aiohttp import web

    from router.store.plan_drafts import Draft
    from siaga.plan.versions import Entry
    from siaga.settings import Settings


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a form was refused, with what was typed in it.

    Attributes:
        message: to whoever sent it. ``why``: the reason that they gave.
        status: of HTTP.
    """

    message: str = ""
    why: str = ""
    status: int = 200


NONE: Final = Refusal()


@dataclass(frozen=True, slots=True)
class Standing:
    """Where things are.

    Attributes:
        entries: the versions, oldest first; the last is in force.
        in_force: the text in force.
        draft: what the asker works on; None: nothing.
        two_persons: the plan in force asks for another admin's approval of the next one.
    """

    entries: tuple[Entry, ...]
    in_force: str
    draft: Draft | None
    two_persons: bool = False

    @property
    def entry(self) -> Entry | None:
        """The version in force."""
        return self.entries[-1] if self.entries else None

    @property
    def number(self) -> int:
        """Its number; 0 when none is known."""
        return self.entry.number if self.entry else 0

    @property
    def text(self) -> str:
        """The text that is on the desk."""
        return self.draft.text if self.draft else self.in_force

    @property
    def overtaken(self) -> Entry | None:
        """The version that came into force after the draft was begun."""
        draft = self.draft
        return self.entry if draft is not None and draft.base != self.number else None


def store(settings: Settings) -> VersionStore:
    """The versions of the instance."""
    return VersionStore(settings.home / "plan")


async def standing(request: web.Request) -> Standing:
    """What the asker finds.

    Raises:
        SQLAlchemyError, OSError: database or files do not work now.
    """
    stands, found = desk(request), visit(request)
    entries, text, two_persons = await asyncio.to_thread(_read, stands.settings)
    draft = None
    if found.account is not None and found.role in ADMINS:
        draft = await stands.drafts.newest(found.account)
    return Standing(entries, text, draft, two_persons)


def _read(settings: Settings) -> tuple[tuple[Entry, ...], str, bool]:
    entries = store(settings).entries()
    try:
        data = settings.plan_in_force.read_bytes()
    except FileNotFoundError:  # nothing was ever in force
        return entries, "", False
    return entries, plain(data), is_asked(data)


def plain(data: bytes) -> str:
    """A text as a browser sends it back: lines end in one way, no byte order mark."""
    return typed(data.decode("utf-8-sig", "replace"))


def typed(text: str) -> str:
    """What a form sent, as it is kept: lines end as ours do, and the last one does."""
    # What no database takes is refused by the loader in this form too.
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    return text if not text or text.endswith("\n") else text + "\n"
