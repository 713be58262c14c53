"""What an officer dials from a handset that is in no call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.phone import transfer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ops.phone import Call, CallerLine


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
        call = await transfer.dial(self._line, extension, self._passwords[extension], keys)
        await call.answered()
        return call
