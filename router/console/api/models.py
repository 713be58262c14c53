"""What ``/api/v1`` takes and answers."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from router.accounts.model import Role  # noqa: TC001 (pydantic reads it)
from router.calls.record import LegEnd, LegKind, Outcome, Reason, Source, StepResult  # noqa: TC001

Time = Annotated[str, Field(description="ISO 8601 with the offset of the centre's time zone")]
CallId = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9.-]+$")]
Agency = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
Handset = Annotated[str, Field(min_length=1, max_length=16, pattern=r"^[0-9]+$")]
MAX_PAGE = 200
PLACE = r"^([0-9]{1,17}~[A-Za-z0-9-]{1,32}~[A-Za-z0-9.-]{1,128})?$"
"""A place in the list of calls: microseconds, node, id."""


class Taken(BaseModel):
    """Base of what is taken: nothing but what is named."""

    model_config = ConfigDict(extra="forbid", strict=True)


class CallsQuery(BaseModel):
    """Which calls."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=MAX_PAGE, description="at most so many")] = 50
    before: Annotated[
        str, Field(pattern=PLACE, description="`next` of the page before; empty: the newest")
    ] = ""
    tests: Annotated[bool, Field(description="test calls of the centre's own too")] = False


class NoQuery(BaseModel):
    """Nothing is asked further."""

    model_config = ConfigDict(extra="forbid")


class Refusal(BaseModel):
    """Why not."""

    error: Annotated[str, Field(description="a code, for machines")]
    message: Annotated[str, Field(description="a sentence, for people")]


class Me(BaseModel):
    """Who asks."""

    name: str
    role: Role
    scopes: Annotated[list[str] | None, Field(description="null: all that the role has")]
    machine: bool


class Step(BaseModel):
    """A step of a call's route."""

    agency: str
    kind: str
    entered: Time
    left: Time | None
    result: StepResult | None


class Leg(BaseModel):
    """Somebody beside the caller."""

    leg: int
    kind: LegKind
    agency: str
    handset: str | None
    rung: Time
    joined: Time | None
    accepted: Time | None
    left: Time | None
    end: LegEnd | None


class Call(BaseModel):
    """A call's record, as ``./siaga112 calls --json`` has it."""

    id: str
    node: str
    caller: str
    began: Time
    language: str | None
    emergency: str | None
    choice: str | None
    tier: int | None
    plan_version: str | None
    steps: list[Step]
    legs: list[Leg]
    answered_by: str | None
    handset: str | None
    officer: str | None
    answered: Time | None
    ended: Time | None
    outcome: Outcome | None
    reason: Reason | None
    wait_ms: int | None
    talk_ms: int | None
    recording: str | None
    recording_sha256: str | None
    recording_ms: int | None
    source: Source
    address: str | None
    trunk: str | None
    test: bool
    call_class: Annotated[str | None, Field(alias="class")]


class Calls(BaseModel):
    """A page of records, newest first."""

    calls: list[Call]
    next: Annotated[str | None, Field(description="`before` of the next page; null: the last one")]


class HandsetState(BaseModel):
    """A handset."""

    extension: str
    state: str


class Handsets(BaseModel):
    """All of the plan's."""

    handsets: list[HandsetState]


class Incidents(BaseModel):
    """Those that are open, and the newest that are not."""

    incidents: list[dict[str, Any]]


class Incident(BaseModel):
    """One of them."""

    model_config = ConfigDict(extra="allow")

    id: int


class Board(BaseModel):
    """All that goes on now."""

    model_config = ConfigDict(extra="allow")


class ToAgency(Taken):
    """An agency."""

    agency: Agency


class ToHandset(Taken):
    """A handset."""

    handset: Handset


class Swap(Taken):
    """An agency takes the place of a handset."""

    agency: Agency
    handset: Handset


class OfLeg(Taken):
    """A leg, by its number."""

    leg: Annotated[str, Field(pattern=r"^[0-9]{1,3}$")]


class Outcomes(BaseModel):
    """What became of a command."""

    model_config = ConfigDict(extra="allow")

    call: str
    result: str
    done: bool
    message: str


Verb = Literal["add", "transfer", "swap", "leave", "take-over", "hang-up"]
