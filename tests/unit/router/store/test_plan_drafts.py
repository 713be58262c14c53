"""Plans that somebody is working on, in a real database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from router.store import migrate, open_engine
from router.store.plan_drafts import APPLIED, KEPT, DraftStore, Typed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from siaga.settings import Settings

AT = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)


@pytest.fixture
async def drafts(settings: Settings) -> AsyncIterator[DraftStore]:
    await migrate(settings)
    engine = open_engine(settings.database)
    store = DraftStore(engine)
    yield store
    store.close()
    await engine.dispose()


def typed(text: str, seconds: float = 0, sitting: str = "page-one", account: int = 1) -> Typed:
    return Typed(account, sitting, 3, text, AT + timedelta(seconds=seconds))


async def test_typing_goes_on_in_one_state_for_a_while(drafts: DraftStore) -> None:
    """What is typed within a minute is one state; then another begins, from the same version."""
    for seconds, text in ((0, "a"), (30, "ab"), (61, "abc")):
        await drafts.save(typed(text, seconds))
    assert [draft.text for draft in await drafts.listed(1)] == ["abc", "ab"]
    assert {draft.base for draft in await drafts.listed(1)} == {3}


async def test_two_windows_do_not_overwrite_each_other(drafts: DraftStore) -> None:
    """What was typed in another window stays among the states; the later one is worked on."""
    await drafts.save(typed("one", 0))
    await drafts.save(typed("two", 1, "page-two"))
    await drafts.save(typed("one more", 2))
    assert [draft.text for draft in await drafts.listed(1)] == ["one more", "two", "one"]


async def test_everybody_has_their_own(drafts: DraftStore) -> None:
    """Another account neither sees nor gets a draft."""
    await drafts.save(typed("mine"))
    (mine,) = await drafts.listed(1)
    assert await drafts.newest(2) is None
    assert await drafts.get(2, mine.id) is None
    assert await drafts.get(1, mine.id) == mine


async def test_what_was_applied_is_not_worked_on(drafts: DraftStore) -> None:
    """Then nothing is open; the next draft begins from the version in force by then."""
    await drafts.save(typed("mine"))
    await drafts.finish(1, APPLIED)
    assert await drafts.newest(1) is None
    await drafts.save(Typed(1, "page-one", 4, "next", AT + timedelta(seconds=1)))
    newest = await drafts.newest(1)
    assert newest is not None
    assert (newest.text, newest.base) == ("next", 4)
    assert [draft.state for draft in await drafts.listed(1)] == ["open", "applied"]


async def test_the_oldest_states_go(drafts: DraftStore) -> None:
    """No more than so many are kept of an account; another's are left alone."""
    await drafts.save(typed("theirs", account=2))
    for number in range(KEPT + 5):
        await drafts.save(typed(str(number), number * 61))
    listed = await drafts.listed(1, KEPT * 2)
    assert (len(listed), listed[0].text) == (KEPT, str(KEPT + 4))
    assert await drafts.newest(2) is not None
