"""Passwords of this instance: random, made at first start, readable by the owner only."""

from __future__ import annotations

import json
import secrets
from base64 import b64encode
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from siaga.errors import SettingsError
from siaga.files import write_atomic
from siaga.names import AmiUser

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

# No 0/O or 1/l/I: handset passwords are read off a screen and typed on a telephone.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_HANDSET_LENGTH = 16  # 31**16: 79 bits
_PIN_LENGTH = 6  # Typed at a handset that is logged in; five wrong ones, and there is a pause.


@dataclass(frozen=True, slots=True)
class Secrets:
    """Passwords by whom they belong to.

    Attributes:
        ami: by AMI account. ``handsets``: by extension.
        api: bearer token of the router's own interface, for the command line.
        canary: password of the test calls' two telephones.
        webhook: by which what is posted to the webhook is signed.
        officers: PINs by the officer's number.
    """

    ami: dict[str, str]
    handsets: dict[str, str]
    api: str = ""
    canary: str = field(default="", repr=False)
    webhook: str = field(default="", repr=False)
    officers: dict[str, str] = field(default_factory=dict, repr=False)


def _password() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_HANDSET_LENGTH))


def _pin() -> str:
    return "".join(secrets.choice("0123456789") for _ in range(_PIN_LENGTH))


def read(path: Path) -> Secrets:
    """Secrets as they are, empty when none were made yet.

    Raises:
        SettingsError: the file cannot be read as ours.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        return Secrets(
            ami=dict(value["ami"]),
            handsets=dict(value["handsets"]),
            api=str(value.get("api", "")),
            canary=str(value.get("canary", "")),
            webhook=str(value.get("webhook", "")),
            officers=dict(value.get("officers", {})),
        )
    except FileNotFoundError:
        return Secrets(ami={}, handsets={})
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise SettingsError(
            f"{path} cannot be read ({error}): restore it from a backup, or remove it to have new "
            f"passwords made (every handset must then be set up again)."
        ) from error


def ensure(path: Path, extensions: Iterable[str], officers: Iterable[str] = ()) -> Secrets:
    """Secrets for every account, handset and officer; those that exist stay as they are."""
    old = read(path)
    new = Secrets(
        ami={user: old.ami.get(user) or secrets.token_urlsafe(24) for user in AmiUser},
        handsets={
            **old.handsets,
            **{ext: old.handsets.get(ext) or _password() for ext in extensions},
        },
        api=old.api or secrets.token_urlsafe(24),
        canary=old.canary or secrets.token_urlsafe(24),
        webhook=old.webhook or f"whsec_{b64encode(secrets.token_bytes(32)).decode('ascii')}",
        officers={
            **old.officers,
            **{number: old.officers.get(number) or _pin() for number in officers},
        },
    )
    if new != old:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, json.dumps(asdict(new), indent=1), mode=0o600)
    return new
