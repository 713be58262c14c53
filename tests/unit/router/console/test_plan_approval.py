"""A plan that asks for a second person: asked by one admin, put in force by another, once."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest

from router.accounts.model import Role
from router.store.trail import Search
from siaga.files import write_atomic
from siaga.plan.versions import Change, VersionStore
from tests.unit.router.console.test_plan import centre, fields, kept, text_of

if TYPE_CHECKING:
    from tests.unit.router.console.people import Browser, House

__all__ = ["centre"]
TWO = "  approval: second-person"
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
async def two(centre: House) -> House:
    """A centre whose plan in force asks for a second person."""
    settings = centre.desk.settings
    store = VersionStore(settings.home / "plan")
    text = text_of(centre).replace("centre:\n", f"centre:\n{TWO}\n", 1)
    version = store.keep(text.encode()).parent.name
    write_atomic(settings.plan_in_force, text)
    store.append(version, Change("Sari", "dua orang", "apply"))
    return centre


def in_force(house: House) -> tuple[int, str, str]:
    """Number of the version in force, whose wish it was, and who approved."""
    found = VersionStore(house.desk.settings.home / "plan").in_force
    assert found is not None
    return found.number, found.change.by, found.change.approved


async def asked(browser: Browser, house: House, ring: str = "25s", why: str = "uji") -> str:
    """Ask that a plan with another ring time be approved; the address of the request."""
    await kept(browser, text_of(house).replace("ring: 20s", f"ring: {ring}", 1))
    await browser.get("/plan/review")
    answer = await browser.post("/plan/apply", {**fields(browser.page), "why": why})
    assert answer.status == 303, browser.page
    return answer.headers["Location"]


async def approve(browser: Browser, address: str) -> int:
    """Approve what the page shows."""
    await browser.get(address)
    return (await browser.post(f"{address}/approve", fields(browser.page))).status


async def deeds(house: House) -> list[tuple[str, str]]:
    """What the audit log has of plans, the oldest first."""
    rows = await house.desk.trail.find(Search(words=("plan_",)), 20)
    return [(row.what, row.actor.who) for row in reversed(rows)]


async def test_another_admin_puts_it_in_force(two: House) -> None:
    """The first one's wish is compared and approved by the second; both stand in all records."""
    ani, budi = await two.inside("Ani", Role.ADMIN), await two.inside("Budi", Role.ADMIN)
    address = await asked(ani, two, why=HOSTILE)
    assert in_force(two)[0] == 2
    await budi.get("/plan")
    assert address in budi.page
    await budi.get("/plan/approval")
    assert "menunggu" in budi.page
    assert HOSTILE not in budi.page
    await budi.get(address)
    assert "&lt;script&gt;alert(1)" in budi.page
    assert HOSTILE not in budi.page
    assert budi.page.count('diff__line--new"') == 1
    assert await approve(budi, address) == 200
    assert "rahasia-203" in budi.page
    assert in_force(two) == (3, "Ani", "Budi")
    assert await deeds(two) == [
        ("plan_asked", "Ani"),
        ("plan_approved", "Budi"),
        ("plan_applied", "Budi"),
    ]
    await ani.get("/plan")
    assert "Draf Anda" not in ani.page
    await ani.get("/plan/versions")
    assert "Disetujui oleh Budi." in ani.page
    await ani.get(address)
    assert "/plan/versions/3" in ani.page
    assert "/approve" not in ani.page


async def test_nobody_approves_their_own(two: House) -> None:
    """Neither by the page nor by a form that is sent without it."""
    ani = await two.inside("Ani", Role.ADMIN)
    address = await asked(ani, two)
    await ani.get(address)
    assert "/approve" not in ani.page
    version = re.search(r"<code>([0-9a-f]{12})</code>", ani.page)
    assert version is not None
    for verb in ("approve", "refuse"):
        form = {"digest": version[1], "instead": "2", "words": "x"}
        assert (await ani.post(f"{address}/{verb}", form)).status == 409
        assert "admin lain yang menyetujuinya" in ani.page
    assert in_force(two)[0] == 2
    assert await deeds(two) == [("plan_asked", "Ani")]


async def test_two_approvals_at_once_apply_once(two: House) -> None:
    """Of two admins at the same moment, and of a double click, one is told that it is over."""
    people = [await two.inside(name, Role.ADMIN) for name in ("Budi", "Citra", "Dewi")]
    ani = await two.inside("Ani", Role.ADMIN)
    address = await asked(ani, two)
    for each in people:
        await each.get(address)
    form = fields(people[0].page)
    answers = await asyncio.gather(
        *(each.post(f"{address}/approve", form) for each in (*people, people[0]))
    )
    assert sorted(answer.status for answer in answers) == [200, 409, 409, 409]
    assert in_force(two)[0] == 3
    assert [what for what, _who in await deeds(two)].count("plan_approved") == 1


async def test_what_was_edited_is_not_approved(two: House) -> None:
    """To go on with the draft, or to drop it, voids the request, also when it is changed back."""
    ani, budi = await two.inside("Ani", Role.ADMIN), await two.inside("Budi", Role.ADMIN)
    address = await asked(ani, two)
    await budi.get(address)
    form = fields(budi.page)
    text = text_of(two)
    await kept(ani, text.replace("ring: 20s", "ring: 60s", 1))
    await kept(ani, text.replace("ring: 20s", "ring: 25s", 1))
    assert (await budi.post(f"{address}/approve", form)).status == 409
    assert "batal karena disunting" in budi.page
    assert in_force(two)[0] == 2
    address = await asked(ani, two, "30s")
    await ani.post("/plan/drop")
    assert await approve(budi, address) == 409
    assert [what for what, _ in await deeds(two)] == ["plan_asked", "plan_withdrawn"] * 2


async def test_it_is_refused_with_words_or_taken_back(two: House) -> None:
    """The other says why not; whoever asked may withdraw; both can ask again."""
    ani, budi = await two.inside("Ani", Role.ADMIN), await two.inside("Budi", Role.ADMIN)
    address = await asked(ani, two)
    await budi.get(address)
    assert (await budi.post(f"{address}/refuse", {"words": " "})).status == 400
    assert (await budi.post(f"{address}/withdraw")).status == 409
    assert (await budi.post(f"{address}/refuse", {"words": HOSTILE})).status == 303
    await ani.get(address)
    assert "&lt;script&gt;alert(1)" in ani.page
    assert HOSTILE not in ani.page
    second = await asked(ani, two)
    await ani.get(second)
    assert (await ani.post(f"{second}/withdraw")).status == 303
    assert await approve(budi, second) == 409
    assert in_force(two)[0] == 2
    assert [what for what, _ in await deeds(two)] == [
        "plan_asked",
        "plan_refused",
        "plan_asked",
        "plan_withdrawn",
    ]


@pytest.mark.parametrize("why", ["time", "version", "account"])
async def test_a_request_ends_by_itself(two: House, why: str) -> None:
    """After its time, when another plan is in force, and when who asked is no admin any more."""
    ani, budi = await two.inside("Ani", Role.ADMIN), await two.inside("Budi", Role.ADMIN)
    address = await asked(ani, two)
    await budi.get(address)
    form = fields(budi.page)
    if why == "time":
        two.clock.forward(days=3)
        budi = await two.inside("Citra", Role.ADMIN)
    elif why == "version":
        store = VersionStore(two.desk.settings.home / "plan")
        store.append(store.entries()[0].version, Change("Sari", "darurat", "apply"))
    else:
        account = await two.desk.accounts.named("Ani")
        assert account is not None
        await two.desk.accounts.disable(account.id, two.actor)
    assert (await budi.post(f"{address}/approve", form)).status == 409
    told = {"time": "lewat waktu", "version": "didahului", "account": "bukan admin lagi"}
    assert told[why] in budi.page
    assert f'action="{address}' not in budi.page


async def test_a_router_that_is_away_leaves_it_to_be_tried_later(house: House) -> None:
    """Nobody knows what became of it: it is being applied, and free again after a while."""
    settings = house.desk.settings
    settings.plan_in_force.parent.mkdir(parents=True)
    text = settings.plan.read_text(encoding="utf-8")
    write_atomic(settings.plan_in_force, text.replace("centre:\n", f"centre:\n{TWO}\n", 1))
    ani, budi = await house.inside("Ani", Role.ADMIN), await house.inside("Budi", Role.ADMIN)
    address = await asked(ani, house)
    assert await approve(budi, address) == 503
    assert "tidak pasti" in budi.page
    await budi.get("/plan/review")
    await budi.get(address)
    assert "sedang diterapkan" in budi.page
    assert f'action="{address}' not in budi.page
    house.clock.forward(seconds=149)
    assert await approve(budi, address) == 409
    house.clock.forward(seconds=2)
    assert await approve(budi, address) == 503


async def test_what_the_command_refuses_may_be_approved_again(two: House) -> None:
    """A refusal of the router's is told, and the request waits as before."""
    ani, budi = await two.inside("Ani", Role.ADMIN), await two.inside("Budi", Role.ADMIN)
    address = await asked(ani, two)
    run = two.desk.settings.home / "run"
    run.rename(run.with_name("elsewhere"))
    assert await approve(budi, address) >= 400
    run.with_name("elsewhere").rename(run)
    assert in_force(two)[0] == 2
    two.clock.forward(seconds=151)
    assert await approve(budi, address) == 200


async def test_an_earlier_version_needs_it_too(two: House) -> None:
    """To go back is asked for and approved as well, and so is the end of asking for it."""
    ani, budi = await two.inside("Ani", Role.ADMIN), await two.inside("Budi", Role.ADMIN)
    await ani.get("/plan/versions/1?old=2")
    answer = await ani.post("/plan/versions/1/rollback", {**fields(ani.page), "why": "kembali"})
    assert answer.status == 303
    assert in_force(two)[0] == 2
    await kept(ani, text_of(two).replace("ring: 20s", "ring: 25s", 1))
    address = answer.headers["Location"]
    await budi.get(address)
    assert "tidak lagi diminta" in budi.page
    assert await approve(budi, address) == 200
    assert in_force(two) == (3, "Ani", "Budi")
    assert "second-person" not in text_of(two)


async def test_the_only_admin_is_told_what_to_do(two: House) -> None:
    """With nobody to approve the page says how to have a second admin, and the way in need."""
    ani = await two.inside("Ani", Role.ADMIN)
    await two.inside("Siti", Role.SUPERVISOR)
    await kept(ani, text_of(two).replace("ring: 20s", "ring: 25s", 1))
    for path in ("/plan/review", "/plan/approval", "/plan/versions/1"):
        await ani.get(path)
        assert "satu-satunya admin" in ani.page, path
    await two.inside("Budi", Role.ADMIN)
    await ani.get("/plan/review")
    assert "satu-satunya admin" not in ani.page


async def test_readers_see_requests_and_answer_none(two: House) -> None:
    """Supervisors and auditors read what was asked."""
    address = await asked(await two.inside("Ani", Role.ADMIN), two)
    for role in (Role.SUPERVISOR, Role.AUDITOR):
        somebody = await two.inside(f"R{role.value}", role)
        assert (await somebody.get("/plan/approval")).status == 200
        assert (await somebody.get(address)).status == 200
        assert "/refuse" not in somebody.page
        assert (await somebody.post(f"{address}/approve")).status == 403
