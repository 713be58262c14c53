"""Passwords of this instance: random, made at first start, readable by the owner only.

Nodes of one centre are given one secret (``SIAGA_SECRET_FILE``): what a handset, an officer or a
receiver of webhooks knows is then derived from it, so that it is the same on every node, also for
those that a later plan brings. What only this node's own parts know stays random.
"""

from __future__ import annotations

import hashlib
import hmac
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
_LEAST_SECRET = 32
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


def shared(file: Path | None) -> bytes:
    """The secret that the nodes of one centre share; empty: this one stands alone.

    Raises:
        SettingsError: it cannot be read, or is too short to keep anything secret.
    """
    if file is None:
        return b""
    try:
        secret = file.read_bytes().strip()
    except OSError as error:
        raise SettingsError(f"SIAGA_SECRET_FILE={str(file)!r} cannot be read: {error}.") from error
    if len(secret) < _LEAST_SECRET:
        raise SettingsError(
            f"SIAGA_SECRET_FILE={str(file)!r} is shorter than {_LEAST_SECRET} characters: make one "
            f"by 'openssl rand -hex 32', the same for every node."
        )
    return secret


def _bytes(secret: bytes, what: str) -> bytes:
    """32 bytes that belong to ``what``: of the shared secret, else random."""
    if not secret:
        return secrets.token_bytes(32)
    return hmac.new(secret, what.encode(), hashlib.sha256).digest()


def _word(secret: bytes, what: str, alphabet: str, length: int) -> str:
    number = int.from_bytes(_bytes(secret, what), "big")  # 256 bits: no letter is preferred
    letters = []
    for _ in range(length):
        number, place = divmod(number, len(alphabet))
        letters.append(alphabet[place])
    return "".join(letters)


def _password(secret: bytes, extension: str) -> str:
    return _word(secret, f"handset {extension}", _ALPHABET, _HANDSET_LENGTH)


def _pin(secret: bytes, officer: str) -> str:
    return _word(secret, f"officer {officer}", "0123456789", _PIN_LENGTH)


def edge_key(secret: bytes, known: Secrets) -> str:
    """By which edges hide and know again what they wrote; all edges of a centre have the same."""
    return _bytes(secret or known.api.encode(), "edge").hex()


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


def ensure(
    path: Path, extensions: Iterable[str], officers: Iterable[str] = (), secret: bytes = b""
) -> Secrets:
    """Secrets for every account, handset and officer; those that exist stay as they are.

    Args:
        path: where they are kept.
        extensions: of handsets.
        officers: their numbers.
        secret: what the nodes of one centre share, see :func:`shared`.
    """
    old = read(path)
    new = Secrets(
        ami={user: old.ami.get(user) or secrets.token_urlsafe(24) for user in AmiUser},
        handsets={
            **old.handsets,
            **{ext: old.handsets.get(ext) or _password(secret, ext) for ext in extensions},
        },
        api=old.api or secrets.token_urlsafe(24),
        canary=old.canary or secrets.token_urlsafe(24),
        webhook=old.webhook or f"whsec_{b64encode(_bytes(secret, 'webhook')).decode('ascii')}",
        officers={
            **old.officers,
            **{number: old.officers.get(number) or _pin(secret, number) for number in officers},
        },
    )
    if new != old:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, json.dumps(asdict(new), indent=1), mode=0o600)
    return new
