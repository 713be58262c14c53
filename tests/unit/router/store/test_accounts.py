"""Accounts, sessions and the trail in the database."""

from __future__ import annotations

import ast
import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from router.accounts.errors import LastAdminError, NameTakenError, UnknownAccountError
from router.accounts.model import Role
from router.accounts.trail import Actor, Deed
from router.store.accounts import AccountStore
from router.store.custody import Custody
from router.store.sessions import KEPT, SessionStore
from router.store.trail import VALUE_LIMIT, Change, Search, Trail
from siaga.settings import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.ext.asyncio import AsyncEngine

pytestmark = pytest.mark.engines

NOW = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
ACTOR = Actor("root", "shell", NOW)


@pytest.fixture
def accounts(engine: AsyncEngine) -> Iterator[AccountStore]:
    store = AccountStore(engine)
    yield store
    store.close()


@pytest.fixture
def sessions(engine: AsyncEngine) -> Iterator[SessionStore]:
    store = SessionStore(engine)
    yield store
    store.close()


@pytest.fixture
def trail(engine: AsyncEngine) -> Iterator[Trail]:
    store = Trail(engine)
    yield store
    store.close()


async def test_the_first_admin_is_made_once(accounts: AccountStore) -> None:
    """Of several that start at once one makes it; once there is an account nobody does."""
    made = await asyncio.gather(*(accounts.first("admin", str(n), ACTOR) for n in range(5)))
    assert len([one for one in made if one is not None]) == 1
    assert await accounts.first("other", "x", ACTOR) is None
    assert [one.role for one in await accounts.listed()] == [Role.ADMIN]


async def test_names_that_look_the_same_are_one(accounts: AccountStore) -> None:
    """Case, width and spaces make no other account."""
    await accounts.add("Sari  Dewi", Role.OPERATOR, "x", ACTOR)
    for name in ("sari dewi", "\uff33\uff21\uff32\uff29 dewi", " SARI DEWI "):
        with pytest.raises(NameTakenError):
            await accounts.add(name, Role.ADMIN, "x", ACTOR)
        found = await accounts.named(name)
        assert found is not None
        assert found.name == "Sari Dewi"


async def test_two_admins_do_not_both_go(accounts: AccountStore) -> None:
    """However they are taken away, at the same moment too, one is left."""
    one = await accounts.add("one", Role.ADMIN, "x", ACTOR)
    two = await accounts.add("two", Role.ADMIN, "x", ACTOR)
    done = await asyncio.gather(
        accounts.disable(one.id, ACTOR),
        accounts.change_role(two.id, Role.OPERATOR, ACTOR),
        return_exceptions=True,
    )
    assert [type(each) for each in done if each is not None] == [LastAdminError]
    with pytest.raises(UnknownAccountError):
        await accounts.disable(99, ACTOR)


async def test_a_refusal_leaves_no_row(accounts: AccountStore, trail: Trail) -> None:
    """What is not done is not told as done; what is done has its row in the same moment."""
    one = await accounts.add("one", Role.ADMIN, "x", ACTOR)
    with pytest.raises(LastAdminError):
        await accounts.disable(one.id, ACTOR)
    rows = await trail.find(Search(), 10)
    assert [(row.what, row.object, row.actor) for row in rows] == [
        (Deed.ACCOUNT_ADDED, "one", ACTOR)
    ]


async def test_the_trail_keeps_hostile_values(trail: Trail) -> None:
    """Whatever is changed to what: kept, cut to a limit, and found by its words."""
    hostile = "'; DROP TABLE audit_trail; --\x00\ud800<b>" + "x" * 5000
    await trail.add(replace(ACTOR, who="a%b"), Change(Deed.DISPATCHED, "1.1", hostile, hostile))
    (row,) = await trail.find(Search(("a%b", "drop table")), 10)
    assert len(row.old) == VALUE_LIMIT
    assert "\x00" not in row.old
    assert await trail.find(Search(("a%%b",)), 10) == []
    assert await trail.find(Search(("a_b",)), 10) == []


async def test_the_trail_shows_what_the_rules_did(engine: AsyncEngine, trail: Trail) -> None:
    """A supervisor who listened, and what was deleted, are among the rest, by their time."""
    custody = Custody(engine)
    await custody.listened("101", "node1-1.1", "handset 101", NOW - timedelta(hours=1))
    await trail.add(ACTOR, Change(Deed.TOKEN_MADE, "mesin"))
    rows = await trail.find(Search(), 10)
    assert [(row.what, row.actor.who) for row in rows] == [
        ("token_made", "root"),
        ("listened", "101"),
    ]
    assert [row.what for row in await trail.find(Search(), 10, (rows[0].actor.at, rows[0].id))] == [
        "listened"
    ]
    custody.close()


def test_nothing_changes_or_deletes_the_trail() -> None:
    """No statement but an insert is made of its table, but by the rule of how long it is kept."""
    for file in (PROJECT / "router").rglob("*.py"):
        if file.name == "trail_keeping.py":
            continue
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            name = getattr(call.func, "id", getattr(call.func, "attr", ""))
            if name in ("update", "delete"):
                touched = [ast.unparse(each) for each in call.args]
                assert not any("audit_trail" in each for each in touched), file


async def test_sessions_that_are_over_go_one_day(
    accounts: AccountStore, sessions: SessionStore
) -> None:
    """Long after its end a session is no more; what goes on, and what is just over, stays."""
    sari = await accounts.add("sari", Role.OPERATOR, "x", ACTOR)
    for number in range(3):
        await sessions.open(sari, f"old {number}", "10.0.0.1", "x" * 1000, NOW)
    found = await sessions.find("old 2")
    assert found is not None
    assert len(found[1].agent) == 200
    later = NOW + KEPT
    await sessions.saw(found[1], later)
    await sessions.open(sari, "new", "10.0.0.1", "", later + timedelta(seconds=1))
    assert await sessions.find("old 1") is None
    assert await sessions.find("old 2") is not None
