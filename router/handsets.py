"""Which handsets are on the air, by the device states that Asterisk reports."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

PREFIX: Final = "PJSIP/"


class HandsetState(StrEnum):
    """What a handset does."""

    UNKNOWN = "unknown"
    UNAVAILABLE = "unavailable"
    """Not logged in, or it does not answer."""
    FREE = "free"
    RINGING = "ringing"
    BUSY = "busy"
    """It talks; also while it rings, because one call is all that a handset takes."""


_STATES: Final = {
    "NOT_INUSE": HandsetState.FREE,
    "INUSE": HandsetState.BUSY,
    "BUSY": HandsetState.BUSY,
    "ONHOLD": HandsetState.BUSY,
    "RINGING": HandsetState.RINGING,
    "RINGINUSE": HandsetState.RINGING,
    "UNAVAILABLE": HandsetState.UNAVAILABLE,
    "INVALID": HandsetState.UNAVAILABLE,
}


class HandsetBoard:
    """The states of the plan's handsets.

    Args:
        extensions: the handsets of the plan; other devices are ignored.
    """

    def __init__(self, extensions: Iterable[str]) -> None:
        self._states = dict.fromkeys(extensions, HandsetState.UNKNOWN)

    @property
    def states(self) -> Mapping[str, HandsetState]:
        """State by extension."""
        return self._states

    def follow(self, extensions: Iterable[str]) -> bool:
        """Watch these handsets from now on; says whether there are new ones among them."""
        old, wanted = self._states, tuple(extensions)
        self._states = {ext: old.get(ext, HandsetState.UNKNOWN) for ext in wanted}
        return not old.keys() >= self._states.keys()

    def changed(self, device: str, state: str) -> None:
        """Take a ``DeviceStateChange``."""
        extension = device.removeprefix(PREFIX)
        if device.startswith(PREFIX) and extension in self._states:
            self._states[extension] = _STATES.get(state, HandsetState.UNKNOWN)

    def listed(self, devices: Collection[tuple[str, str]]) -> None:
        """Take a whole list of devices and states; it leaves out handsets that never logged in."""
        for device, state in devices:
            self.changed(device, state)
        named = {device.removeprefix(PREFIX) for device, _ in devices}
        for extension, known in self._states.items():
            if known is HandsetState.UNKNOWN and extension not in named:
                self._states[extension] = HandsetState.UNAVAILABLE

    def unknown(self) -> None:
        """Nothing is known any more: the listener is away."""
        for extension in self._states:
            self._states[extension] = HandsetState.UNKNOWN


class Devices(Protocol):
    """Whoever is told what devices do."""

    def changed(self, device: str, state: str) -> None:
        """Take a ``DeviceStateChange``."""

    def listed(self, devices: Collection[tuple[str, str]]) -> None:
        """Take a whole list of devices and states."""

    def unknown(self) -> None:
        """Nothing is known any more."""


class Boards:
    """Several boards, each told everything."""

    def __init__(self, *boards: Devices) -> None:
        self._boards = boards

    def changed(self, device: str, state: str) -> None:
        """Take a ``DeviceStateChange``."""
        for board in self._boards:
            board.changed(device, state)

    def listed(self, devices: Collection[tuple[str, str]]) -> None:
        """Take a whole list of devices and states."""
        for board in self._boards:
            board.listed(devices)

    def unknown(self) -> None:
        """Nothing is known any more."""
        for board in self._boards:
            board.unknown()
