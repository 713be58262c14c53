"""The routing plan at the console: typed, judged, kept, compared and put in force."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp.test_utils import TestServer

from router.accounts.model import Role
from router.api import Services, build_app
from router.applying import Applying
from router.console.link import RouterLink
from router.store.trail import Search
from siaga.files import write_atomic
from siaga.plan.versions import Change, VersionStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.unit.router.console.people import Browser, House

COMMAND = """
import json, pathlib, sys
if sys.argv[1] == "handsets":
    print(json.dumps({{"logins": {{"201": "baru<b>201"}}}}))
    raise SystemExit(0)
verb, by, why, instead, approved, _, _, what = sys.argv[1:]
from datetime import UTC, datetime
from siaga.plan.versions import Change, VersionStore
folder = pathlib.Path({folder!r})
store = VersionStore(folder)
now = store.in_force
if instead != f"--instead={{now.number}}":
    print(json.dumps({{"error": "overtaken", "message": "Sudah lain.\\nAnother one."}}))
    raise SystemExit(1)
if verb == "apply":
    data = pathlib.Path(what).read_bytes()
    file = store.keep(data)
else:
    file = store.text(store.numbered(int(what)).version)
    data = file.read_bytes()
(folder / "routing.yaml").write_bytes(data)
change = Change(by.removeprefix("--by="), why.removeprefix("--why="), verb,
    approved.removeprefix("--approved="))
entry = store.append(file.parent.name, change, datetime.now(UTC))
print(json.dumps({{"version": entry.document(), "changed": True, "seconds": 0.1,
    "warnings": [], "logins": {{"203": "rahasia-203"}}}}))
"""
"""In place of ``siaga112 apply``, which needs Asterisk: only the versions change."""
AJAX = {"Accept": "application/json"}


@pytest.fixture
async def centre(unserved: House) -> AsyncIterator[House]:
    """A console with a plan in force, and a router that puts others in force."""
    settings = unserved.desk.settings
    store = VersionStore(settings.home / "plan")
    data = settings.plan.read_bytes()
    kept_as = store.keep(data).parent.name
    write_atomic(settings.plan_in_force, data.decode())
    begun = Change("Sari", "<script>alert(1)</script>", "first start")
    store.append(kept_as, begun, datetime(2026, 11, 27, tzinfo=UTC))
    (settings.home / "run").mkdir(exist_ok=True)
    command = COMMAND.format(folder=str(store.folder))
    applying = Applying(settings, (sys.executable, "-c", command))
    app = build_app(
        Services(token="t", health=dict, handsets=dict, transfer=_nobody, applying=applying)
    )
    async with TestServer(app) as router:
        link = RouterLink(router.port or 0, "t")
        await link.open()
        unserved.desk = replace(unserved.desk, link=link)
        await unserved.serve()
        yield unserved
        await link.close()


async def _nobody(_call: str, _agency: str) -> None: ...


def text_of(house: House) -> str:
    return house.desk.settings.plan_in_force.read_text(encoding="utf-8")


async def kept(browser: Browser, text: str, sitting: str = "page-one") -> dict[str, Any]:
    """What is told of a text that is typed."""
    answer = await browser.ask(
        "POST",
        "/plan/draft",
        data={"text": text, "sitting": sitting},
        headers={"Origin": browser.origin, "X-Siaga-Word": browser.word, **AJAX},
    )
    assert answer.status == 200, await answer.text()
    return dict(await answer.json())


async def test_an_error_is_told_with_its_place(centre: House) -> None:
    """A mistyped name is told at line and column, in the words of the command line."""
    browser = await centre.inside("Ani", Role.ADMIN)
    text = text_of(centre)
    wrong = text.replace("agency: damkar", "agency: damkat", 1)
    line = wrong[: wrong.index("damkat")].count("\n") + 1
    told = await kept(browser, wrong)
    assert told["lines"] == [line]
    assert f'data-line="{line}"' in told["parts"]["problems"]
    assert "damkar" in told["parts"]["problems"]
    assert "1 masalah" in told["parts"]["state"]
    assert (await kept(browser, text))["lines"] == []


async def test_the_draft_is_kept_as_typed(centre: House) -> None:
    """What one admin typed is there when they come again, and is nobody else's."""
    browser = await centre.inside("Ani", Role.ADMIN)
    await kept(browser, "centre: </textarea><script>x</script>\n")
    await browser.get("/plan")
    assert "centre: &lt;/textarea&gt;&lt;script&gt;x" in browser.page
    assert "<script>x" not in browser.page
    other = await centre.inside("Budi", Role.ADMIN)
    await other.get("/plan")
    assert "textarea&gt;" not in other.page
    await browser.post("/plan/drop")
    await browser.get("/plan")
    assert "textarea&gt;" not in browser.page
    await browser.get("/plan/drafts")
    assert "&lt;script&gt;x" in browser.page
    await browser.post("/plan/drafts/1/restore")
    await browser.get("/plan")
    assert "&lt;script&gt;x" in browser.page


HOSTILE = {
    "aliases": "a: &a [x]\nb: [*a, *a]\n",
    "depth": "a: " + "[" * 500 + "]" * 500,
    "tags": "a: !!python/object/apply:os.system [id]\n",
    "nul": "centre: a\0b\n",
    "size": "# " + "x" * 1_200_000,
    "parts": "a: [" + "1," * 40_000 + "]\n",
}


@pytest.mark.parametrize("kind", HOSTILE)
async def test_hostile_text_is_refused_with_words(centre: House, kind: str) -> None:
    """Bombs, tags, depth and size are refused, and said why, without being built."""
    browser = await centre.inside("Ani", Role.ADMIN)
    answer = await browser.ask(
        "POST",
        "/plan/draft",
        data={"text": HOSTILE[kind]},
        headers={"Origin": browser.origin, "X-Siaga-Word": browser.word, **AJAX},
    )
    told = await answer.json()
    if kind == "size":
        assert answer.status == 413
        assert told["message"] == "Kiriman terlalu besar."
    else:
        assert answer.status == 200
        assert len(told["lines"]) == 1


async def test_ten_megabytes_are_not_read(centre: House) -> None:
    """More than a form may have is cut off, with words."""
    browser = await centre.inside("Ani", Role.ADMIN)
    answer = await browser.ask(
        "POST",
        "/plan/draft",
        data={"text": "x" * 10_000_000},
        headers={"Origin": browser.origin, "X-Siaga-Word": browser.word, **AJAX},
    )
    assert answer.status == 413


async def test_a_plan_is_applied_with_a_reason(centre: House) -> None:
    """Reviewed, applied with a reason, written down; new passwords are shown this once."""
    browser = await centre.inside("Ani", Role.ADMIN)
    new = text_of(centre).replace("ring: 20s", "ring: 25s", 1)
    await kept(browser, new)
    await browser.get("/plan/review")
    assert "25" in browser.page
    form = fields(browser.page)
    refused = await browser.post("/plan/apply", {**form, "why": " "})
    assert refused.status == 400
    done = await browser.post("/plan/apply", {**form, "why": "Damkar minta 25 s"})
    assert done.status == 200
    assert "rahasia-203" in browser.page
    assert text_of(centre) == new
    found = VersionStore(centre.desk.settings.home / "plan").in_force
    assert found is not None
    assert (found.number, found.change.by, found.change.why) == (2, "Ani", "Damkar minta 25 s")
    rows = await centre.desk.trail.find(Search(what="plan_applied"), 10)
    assert [(row.actor.who, row.old) for row in rows] == [("Ani", "#1")]
    assert "Damkar minta" in rows[0].new
    assert "rahasia" not in str(rows)
    again = await browser.post("/plan/apply", {**form, "why": "lagi"})
    assert again.status == 409


def fields(page: str) -> dict[str, str]:
    """The hidden fields of a page's last form."""
    return dict(re.findall(r'type="hidden" name="(digest|instead)" value="([^"]*)"', page))


async def test_what_somebody_else_applied_is_not_undone_unseen(centre: House) -> None:
    """Another version in force, or a draft changed in another window, has to be reviewed again."""
    ani, budi = await centre.inside("Ani", Role.ADMIN), await centre.inside("Budi", Role.ADMIN)
    text = text_of(centre)
    await kept(ani, text.replace("ring: 20s", "ring: 25s", 1))
    await ani.get("/plan/review")
    anis = fields(ani.page)
    await kept(budi, text.replace("ring: 20s", "ring: 30s", 1))
    await budi.get("/plan/review")
    assert (await budi.post("/plan/apply", {**fields(budi.page), "why": "b"})).status == 200
    assert (await ani.post("/plan/apply", {**anis, "why": "a"})).status == 409
    assert "Sudah lain." in ani.page
    assert "Budi menerapkan versi 2" in ani.page
    await kept(ani, text.replace("ring: 20s", "ring: 26s", 1), "page-two")
    assert (await ani.post("/plan/apply", {**fields(ani.page), **anis, "why": "a"})).status == 409


async def test_an_earlier_version_is_put_in_force_again(centre: House) -> None:
    """Versions are listed, escaped, compared in lines and words, and rolled back with a reason."""
    browser = await centre.inside("Ani", Role.ADMIN)
    old = text_of(centre)
    await kept(browser, old.replace("ring: 20s", "ring: 25s", 1))
    await browser.get("/plan/review")
    await browser.post("/plan/apply", {**fields(browser.page), "why": "coba"})
    await browser.get("/plan/versions")
    assert "&lt;script&gt;alert(1)" in browser.page
    assert "<script>alert" not in browser.page
    await browser.get("/plan/versions/1?old=2")
    assert browser.page.count("diff__line--new") == browser.page.count("diff__line--old") == 1
    answer = await browser.post(
        "/plan/versions/1/rollback", {**fields(browser.page), "why": "kembali"}
    )
    assert answer.status == 200
    assert text_of(centre) == old
    assert (await browser.get("/plan/versions/99?old=1")).status == 404
    assert (await browser.get("/plan/versions/0?old=x")).status == 404


async def test_without_the_router_it_is_said_that_it_is_uncertain(house: House) -> None:
    """No answer is no promise: the list of versions tells."""
    settings = house.desk.settings
    settings.plan_in_force.parent.mkdir(parents=True)
    write_atomic(settings.plan_in_force, settings.plan.read_text())
    browser = await house.inside("Ani", Role.ADMIN)
    await kept(browser, settings.plan.read_text().replace("ring: 20s", "ring: 25s", 1))
    await browser.get("/plan/review")
    answer = await browser.post("/plan/apply", {**fields(browser.page), "why": "coba"})
    assert answer.status == 503
    assert "tidak pasti" in browser.page


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.AUDITOR])
async def test_others_read_only(centre: House, role: Role) -> None:
    """Supervisors and auditors see the plan in force, and nothing to change it by."""
    browser = await centre.inside("Siti", role)
    for path in ("/plan", "/plan/versions", "/plan/versions/1"):
        assert (await browser.get(path)).status == 200
        assert not re.search(r'action="/plan/(?!versions")', browser.page)
    await browser.get("/plan")
    assert "readonly" in browser.page
    assert (await browser.post("/plan/draft", {"text": "x"})).status == 403


async def test_a_handsets_new_password_is_shown_once(centre: House) -> None:
    """Admins make one: it is on that answer alone, escaped, and in no log."""
    browser = await centre.inside("Ani", Role.ADMIN)
    assert (await browser.get("/plan/handsets")).status == 200
    assert "baru&lt;" not in browser.page
    assert (await browser.post("/plan/handsets/201/renew")).status == 200
    assert "baru&lt;b&gt;201" in browser.page
    assert 'src="data:image/svg+xml' in browser.page
    rows = await centre.desk.trail.find(Search(what="handset_renewed"), 10)
    assert [(row.object, row.new) for row in rows] == [("201", "")]
    await browser.get("/plan/handsets")
    assert "201" in browser.page
    assert "baru&lt;" not in browser.page
    supervisor = await centre.inside("Siti", Role.SUPERVISOR)
    await supervisor.get("/plan/handsets")
    assert "/renew" not in supervisor.page
