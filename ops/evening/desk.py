"""What an officer dials from a handset that is in no call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ops.phone import PhoneError
from ops.phone.sip import digest, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ops.phone import Call, CallerLine

REFUSED_S: Final = 5.0
"""Longest the question for the password may take."""


class Desk:
    """Dials for any handset.

    Args:
        line: of the handsets.
        passwords: theirs, by extension.
    """

    def __init__(self, line: CallerLine, passwords: Mapping[str, str]) -> None:
        self._line = line
        self._passwords = passwords

    async def dial(self, extension: str, keys: str) -> Call:
        """Dial, and be answered.

        Raises:
            PhoneError: it is refused, or not answered.
        """
        asked = await self._call(extension, keys)
        await asked.ended(REFUSED_S)
        if asked.refusal is None:
            raise PhoneError(f"{extension} is not asked for its password: {asked.status}.")
        host, port = self._line.target
        proof = digest(
            text_of(asked.refusal, "WWW-Authenticate"),
            "INVITE",
            f"sip:{keys}@{host}:{port}", extension,
            self._passwords[extension],
        )  # fmt: skip
        call = await self._call(extension, keys, proof)
        await call.answered()
        return call

    async def _call(self, extension: str, keys: str, *headers: str) -> Call:
        return await self._line.call(extension, uri_user=keys, headers=headers)
