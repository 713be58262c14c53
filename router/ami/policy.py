"""How patient the link is, and how much it keeps."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from router.ami.frames import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from router.ami.headers import Form


@dataclass(frozen=True, slots=True)
class Policy:
    """Every wait and every bound of the link. Times in seconds.

    Attributes:
        connect_s: to be connected.
        login_s: from there to the answer to the login.
        booted_s: from there to ``FullyBooted``, after which the link is announced without it.
        action_s: to an action's answer, or to its list's end, when the action's own is not given.
        ping_every_s: from an answered ping to the next.
        silence_s: longest a half-open connection is believed in; more than ``ping_every_s``.
        retry_first_s: from a lost connection to the next try, doubled with each failure.
        retry_max_s: longest wait between two tries.
        retry_jitter: share of each wait that is random, 0 to 1, lest all nodes come back at once.
        steady_s: a connection that lasted so long begins the waits anew.
        queue: events waiting for the consumer; about 4 KB each.
        list_max: events in the answer to one list action.
        gather_s: from one read to the next, so that events that come close together are taken in
            one go. Waking for each costs several times what the event itself does. An answer to an
            action is later by as much.
        limits: of what the peer sends.
        forms: of events that come all the time.

    Raises:
        ValueError: values that contradict each other.
    """

    connect_s: float = 3.0
    login_s: float = 5.0
    booted_s: float = 10.0
    action_s: float = 5.0
    ping_every_s: float = 5.0
    silence_s: float = 15.0
    retry_first_s: float = 0.25
    retry_max_s: float = 15.0
    retry_jitter: float = 0.5
    steady_s: float = 15.0
    queue: int = 10_000
    list_max: int = 20_000
    gather_s: float = 0.0
    limits: Limits = field(default_factory=Limits)
    forms: tuple[Form, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < self.ping_every_s < self.silence_s:
            raise ValueError("silence_s must be more than ping_every_s, which must be more than 0.")
        if not 0 < self.retry_first_s <= self.retry_max_s or not 0 <= self.retry_jitter <= 1:
            raise ValueError(
                "retry_first_s must be above 0 and at most retry_max_s; jitter 0 to 1."
            )
        if self.queue < 1:
            raise ValueError("queue must be at least 1.")

    def retries(self, chance: Callable[[], float] = random.random) -> Iterator[float]:
        """Waits before one try after the other, without end. ``chance`` gives numbers in 0..1."""
        wait = self.retry_first_s
        while True:
            yield wait * (1 - self.retry_jitter * chance())
            wait = min(wait * 2, self.retry_max_s)
