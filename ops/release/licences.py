"""What the centre stands on, each with its licence, held to the list of licences that we accept.

Read from the lock file (which packages, which versions) and from what the installed packages say of
themselves; the scripts that pages get, from the list of the assets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Final, cast

from license_expression import LicenseSymbol, Licensing

from ops.assets.packages import known
from siaga.errors import SiagaError
from siaga.shared import COMMAND

if TYPE_CHECKING:
    from collections.abc import Iterable
    from email.message import Message
    from pathlib import Path

ALLOWED: Final = frozenset(
    {
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "ISC",
        "LGPL-2.0-or-later",  # unmodified, and installed where anybody can put another
        "LicenseRef-Repoze",
        "MIT",
        "MIT-0",
        "MPL-2.0",  # binds changes to its own files alone; we change none
        "PSF-2.0",
        "Unlicense",
    }
)
"""Licences that let anybody run, change and hand on the centre with what it stands on."""

SAID: Final = {
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD-0-Clause": "0BSD",
    "ISC License": "ISC",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "MIT license": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "BSD-derived (http://www.repoze.org/LICENSE.txt)": "LicenseRef-Repoze",
}
"""Words of packages that mean one licence and are not its SPDX name."""

READ: Final = {
    "jinja2": "BSD-3-Clause",
    "segno": "BSD-3-Clause",
    "pyst2": "PSF-2.0 AND LGPL-2.0-or-later AND Unlicense",
}
"""Two packages that say "BSD" and no more, as their licence's text is, and one that names three
licences and does not say for which of its files: all three are kept."""

_LOCKED: Final = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", re.MULTILINE)
_LICENSING: Final = Licensing()


class LicenceError(SiagaError):
    """A package has no licence that we know, or one that is not on the list."""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that the centre stands on.

    Attributes:
        kind: ``pypi`` or ``npm``.
        licence: an SPDX expression.
        needs: names of other parts of its kind.
    """

    kind: str
    name: str
    version: str
    licence: str
    needs: tuple[str, ...] = ()


def locked(lock: Path) -> dict[str, str]:
    """The version of each package of a lock file."""
    return dict(_LOCKED.findall(lock.read_text(encoding="utf-8")))


def parts(lock: Path) -> tuple[Part, ...]:
    """All parts: the packages of the lock file, and the scripts that pages get.

    Raises:
        LicenceError: a package is not installed in the version of the lock file.
    """
    versions = locked(lock)
    python = [_python_part(name, version, versions) for name, version in versions.items()]
    scripts = [
        Part("npm", each.name, each.version, SAID.get(each.licence, each.licence))
        for each in known()
        if each.use == "page"
    ]
    return (*python, *scripts)


def _python_part(name: str, version: str, versions: Iterable[str]) -> Part:
    try:
        found = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        found = None
    if found is None or found.version != version:
        raise LicenceError(
            f"{name} {version} tidak terpasang; jalankan lewat {COMMAND} release.\n"
            f"{name} {version} is not installed: run this by {COMMAND} release."
        )
    wanted = {
        re.split(r"[^A-Za-z0-9._-]", one, maxsplit=1)[0].lower().replace("_", "-").replace(".", "-")
        for one in found.requires or ()
        if "extra ==" not in one
    }
    needs = tuple(sorted(wanted.intersection(versions)))
    return Part("pypi", name, version, licence_of(name, cast("Message", found.metadata)), needs)


def licence_of(name: str, said: Message) -> str:
    """The SPDX expression of a package's own words; empty when they name no licence."""
    if name in READ:
        return READ[name]
    expression: str | None = said.get("License-Expression")
    if expression:
        return expression
    classes = [one.split(" :: ")[-1] for one in said.get_all("Classifier") or () if "Licen" in one]
    for words in (said.get("License", ""), *classes):
        licence = SAID.get(words, words)
        if licence in ALLOWED:
            return licence
    return said.get("License", "").strip().partition("\n")[0]


def refused(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Those whose licence is not on the list."""
    return tuple(part for part in parts if not is_allowed(part.licence))


def is_allowed(licence: str) -> bool:
    """Whether an expression can be met with licences of the list alone."""
    try:
        parsed = _LICENSING.parse(licence)
    except Exception:  # noqa: BLE001 - whatever cannot be read is no licence that we accept
        return False
    return _is_met(parsed)


def _is_met(node: object) -> bool:
    if isinstance(node, LicenseSymbol):
        return node.key in ALLOWED
    arguments = getattr(node, "args", ())
    some = any if isinstance(node, _LICENSING.OR) else all
    return bool(arguments) and some(_is_met(one) for one in arguments)
