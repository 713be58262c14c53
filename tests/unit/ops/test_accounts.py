"""``siaga112 accounts``: the way in from the machine's own shell."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from ops import accounts as command
from router.accounts import passwords
from router.accounts.errors import AccountError, LastAdminError
from router.store import migrate, open_engine
from router.store.accounts import AccountStore
from router.store.trail import Search, Trail
from siaga.errors import MissingError
from siaga.settings import Settings, load

if TYPE_CHECKING:
    from pathlib import Path

    from router.accounts.model import Account
    from router.accounts.trail import Entry


@pytest.fixture
async def settings(tmp_path: Path) -> Settings:
    found = load({"SIAGA_HOME": str(tmp_path / "home")})
    await migrate(found)
    return found


async def account(settings: Settings, name: str) -> Account:
    engine = open_engine(settings.database)
    found = await AccountStore(engine).named(name)
    await engine.dispose()
    assert found is not None
    return found


async def told(settings: Settings) -> list[Entry]:
    engine = open_engine(settings.database)
    found = await Trail(engine).find(Search(), 100)
    await engine.dispose()
    return found


def given(said: str) -> str:
    found = re.search(r"password: ([a-z0-9-]{23})\n", said)
    assert found is not None
    return found[1]


async def test_the_first_admin_is_told_once(settings: Settings) -> None:
    """A first start gives a name and a password for once; a second one gives nothing."""
    made = await command.first_admin(settings)
    assert made is not None
    found = await account(settings, made[0])
    assert passwords.matches(found.password, made[1])
    assert found.one_time
    assert await command.first_admin(settings) is None


async def test_the_way_back_in(settings: Settings) -> None:
    """Who lost password and telephone gets a new password; also a disabled account is open again.

    It stands in the audit log, with who did it.
    """
    await command.add(settings, "Sari", "admin", "root")
    await command.add(settings, "Budi", "admin", "root")
    await command.disable(settings, "sari", "root")
    password = given(await command.reset(settings, "SARI", "engineer"))
    found = await account(settings, "Sari")
    assert passwords.matches(found.password, password)
    assert (found.disabled, found.secret) == (None, None)
    row = (await told(settings))[1]
    assert (row.what, row.object, row.actor.who, row.actor.address) == (
        "password_reset",
        "Sari",
        "engineer",
        "shell",
    )


async def test_what_cannot_be_is_said(settings: Settings) -> None:
    """An account that is not there, a role that is none, the last admin."""
    await command.add(settings, "Sari", "admin", "root")
    with pytest.raises(AccountError):
        await command.reset(settings, "nobody", None)
    with pytest.raises(AccountError):
        await command.add(settings, "Budi", "boss", None)
    with pytest.raises(LastAdminError):
        await command.disable(settings, "Sari", None)
    assert "0" in await command.log_out(settings, "Sari", None)


async def test_the_list_is_for_people_and_programs(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """One object a line, without any secret; or a table."""
    await command.add(settings, "Sari", "operator", None)
    await command.change_role(settings, "Sari", "auditor", None)
    await command.disable(settings, "Sari", None)
    await command.show(settings, as_json=True)
    row = json.loads(capsys.readouterr().out)
    assert (row["name"], row["role"], row["state"]) == ("Sari", "auditor", "disabled")
    assert "password" not in row
    await command.enable(settings, "Sari", None)
    await command.show(settings, as_json=False)
    assert "Sari" in capsys.readouterr().out


async def test_without_a_centre_there_is_nobody(tmp_path: Path) -> None:
    """A home that never ran has no accounts, and none are made in it."""
    empty = load({"SIAGA_HOME": str(tmp_path / "none")})
    with pytest.raises(MissingError):
        await command.add(empty, "Sari", "admin", None)
    assert not empty.home.exists()
