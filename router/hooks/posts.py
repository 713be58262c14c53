"""What is posted: a model an event, by which posts are made and the interface is written down."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from router.calls.record import Outcome, Reason  # noqa: TC001 (pydantic reads it)
from router.hooks.model import HookEvent
from siaga.keys import CallClass  # noqa: TC001 (pydantic reads it)

if TYPE_CHECKING:
    from router.hooks.model import Happening, Hook

VERSION: Final = 1
"""Of the posts; a later one may have more fields, another version other ones."""
NAMESPACE: Final = uuid.UUID("6f1c1e4e-6d0f-5b0e-9a52-112112112113")
Moment = Annotated[str, Field(description="ISO 8601 in UTC, with microseconds")]


def _private(said: str) -> Any:
    """A field that is null unless the subscription has personal data."""
    return Field(default=None, description=said, json_schema_extra={"x-personal": True})


class Data(BaseModel):
    """Base of what a post tells."""

    model_config = ConfigDict(extra="forbid")


class CallData(Data):
    """A call as it was then."""

    call: str
    began: Moment
    language: str | None
    emergency: str | None
    answered_by: Annotated[str | None, Field(description="agency of the first who answered")]
    answered: Moment | None
    ended: Moment | None
    outcome: Outcome | None
    reason: Reason | None
    wait_ms: int | None
    talk_ms: int | None
    caller: Annotated[str | None, _private("the caller's number, as the carrier sent it")]


class AcceptedData(Data):
    """Who took a call that was handed over."""

    call: str
    agency: str


class ClassedData(Data):
    """What an officer said that a call was."""

    call: str
    kind: Annotated[CallClass, Field(alias="class")]


class IncidentData(Data):
    """An incident as it is after the change."""

    incident: int
    change: Annotated[str, Field(description="what was done, as in the incident's log")]
    emergency: str
    state: str
    opened: Moment
    closed: Moment | None
    how: str | None
    into: Annotated[int | None, Field(description="the incident that it was merged into")]
    district: Annotated[str | None, Field(description="code of the kecamatan")]
    calls: list[str]
    agencies: list[str]
    village: Annotated[str | None, _private("code of the desa")]
    place: Annotated[str | None, _private("where, in words")]
    latitude: Annotated[float | None, _private("degrees")]
    longitude: Annotated[float | None, _private("degrees")]


class PlanData(Data):
    """The plan that is in force from now on."""

    plan: Annotated[str, Field(description="its version")]


class OverrideData(Data):
    """What overrides the plan for a while."""

    override: str
    until: Moment
    target: str | None
    name: Annotated[
        str | None,
        Field(
            description="agency, handset or announcement; of a flag, the number, "
            "which is null unless the subscription has personal data"
        ),
    ]
    why: Annotated[str | None, _private("the reason that was given")]


class Nothing(Data):
    """Nothing happened: the post is a test."""


DATA: Final[dict[HookEvent, type[Data]]] = {
    HookEvent.CALL_BEGUN: CallData,
    HookEvent.CALL_ANSWERED: CallData,
    HookEvent.CALL_ACCEPTED: AcceptedData,
    HookEvent.CALL_ABANDONED: CallData,
    HookEvent.CALL_ENDED: CallData,
    HookEvent.CALL_CLASSED: ClassedData,
    HookEvent.INCIDENT_OPENED: IncidentData,
    HookEvent.INCIDENT_CHANGED: IncidentData,
    HookEvent.INCIDENT_CLOSED: IncidentData,
    HookEvent.PLAN_APPLIED: PlanData,
    HookEvent.OVERRIDE_SET: OverrideData,
    HookEvent.TEST: Nothing,
}


class Post(BaseModel):
    """What stands in every post."""

    model_config = ConfigDict(extra="forbid")

    version: Literal[1]
    id: Annotated[str, Field(description="the same at each try, and in the header Webhook-Id")]
    event: HookEvent
    at: Annotated[Moment, Field(description="when it happened")]
    node: str
    data: Data


@cache
def model_of(event: HookEvent) -> type[Post]:
    """The whole post of an event, as the interface is written down."""
    name = "".join(part.capitalize() for part in event.value.split("."))
    said: dict[str, Any] = {"event": (Literal[event.value], ...), "data": (DATA[event], ...)}
    return create_model(
        f"{name}Post", __base__=Post, __doc__="A post to whoever has subscribed.", **said
    )


def moment(at: datetime) -> str:
    """A time as posts have it."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def optional(at: datetime | None) -> str | None:
    """A time, if there is one."""
    return None if at is None else moment(at)


def post_id(happening: Happening, hook: int) -> str:
    """The same whenever the same thing is told the same subscription again."""
    key = json.dumps([happening.event, happening.node, *happening.key, hook])
    return str(uuid.uuid5(NAMESPACE, key))


def payload(happening: Happening, hook: Hook) -> str:
    """The body of a post, JSON."""
    data = happening.data.model_dump(mode="json", by_alias=True)
    if not hook.personal:
        data |= dict.fromkeys(private(happening.data))
    return json.dumps(
        {
            "version": VERSION,
            "id": post_id(happening, hook.id),
            "event": happening.event,
            "at": moment(happening.at),
            "node": happening.node,
            "data": data,
        }
    )


def private(data: Data) -> tuple[str, ...]:
    """The fields of it that are for subscriptions with personal data alone."""
    named = tuple(
        name
        for name, field in type(data).model_fields.items()
        if isinstance(field.json_schema_extra, dict) and "x-personal" in field.json_schema_extra
    )
    is_flag = isinstance(data, OverrideData) and data.override == "flag"
    return (*named, "name") if is_flag else named
