from __future__ import annotations

import pytest

from router.ami import Action, ActionRefusedError, NotConnectedError, Redirect
from router.calls.tracker import CallTracker
from router.dispatch import CallNotOpenError, TransferRefusedError, UnknownAgencyError, transfer
from tests.unit.router.calls.celmaker import CALL, CALLER, Script

AGENCIES = ("damkar", "rsud")


class Link:
    """Notes what Asterisk would be asked, and answers as it is told to."""

    def __init__(self, error: Exception | None = None) -> None:
        self.asked: list[Action] = []
        self.error = error

    async def act(self, action: Action) -> None:
        self.asked.append(action)
        if self.error is not None:
            raise self.error


def tracker(*, over: bool = False) -> CallTracker:
    script = Script()
    script.arrive()
    script.choose()
    if over:
        script.end()
    made = CallTracker("node1")
    for event in script.events:
        made.live(event)
    return made


async def test_call_is_redirected_to_the_agency_by_a_label() -> None:
    """Asterisk is asked to move the caller's own channel to the agency's extension."""
    link = Link()
    await transfer(link, tracker(), AGENCIES, CALL, "rsud")  # type: ignore[arg-type]
    assert link.asked == [Redirect(CALLER, "siaga-transfer", "rsud", "start")]


@pytest.mark.parametrize("agency", ["rsd", "", "rsud,1", "siaga-menu"])
async def test_unknown_agency_is_refused_with_those_known(agency: str) -> None:
    """A mistyped agency moves nothing, and the sentence names the right ones."""
    link = Link()
    with pytest.raises(UnknownAgencyError, match="damkar, rsud"):
        await transfer(link, tracker(), AGENCIES, CALL, agency)  # type: ignore[arg-type]
    assert not link.asked


@pytest.mark.parametrize("call", ["", "node1-9.9", CALL])
async def test_call_that_is_not_up_is_refused(call: str) -> None:
    """A call that is over or was never there cannot be moved."""
    link = Link()
    with pytest.raises(CallNotOpenError):
        await transfer(link, tracker(over=True), AGENCIES, call, "rsud")  # type: ignore[arg-type]
    assert not link.asked


@pytest.mark.parametrize(
    "error",
    [ActionRefusedError("Redirect", "Channel does not exist"), NotConnectedError("no")],
)
async def test_refusal_of_asterisk_is_told(error: Exception) -> None:
    """A caller who hung up meanwhile is an answer, not a fault."""
    with pytest.raises(TransferRefusedError):
        await transfer(Link(error), tracker(), AGENCIES, CALL, "rsud")  # type: ignore[arg-type]
