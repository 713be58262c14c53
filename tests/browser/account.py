"""Accounts for those who sit in front of the pages: made straight in the centre's database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from router.accounts import passwords
from router.accounts.trail import Actor
from router.store import open_engine
from router.store.accounts import AccountStore
from tests.browser.person import PASSWORD

if TYPE_CHECKING:
    from router.accounts.model import Role
    from tests.live.centre import Centre


async def make(centre: Centre, name: str, role: Role, secret: str = "") -> str:
    """An account that logs in by :data:`PASSWORD`; with a secret, by codes of it, too; its name."""
    actor, hashed = Actor("test", "127.0.0.1", datetime.now(UTC)), passwords.hashed(PASSWORD)
    engine = open_engine(centre.settings.database)
    store = AccountStore(engine)
    try:
        made = await store.add(name, role, hashed, actor)
        await store.change_password(made.id, hashed, actor)
        if secret:
            await store.enrol(made.id, secret, 0, actor)
    finally:
        store.close()
        await engine.dispose()
    return name


def own(name: str) -> str:
    """A name that no other test has: which language somebody reads stays with them."""
    return f"{name} {datetime.now(UTC):%H%M%S%f}"
