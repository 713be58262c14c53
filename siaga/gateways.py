"""By whom messages to an agency's contacts are sent, and where people outside open our pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from siaga.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

KINDS: Final = ("email", "sms", "telegram", "whatsapp")
"""Kinds of a contact, as the plan calls them."""
TO: Final = "{to}"
"""Where the contact's address goes in a gateway's."""


@dataclass(frozen=True, slots=True)
class Gateways:
    """What ``SIAGA_NOTIFY_…`` and ``SIAGA_PUBLIC_URL`` say.

    Attributes:
        addresses: by kind of contact, an address of the library apprise in which ``{to}`` stands
            for the contact's; holds passwords, and is not shown.
        public_url: where people outside reach our pages, without a slash at the end; empty:
            nowhere, and messages have no links.
    """

    addresses: Mapping[str, str] = field(default_factory=dict, repr=False)
    public_url: str = ""

    def environment(self) -> dict[str, str]:
        """The settings spelled out, as :func:`load` reads them."""
        given = {_name(kind): self.addresses.get(kind, "") for kind in KINDS}
        return {**given, "SIAGA_PUBLIC_URL": self.public_url}


def _name(kind: str) -> str:
    return f"SIAGA_NOTIFY_{kind.upper()}"


def load(env: Mapping[str, str]) -> Gateways:
    """Read the settings.

    Raises:
        SettingsError: one cannot be used; its value, which may hold a password, is not shown.
    """
    addresses: dict[str, str] = {}
    for kind in KINDS:
        address = env.get(_name(kind), "").strip()
        if not address:
            continue
        if TO not in address or "://" not in address:
            raise SettingsError(
                f"{_name(kind)} is not an address with {TO} in it: write it like "
                f"mailtos://user:password@example.org?to={TO}."
            )
        addresses[kind] = address
    return Gateways(addresses, _public(env.get("SIAGA_PUBLIC_URL", "").strip()))


def _public(text: str) -> str:
    """The address of our pages, checked."""
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        fits = parts.scheme in ("http", "https") and parts.hostname and not parts.username
        plain = not parts.query and not parts.fragment and text.isascii() and text.isprintable()
    except ValueError:
        fits = plain = False
    if not fits or not plain or " " in text:
        raise SettingsError(
            f"SIAGA_PUBLIC_URL={text[:80]!r} is not a web address: write it like "
            f"https://112.example.org."
        )
    return text.rstrip("/")
