"""Where posts may go: judged by what the address says, and again by what its name leads to."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.hooks.addresses import Guarded, HookAddressError, HookRules

RULES = HookRules((ipaddress.ip_network("10.1.0.0/16"),), frozenset({8112, 5038}))


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/hook?token=x",
        "https://example.org:8443",
        "https://93.184.216.34/",
        "https://[2606:2800:220:1::1]/",
        "https://10.1.2.3/",
        "http://127.0.0.1:9000/x",
        "http://localhost:9000/",
        "http://[::1]:9000/",
    ],
)
def test_what_may_be_posted_to(address: str) -> None:
    """Public addresses by https, networks that were named, and this machine."""
    assert RULES.checked(address).host


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("", "hook_form"),
        ("example.org", "hook_form"),
        ("ftp://example.org/", "hook_form"),
        ("file:///etc/passwd", "hook_form"),
        ("https://", "hook_form"),
        ("https://[bad/", "hook_form"),
        ("https://h:99999/", "hook_form"),
        ("https://u:p@example.org/", "hook_form"),
        ("https://example.org/#x", "hook_form"),
        ("https://example.org/" + "x" * 500, "hook_form"),
        ("http://example.org/", "hook_plain"),
        ("http://10.1.2.3/", "hook_plain"),
        ("https://10.2.0.1/", "hook_inside"),
        ("https://192.168.1.1/", "hook_inside"),
        ("https://169.254.169.254/latest/meta-data", "hook_inside"),
        ("https://0.0.0.0/", "hook_inside"),
        ("https://224.0.0.1/", "hook_inside"),
        ("https://255.255.255.255/", "hook_inside"),
        ("https://[fe80::1]/", "hook_inside"),
        ("https://[fd00::1]/", "hook_inside"),
        ("https://[::ffff:192.168.1.1]/", "hook_inside"),
        ("https://[64:ff9b::c0a8:101]/", "hook_inside"),
        ("https://[2002:c0a8:101::]/", "hook_inside"),
        ("http://127.0.0.1:8112/", "hook_inside"),
        ("https://localhost:5038/", "hook_inside"),
        ("https://[::ffff:127.0.0.1]:8112/", "hook_inside"),
    ],
)
def test_what_may_not(address: str, code: str) -> None:
    """Neither what is no address, nor other machines in the clear, nor anything inside."""
    with pytest.raises(HookAddressError) as raised:
        RULES.checked(address)
    assert raised.value.code == code


@given(st.text(max_size=80))
def test_hostile_addresses_are_refused_and_nothing_worse(text: str) -> None:
    """Whatever is written, it is taken or refused with a code."""
    try:
        RULES.checked(f"https://{text}")
    except HookAddressError as error:
        assert error.code.startswith("hook_")


@pytest.mark.parametrize(
    ("led", "reached"),
    [
        (["93.184.216.34", "192.168.1.1"], ["93.184.216.34"]),
        (["10.1.9.9"], ["10.1.9.9"]),
        (["169.254.169.254"], []),
        (["fe80::1%eth0"], []),
        (["127.0.0.1"], ["127.0.0.1"]),
    ],
)
async def test_a_name_is_judged_by_where_it_leads(
    monkeypatch: pytest.MonkeyPatch, led: list[str], reached: list[str]
) -> None:
    """Of its addresses those that may be connected to are left; without any it is a fault."""

    def found(_host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in led]

    monkeypatch.setattr(socket, "getaddrinfo", found)
    names = Guarded(RULES)
    if reached:
        assert [each["host"] for each in await names.resolve("h.example", 443)] == reached
    else:
        with pytest.raises(OSError, match="not allowed"):
            await names.resolve("h.example", 443)
    await names.close()
