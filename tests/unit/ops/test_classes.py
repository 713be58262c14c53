"""``siaga112 class``: what is no class, or no call, is refused with what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ops.classes import give
from router.store import migrate
from router.store.errors import UnknownCallError
from siaga.errors import MissingError, SettingsError
from siaga.settings import Settings, load

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load({"SIAGA_HOME": str(tmp_path / "home")})


async def test_what_is_no_class_is_refused_with_those_there_are(settings: Settings) -> None:
    """Before anything is looked for."""
    with pytest.raises(SettingsError, match="emergency, information, prank, ghost, test") as caught:
        await give(settings, "node1-1.1", "pranks", "Ani")
    assert caught.value.exit_status == 2


async def test_a_call_that_is_not_there_is_told(settings: Settings) -> None:
    """Without a database, and with one."""
    with pytest.raises(MissingError):
        await give(settings, "node1-1.1", "prank", "Ani")
    await migrate(settings)
    with pytest.raises(UnknownCallError, match=r"node1-1\.1"):
        await give(settings, "node1-1.1", "prank", "Ani")
