"""The pages themselves: each is made for whoever may see it, in both languages."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from yarl import URL

from router.accounts import tokens
from router.accounts.model import Role, Stage
from router.console import cookies
from router.console.api.scopes import SCOPES
from router.console.guard import HEADERS
from router.console.pages import routes
from router.console.words import FILE, LANGUAGES, WORDS
from router.store.trail import Search
from tests.unit.router.console.people import PASSWORD

if TYPE_CHECKING:
    from tests.unit.router.console.people import Browser, House

PAGES = [
    route
    for route in routes()
    if route.method == "GET"
    and "{" not in route.path
    and not route.path.startswith("/api/v1")
    and not route.live
]
ROUTERS = {"/health", "/healthz", "/readyz", "/metrics"}
"""Of the router, which is not there."""
HOSTILE = "<script>alert(1)</script>"
SHY = "x\" onfocus=alert(1) '{{7*7}}"


class Marked(HTMLParser):
    """What a browser makes of a page: its elements, and what is wrong with them."""

    def __init__(self) -> None:
        super().__init__()
        self.inline: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        given = dict(attrs)
        if tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(tag)
        self.inline += [name for name in given if name.startswith("on") or name == "style"]


def marked(text: str) -> Marked:
    found = Marked()
    found.feed(text)
    return found


def unfinished(route: Any) -> Stage:
    return Stage.FULL if Stage.FULL in route.stages else next(iter(route.stages))


@pytest.mark.parametrize("role", Role)
async def test_every_page_is_made_for_who_may_see_it(house: House, role: Role) -> None:
    """In both languages, without script or style inside, with the headers that hold browsers."""
    await house.machine(Role.AUDITOR, *SCOPES)
    stages = [stage for stage in Stage if role is Role.ADMIN or stage is not Stage.ENROL]
    people = {stage: await house.account(stage.value, role, stage) for stage in stages}
    for route in PAGES:
        stage = unfinished(route)
        if stage not in people or not route.may(role) or route.path in ROUTERS:
            continue
        for language in LANGUAGES:
            word = await house.session(people[stage], stage)
            browser = house.browser(session=word, language=language)
            answer = await browser.get(route.path)
            led = route.path == "/login" or (route.path == "/account/factor" and role is Role.ADMIN)
            assert answer.status == (303 if led else 200), route.path
            assert answer.headers["Content-Security-Policy"] == HEADERS["Content-Security-Policy"]
            if answer.content_type != "text/html":
                continue
            assert f'<html lang="{language}">' in browser.page or answer.status == 303
            assert marked(browser.page).inline == []


def test_every_word_is_there_and_used() -> None:
    """Each key that code or a template asks for is there, and each that is there is asked for."""
    folder = FILE.parent
    asked: set[str] = set()
    made: list[re.Pattern[str]] = []
    for file in [*folder.rglob("*.py"), *folder.rglob("*.html")]:
        if file.name == "words.py":
            continue
        text = file.read_text(encoding="utf-8")
        asked |= WORDS.keys() & set(re.findall(r"(?<=[\"'])[\w.]+(?=[\"'])", text))
        for key in re.findall(r"\bt\(\"([\w.]+)\"[,)]", text):
            assert key in WORDS, (file.name, key)
        made += [
            re.compile(rf"{re.escape(part)}\w+")
            for part in re.findall(r"t\(\"([\w.]+\.)\" ~", text)
        ]
        made += [
            re.compile(rf"{re.escape(part)}\w+") for part in re.findall(r"\(f\"([\w]+\.)\{", text)
        ]
    unused = {
        key for key in WORDS if key not in asked and not any(each.fullmatch(key) for each in made)
    }
    assert unused == set()


async def test_the_switch_changes_the_language(house: House) -> None:
    """Before and after logging in; an account keeps what was chosen."""
    await house.account("sari", Role.OPERATOR)
    browser = house.browser()
    await browser.get("/login")
    assert "Sandi" in browser.page
    answer = await browser.post("/language", {"language": "en", "next": "/login"})
    assert answer.headers["Location"] == "/login"
    await browser.get("/login")
    assert "Password" in browser.page
    await browser.log_in("sari")
    await browser.post("/language", {"language": "en", "next": "//evil.example"})
    elsewhere = house.browser()
    await elsewhere.log_in("sari")
    await elsewhere.get("/account")
    assert "My account" in elsewhere.page


async def test_the_switch_keeps_the_query(house: House) -> None:
    """The same page with the same search is shown, and nobody is led away from here."""
    browser = await house.inside("sari", Role.AUDITOR)
    for asked, shown in (
        ("/records?number=%2B62%20812&outcome=answered", None),
        ("/records?number=%3Cb%3E%22%27", None),
        ("/audit?page=1&a[b]={c}", None),
        ("/audit?x=" + "a" * 3000, "/audit"),
        ("/records", None),
    ):
        await browser.get(asked)
        found = re.search(r'name="next" value="([^"]*)"', browser.page)
        assert found
        given = unescape(found[1])
        answer = await browser.post("/language", {"language": "en", "next": given})
        assert URL(answer.headers["Location"]) == URL(shown or asked)
    for evil in ("//evil.example/?a=b", "/\\evil.example", "https://evil.example/", "/a\r\nX: y"):
        answer = await browser.post("/language", {"language": "id", "next": evil})
        assert answer.headers["Location"] == "/"


async def test_the_switch_leads_from_a_refusal_to_its_form(house: House) -> None:
    """What was shown for a form that was sent has no address; another site's is not taken."""
    admin = await house.inside("admin", Role.ADMIN)
    for came, shown in (
        (f"{admin.origin}/accounts?a=b", "/accounts?a=b"),
        ("http://evil.example/accounts", "/"),
        ("http://[", "/"),
        ("", "/"),
    ):
        answer = await admin.post("/accounts", {"name": "", "role": "operator"}, Referer=came)
        assert answer.status == 400
        assert f'name="next" value="{shown}"' in admin.page


async def test_pages_are_sent_compressed_and_their_words_masked(house: House) -> None:
    """To whoever takes that; a form's word is another on each page, and counts all the same."""
    sari = await house.inside("sari", Role.OPERATOR)
    plain = await sari.get("/account", **{"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    one, many = sari.word, len(sari.page)
    packed = await sari.get("/account", **{"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Vary"] == "Accept-Encoding"
    assert int(packed.headers["Content-Length"]) < many / 2
    assert sari.word != one
    answer = await sari.post("/handover", {"word": one, "text": "Sepi.", "once": "a"})
    assert answer.status == 303
    # No page shows a word as it is, more than once the same.
    for route in PAGES:
        if route.may(Role.OPERATOR) and route.path not in ROUTERS:
            await sari.get(route.path)
            assert tokens.unmasked(one) not in sari.page


async def test_hostile_words_are_shown_as_words(house: House) -> None:
    """Names, browsers and searches with markup in them are text wherever they are shown."""
    admin = await house.inside("admin", Role.ADMIN)
    sari = await house.account("O'Neil - a.b@c_d", Role.OPERATOR)
    for name in (HOSTILE, SHY, "", " ", "a" * 65, "a\u202eb", "a\nb\x00"):
        answer = await admin.post("/accounts", {"name": name, "role": "operator"})
        shown = "a b" in admin.page or answer.status == 400
        assert shown, repr(name)
    stranger = house.browser()
    agent = {"User-Agent": HOSTILE}
    await stranger.post("/login", {"name": sari.name, "password": PASSWORD}, **agent)
    await stranger.post("/login", {"name": HOSTILE, "password": SHY})
    pages = [stranger.page]
    for path in (
        "/accounts",
        "/sessions",
        "/audit",
        f"/audit?q={HOSTILE}&before={HOSTILE}&what={SHY}",
    ):
        assert (await admin.get(path)).status == 200
        pages.append(admin.page)
    await admin.get(f"/{HOSTILE}")
    pages.append(admin.page)
    for page in pages:
        assert HOSTILE not in page
        assert "alert" not in marked(page).tags
        assert marked(page).inline == []
    assert "&lt;script&gt;" in pages[2]


async def test_what_is_not_there_is_told_as_it_is_asked(house: House) -> None:
    """A page for people, an object for machines, a part for a page; nothing of the inside."""
    browser = house.browser()
    assert (await browser.get("/nothing")).status == 404
    assert "<h1>" in browser.page
    answer = await browser.get("/nothing", **{"HX-Request": "true"})
    assert "<html" not in browser.page
    answer = await browser.get("/api/nothing")
    assert (await answer.json())["error"] == "not_found"
    answer = await browser.ask("DELETE", "/login")
    assert answer.status == 405
    assert answer.headers["Server"] == "siaga112"


async def test_too_much_is_refused(house: House) -> None:
    """A body beyond the limit is not read."""
    await house.account("sari", Role.OPERATOR)
    answer = await house.browser().post("/login", {"name": "sari", "password": "x" * 200_000})
    assert answer.status == 413


async def test_a_database_that_is_away_is_told(house: House) -> None:
    """Nobody is let in, and nobody is told more than that."""
    browser = await house.inside("sari", Role.OPERATOR)
    file = house.desk.settings.home / "siaga.db"
    await house.desk.engine.dispose()
    for each in file.parent.glob("siaga.db*"):
        each.unlink()
    file.mkdir()
    answer = await browser.get("/account")
    assert answer.status == 503
    assert "sqlite" not in browser.page.lower()


async def test_health_is_for_this_machine(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the router says of itself is told on this machine; from elsewhere it is not there."""
    browser = house.browser()
    answer = await browser.get("/health")
    assert (answer.status, (await answer.json())["error"]) == (503, "router_away")
    monkeypatch.setattr("router.console.pages.health._is_here", lambda _address: False)
    assert (await browser.get("/health")).status == 404


async def test_static_files_are_known_ones(house: House) -> None:
    """A name that is none of them, however it is written, is not there."""
    browser, address = house.browser(), house.desk.static.address("css/base.css")
    answer = await browser.get(address)
    assert answer.status == 200
    assert "immutable" in answer.headers["Cache-Control"]
    for name in ("../words.yaml", "..%2fwords.yaml", "%2e%2e/guard.py", "/etc/passwd", "css/"):
        assert (await browser.get(f"/static/{'0' * 16}/{name}")).status == 404
    assert cookies.SESSION == "session"


class TestAccounts:
    """What admins do to accounts."""

    async def test_an_account_is_made_with_a_password_for_once(self, house: House) -> None:
        """It is shown once, lets in once, and is written nowhere; the name is taken then."""
        admin = await house.inside("admin", Role.ADMIN)
        await admin.post("/accounts", {"name": "Budi", "role": "supervisor"})
        given = re.search(r"<code>([a-z0-9-]{23})</code>", admin.page)
        assert given is not None
        assert (await admin.post("/accounts", {"name": "budi", "role": "operator"})).status == 400
        await admin.get("/accounts")
        assert given[1] not in admin.page
        budi = house.browser()
        assert (await budi.log_in("budi", given[1])).headers["Location"] == "/login/password"
        rows = await house.desk.trail.find(Search(("Budi",), "account_added"), 10)
        assert [(row.actor.who, row.new) for row in rows] == [("admin", "supervisor")]
        assert all(given[1] not in f"{row}" for row in await house.desk.trail.find(Search(), 100))

    async def test_somebody_is_always_left(self, house: House) -> None:
        """The last admin is neither disabled nor made something else; with another one they are."""
        admin = await house.inside("admin", Role.ADMIN)
        row = (await house.desk.accounts.listed())[0].id
        assert (await admin.post(f"/accounts/{row}/disable")).status == 400
        assert "admin terakhir" in admin.page
        form = {"role": "operator"}
        assert (await admin.post(f"/accounts/{row}/role", form)).status == 400
        await house.account("other", Role.ADMIN)
        assert (await admin.post(f"/accounts/{row}/role", form)).status == 303

    async def test_a_reset_takes_everything_away(self, house: House) -> None:
        """Password, second factor, sessions, known browsers go; a new password is shown."""
        admin = await house.inside("admin", Role.ADMIN)
        second = await house.account("second", Role.ADMIN)
        theirs = house.browser(session=await house.session(second))
        await admin.post(f"/accounts/{second.id}/reset")
        assert (await theirs.get("/account")).status == 303
        given = re.search(r"<code>([a-z0-9-]{23})</code>", admin.page)
        assert given is not None
        fresh = house.browser()
        assert (await fresh.log_in("second")).status == 401
        assert (await fresh.log_in("second", given[1])).headers["Location"] == "/login/password"

    @pytest.mark.parametrize("verb", ["role", "reset", "disable", "enable", "end-sessions"])
    async def test_an_account_that_is_not_there(self, house: House, verb: str) -> None:
        """Is told, whatever is wanted of it."""
        admin = await house.inside("admin", Role.ADMIN)
        answer = await admin.post(f"/accounts/999999999999/{verb}", {"role": "operator"})
        assert answer.status == 404


class TestAudit:
    """The search in what was done."""

    async def test_pages_follow_each_other(self, house: House) -> None:
        """Each row is on one page, newest first, also of rows of the same moment."""
        admin = await house.inside("admin", Role.ADMIN)
        for number in range(230):
            await house.desk.accounts.speak(1, "en" if number % 2 else "id", house.actor)
        seen: list[int] = []
        path, pages = "/audit?what=language_changed&q=admin", 0
        while path:
            await admin.get(path)
            pages += 1
            seen.append(admin.page.count("<tr><td>"))
            found = re.search(r'href="(/audit\?[^"]+)"', admin.page)
            path = found[1].replace("&amp;", "&") if found else ""
        assert (pages, sum(seen)) == (3, 230)

    async def test_words_and_days_are_searched(self, house: House) -> None:
        """All words have to be in a row; signs of SQL are letters; a day is the centre's."""
        admin = await house.inside("admin", Role.ADMIN)
        await house.account("Sari_5", Role.OPERATOR)
        await house.account("Sarix5", Role.OPERATOR)

        async def found(query: str) -> int:
            await admin.get(f"/audit?what=account_added&{query}")
            return admin.page.count("<tr><td>")

        assert await found("q=sari_5") == 1
        assert await found("q=operator+sarix5") == 1
        assert await found("q=%25") == 0
        assert await found("since=2026-11-27") == 3
        assert await found("until=2026-11-26") == 0
        assert await found("since=2026-11-28") == 0
        assert await found("since=9999-12-31&until=9999-12-31&before=1.1") == 0


async def made(browser: Browser, **fields: Any) -> str:
    """The token that is shown."""
    form = {"name": "mesin", "role": "auditor", "scope": "me", "days": "30", **fields}
    await browser.post("/tokens", form)
    found = re.search(r"<code>(siaga_[\w-]{43})</code>", browser.page)
    return found[1] if found else ""


async def test_a_token_counts_until_it_does_not(house: House) -> None:
    """Shown once, it lets in until it is revoked, or its end; its use is seen."""
    admin = await house.inside("admin", Role.ADMIN)
    words = [await made(admin), await made(admin, days="90")]
    await admin.get("/tokens")
    assert not any(word in admin.page for word in words)
    machine = house.browser()
    headers = [{"Authorization": f"Bearer {word}"} for word in words]
    for header in headers:
        answer = await machine.ask("GET", "/api/v1/me", headers=header)
        assert (await answer.json())["scopes"] == ["me"]
    tokens = await house.desk.tokens.listed()
    assert all(token.seen == house.clock() for token in tokens)
    assert (await admin.post(f"/tokens/{tokens[0].id}/revoke")).status == 303
    assert (await machine.ask("GET", "/api/v1/me", headers=headers[1])).status == 401
    house.clock.forward(days=30)
    assert (await machine.ask("GET", "/api/v1/me", headers=headers[0])).status == 401


@pytest.mark.parametrize(
    "fields",
    [{"days": "367"}, {"days": "0"}, {"days": "x"}, {"scope": "y"}, {"role": "z"}, {"name": "<"}],
)
async def test_a_token_without_sense_is_not_made(house: House, fields: dict[str, str]) -> None:
    """Without an end, a scope, a role or a name there is none."""
    admin = await house.inside("admin", Role.ADMIN)
    assert await made(admin, **fields) == ""
    assert await house.desk.tokens.listed() == []
