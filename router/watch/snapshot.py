"""What the centre's parts were doing at one moment."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 (a field's type)
from dataclasses import dataclass, field

from router.handsets import HandsetState
from router.watch.trials import Trials


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The parts at one moment.

    Attributes:
        at: seconds since the epoch.
        ami: whether the router is connected to Asterisk.
        menu: whether the menu took a call on trial; None: not asked yet.
        database: whether records are written.
        pending: records that wait to be written.
        prompts: whether the menu's prompt of the plan in force is there in every language.
        handsets: state by extension, by agency; agencies without handsets are not in it.
        duty: agencies that are to answer now.
        trunks: state of each trunk that calls can go out by.
        disk_free: bytes free where recordings are written, of ``disk_total``.
        trials: how the test calls went.
        trial_every: seconds between two of them; 0: none are made.
        silent: trunks on which far more callers than usual press nothing, with the figures.
        stuck: channels of messages that are not taken now, with what was said last.
        hooks: subscriptions to webhooks that are not taken now, with what was said last.
        uptime: seconds that the router has run.
    """

    at: float
    ami: bool = True
    menu: bool | None = True
    database: bool = True
    pending: int = 0
    prompts: bool = True
    handsets: Mapping[str, Mapping[str, HandsetState]] = field(default_factory=dict)
    duty: frozenset[str] = frozenset()
    trunks: Mapping[str, HandsetState] = field(default_factory=dict)
    disk_free: int = 1 << 40
    disk_total: int = 1 << 40
    trials: Trials = field(default_factory=Trials)
    trial_every: int = 0
    silent: Mapping[str, str] = field(default_factory=dict)
    stuck: Mapping[str, str] = field(default_factory=dict)
    hooks: Mapping[str, str] = field(default_factory=dict)
    uptime: float = 3600.0

    def present(self, agency: str) -> int:
        """Handsets of an agency that can be rung, or talk."""
        away = (HandsetState.UNAVAILABLE, HandsetState.UNKNOWN)
        return sum(1 for state in self.handsets.get(agency, {}).values() if state not in away)

    @property
    def handsets_known(self) -> bool:
        """Whether the state of every handset is known."""
        states = (state for phones in self.handsets.values() for state in phones.values())
        return HandsetState.UNKNOWN not in states
