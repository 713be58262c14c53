"""``siaga112 up``: what is told to a terminal and what to a log."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from ops import accounts, up
from router.accounts import passwords
from router.accounts.trail import SHELL, Actor
from router.store import migrate, open_engine
from router.store.accounts import AccountStore
from siaga.settings import Settings, load

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
async def settings(tmp_path: Path) -> Settings:
    found = load({"SIAGA_HOME": str(tmp_path / "home")})
    await migrate(found)
    return found


async def test_a_log_does_not_get_the_first_password(settings: Settings) -> None:
    """Without a terminal it is in a file for its owner alone, until it was changed."""
    said = await up._first_admin(settings, terminal=False)
    file = settings.home / up.FIRST_LOGIN
    name, password = file.read_text(encoding="utf-8").strip().split(" / ")
    assert file.stat().st_mode & 0o777 == 0o600
    assert str(file) in said
    assert password not in said
    assert not await up._first_admin(settings, terminal=False)
    assert file.exists()
    engine = open_engine(settings.database)
    store = AccountStore(engine)
    found = await store.named(name)
    assert found is not None
    assert passwords.matches(found.password, password)
    actor = Actor("root", SHELL, datetime.now(UTC))
    await store.change_password(found.id, passwords.hashed("empat kata sandi panjang"), actor)
    await engine.dispose()
    assert not await up._first_admin(settings, terminal=False)
    assert not file.exists()


async def test_a_terminal_is_told_at_once(settings: Settings) -> None:
    """Who starts the centre by hand reads the password there, and no file has it."""
    said = await up._first_admin(settings, terminal=True)
    assert "once only" in said
    assert not (settings.home / up.FIRST_LOGIN).exists()
    assert await accounts.first_password_stands(settings)
