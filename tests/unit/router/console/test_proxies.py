"""A console behind a proxy: whom it believes, and what it tells browsers then."""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.accounts.model import Role
from router.console.proxies import Came, came
from router.store.trail import Search
from siaga import console
from siaga.errors import SettingsError
from tests.unit.router.console.people import PASSWORD

if TYPE_CHECKING:
    from aiohttp import ClientResponse

    from tests.unit.router.console.people import House

OURS = tuple(map(ipaddress.ip_network, ("10.0.0.0/24", "fd00::1/128")))


@pytest.mark.parametrize(
    ("remote", "hops", "proto", "found"),
    [
        ("192.0.2.9", ["203.0.113.1"], ["https"], Came("192.0.2.9", secure=False)),
        ("10.0.0.1", [], [], Came("10.0.0.1", secure=False)),
        ("10.0.0.1", ["203.0.113.1"], ["https"], Came("203.0.113.1", secure=True)),
        ("10.0.0.1", ["1.1.1.1, 203.0.113.1"], ["http"], Came("203.0.113.1", secure=False)),
        ("10.0.0.1", ["1.1.1.1", "203.0.113.1, 10.0.0.2"], [], Came("203.0.113.1", secure=False)),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], [], Came("10.0.0.3", secure=False)),
        ("10.0.0.1", ["<script>"], ["https, http"], Came("10.0.0.1", secure=False)),
        ("10.0.0.1", ["203.0.113.1, unknown"], ["HTTPS"], Came("10.0.0.1", secure=True)),
        ("::ffff:10.0.0.1", ["::ffff:203.0.113.1"], [], Came("203.0.113.1", secure=False)),
        ("fd00::1", ["2001:db8::7"], ["https"], Came("2001:db8::7", secure=True)),
        ("", ["203.0.113.1"], ["https"], Came("", secure=False)),
    ],
)
def test_only_a_proxy_of_ours_is_believed(
    remote: str, hops: list[str], proto: list[str], found: Came
) -> None:
    """And of what it says the last that is no proxy of ours: what is before it anybody can send."""
    given_ = {"X-Forwarded-For": hops, "X-Forwarded-Proto": proto}
    assert came(remote, given_, OURS, tls=False) == found
    assert came(remote, given_, (), tls=True) == Came(remote, secure=True)


@given(st.lists(st.text(max_size=30), max_size=5), st.lists(st.text(max_size=9), max_size=3))
def test_whatever_is_sent_is_an_address_at_last(hops: list[str], proto: list[str]) -> None:
    """Nothing but an address comes out, also of a proxy that passes on what is no list."""
    found = came("10.0.0.1", {"X-Forwarded-For": hops, "X-Forwarded-Proto": proto}, OURS, tls=False)
    assert ipaddress.ip_address(found.address)


def test_the_setting_is_read_and_handed_on() -> None:
    """Addresses and networks; what is neither, or everybody, is refused by name."""
    rules = console.load({"SIAGA_HTTP_PROXIES": "127.0.0.1, 10.0.0.0/24,::1"})
    assert rules == console.load(rules.environment())
    assert [str(each) for each in rules.proxies] == ["127.0.0.1/32", "10.0.0.0/24", "::1/128"]
    for wrong in ("proxy.example", "10.0.0.1/24", "0.0.0.0/0", "::/0", "10.0.0.1;x"):
        with pytest.raises(SettingsError, match="SIAGA_HTTP_PROXIES"):
            console.load({"SIAGA_HTTP_PROXIES": wrong})


async def test_behind_a_proxy_cookies_are_for_https_and_guessers_apart(unserved: House) -> None:
    """The trail and the throttle have the browser's address, and browsers are held to https."""
    house, own = unserved, tuple(map(ipaddress.ip_network, ("127.0.0.0/8",)))
    rules = replace(house.desk.settings.console, proxies=own)
    house.desk = replace(house.desk, settings=replace(house.desk.settings, console=rules))
    await house.serve()
    await house.account("sari", Role.OPERATOR)
    browser = house.browser()
    by = {"X-Forwarded-Proto": "https", "Origin": browser.origin.replace("http:", "https:")}

    async def tried(address: str, password: str) -> ClientResponse:
        form = {"name": "sari", "password": password}
        return await browser.ask(
            "POST", "/login", data=form, headers={**by, "X-Forwarded-For": address}
        )

    for _ in range(6):
        answer = await tried("203.0.113.1", "wrong")
    assert answer.status == 429
    answer = await tried("9.9.9.9, 203.0.113.2", PASSWORD)
    assert answer.status == 303
    assert answer.headers["Strict-Transport-Security"]
    given_ = answer.headers.getall("Set-Cookie")
    assert all(line.startswith("__Host-") and "Secure" in line for line in given_)
    rows = await house.desk.trail.find(Search(what="logged_in"), 5)
    assert [row.actor.address for row in rows] == ["203.0.113.2"]
