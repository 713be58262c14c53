"""``siaga112 class``: says or corrects what a call was."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from ops.storage.database import opened
from router.store import ClassReader, ClassStore
from router.store.classes import Given
from siaga.errors import SettingsError
from siaga.keys import CallClass
from siaga.plan.versions import person

if TYPE_CHECKING:
    from siaga.settings import Settings

WORDS: Final = {
    CallClass.EMERGENCY: "darurat / emergency",
    CallClass.INFORMATION: "informasi / information",
    CallClass.PRANK: "iseng / prank",
    CallClass.GHOST: "kosong / ghost",
    CallClass.TEST: "uji coba / test",
}


async def give(settings: Settings, call: str, kind: str, by: str | None) -> str:
    """Say what a call was; gives what to say.

    Raises:
        SettingsError: no class of that name.
        UnknownCallError: no call of that id.
        MissingError, SchemaOtherError, StoreUnavailableError: the database cannot be used.
    """
    known = ", ".join(CallClass)
    if kind not in frozenset(CallClass):
        raise SettingsError(
            f"Bukan golongan: {kind[:40]!r}. Yang ada: {known}\n"
            f"Not a class: {kind[:40]!r}. There are: {known}"
        )
    given = Given(CallClass(kind), datetime.now(UTC), person(by))
    async with opened(settings) as engine:
        store = ClassStore(engine)
        try:
            await store.give(call, given)
        finally:
            store.close()
        said = await ClassReader(engine).history(call)
    told = [f"{WORDS[each.kind]} ({each.who})" for each in said]
    return f"{call}: {' → '.join(told)}"
