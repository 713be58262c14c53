r"""What may be asked of Asterisk: one frozen class an action, checked as it is made.

A value that AMI cannot say, or that would mean more than it seems to, never becomes an action:
line ends (another header or action), a channel ``/regex/`` (many channels), a priority that is a
number (which ``Redirect`` does not check), a comma in a variable's value (another variable).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final

from router.ami.errors import ActionValueError, CommandInjectionError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_UNSAYABLE: Final = re.compile(r"[\r\n\0\ud800-\udfff]")
_LABEL: Final = re.compile(r"[a-z][a-z0-9_-]*")
NAME: Final = re.compile(r"[A-Za-z0-9_+-]+")
_VARIABLE: Final = re.compile(r"_{0,2}[A-Za-z][A-Za-z0-9_]*")
_EXPRESSION: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:\([A-Za-z0-9_,-]*\))?")
_ESCAPED: Final = re.compile(r'([\\",])')

Header = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Action:
    """Base of all actions; one is valid from the moment it exists.

    Attributes:
        name: Asterisk's name of it.

    Raises:
        ActionValueError: a value that this action may not have.
        CommandInjectionError: a value that AMI cannot say.
    """

    name: ClassVar[str]

    def __post_init__(self) -> None:
        self.headers()

    def headers(self) -> list[Header]:
        """Everything to be sent but the action's id, in order.

        Raises:
            CommandInjectionError: a value that AMI cannot say.
        """
        headers = [("Action", self.name), *self._values()]
        for name, value in headers:
            # The value itself may be a password, or as long as its sender wished.
            if _UNSAYABLE.search(value):
                raise CommandInjectionError(
                    f"{name} of {self.name} holds a line end, NUL or half a character."
                )
        return headers

    def _values(self) -> Iterator[Header]:
        yield from ()


class ListAction(Action):
    """An action that is answered by a list of events."""

    __slots__ = ()

    empty: ClassVar[str | None] = None
    """Start of the error by which Asterisk says that the list is empty."""


@dataclass(frozen=True, slots=True)
class Login(Action):
    """Name ourselves; the link does that. With ``events``, Asterisk sends what the account may."""

    name = "Login"
    username: str
    secret: str = field(repr=False)
    events: bool = True

    def _values(self) -> Iterator[Header]:
        yield "Username", self.username
        yield "Secret", self.secret
        yield "Events", "on" if self.events else "off"


@dataclass(frozen=True, slots=True)
class Ping(Action):
    """Ask whether Asterisk answers; the link does that by itself."""

    name = "Ping"


@dataclass(frozen=True, slots=True)
class CoreStatus(Action):
    """Ask when Asterisk started and was reloaded, and how many calls there are."""

    name = "CoreStatus"


@dataclass(frozen=True, slots=True)
class CoreSettings(Action):
    """Ask for Asterisk's version, system name and limits."""

    name = "CoreSettings"


@dataclass(frozen=True, slots=True)
class GetVar(Action):
    """Ask for a variable, or a function such as ``CHANNEL(linkedid)``, of a channel.

    Attributes:
        channel: name or unique id; empty for a global variable.
    """

    name = "Getvar"
    variable: str
    channel: str = ""

    def _values(self) -> Iterator[Header]:
        if self.channel:
            yield "Channel", _channel(self.channel)
        yield "Variable", matching(_EXPRESSION, self.variable, "a variable")


@dataclass(frozen=True, slots=True)
class SetVar(Action):
    """Give a variable of a channel a value. Refused when the channel is gone."""

    name = "Setvar"
    channel: str
    variable: str
    value: str

    def _values(self) -> Iterator[Header]:
        yield "Channel", _channel(self.channel)
        yield "Variable", matching(_VARIABLE, self.variable, "a variable")
        yield "Value", self.value


@dataclass(frozen=True, slots=True)
class Hangup(Action):
    """End a channel. Only for legs that are not a caller waiting for help.

    Attributes:
        channel: name or unique id.
        cause: of Q.850; 16 is normal clearing.
    """

    name = "Hangup"
    channel: str
    cause: int = 16

    def _values(self) -> Iterator[Header]:
        yield "Channel", _channel(self.channel)
        yield "Cause", str(self.cause)


@dataclass(frozen=True, slots=True)
class Redirect(Action):
    """Send a channel elsewhere in the dialplan. Refused when its caller hung up meanwhile.

    Attributes:
        channel: name or unique id.
        label: where in the extension, never a number: Asterisk does not check that it exists.
        extra_channel: the other side of its bridge, sent at the same time.
        extra_place: where to, context, extension and label; None: to the same place.
    """

    name = "Redirect"
    channel: str
    context: str
    exten: str
    label: str
    extra_channel: str | None = None
    extra_place: tuple[str, str, str] | None = None

    def _values(self) -> Iterator[Header]:
        yield "Channel", _channel(self.channel)
        if self.extra_channel is not None:
            yield "ExtraChannel", _channel(self.extra_channel)
        yield from _place(self.context, self.exten, self.label)
        if self.extra_place is not None:
            for name, value in _place(*self.extra_place):
                yield f"Extra{name}", value


@dataclass(frozen=True, slots=True)
class Originate(Action):
    """Ring somebody and send them into the dialplan when they answer.

    Always asynchronous: the response says that it was begun, the event ``OriginateResponse`` (with
    the response's action id) how it ended. Otherwise nothing else would be answered meanwhile.

    Attributes:
        channel: whom to ring, for example ``PJSIP/201``.
        timeout_ms: how long it may ring.
        caller_id: what they see, as ``"Name" <number>``.
        variables: of the new channel, any text without line ends; ``__NAME`` is inherited.
        channel_id: unique id the new channel is to have, to know it by.
    """

    name = "Originate"
    channel: str
    context: str
    exten: str
    label: str
    timeout_ms: int = 30_000
    caller_id: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    channel_id: str = ""

    def _values(self) -> Iterator[Header]:
        yield "Channel", _channel(self.channel)
        yield from _place(self.context, self.exten, self.label)
        yield "Timeout", str(self.timeout_ms)
        yield "Async", "true"
        if self.caller_id:
            yield "CallerID", self.caller_id
        if self.channel_id:
            yield "ChannelId", self.channel_id
        for name, value in self.variables.items():
            # Asterisk splits at commas outside quotes and takes out what escapes them.
            escaped = _ESCAPED.sub(r"\\\1", value)
            yield "Variable", f"{matching(_VARIABLE, name, 'a variable')}={escaped}"


@dataclass(frozen=True, slots=True)
class CoreShowChannels(ListAction):
    """List the channels: an event ``CoreShowChannel`` each."""

    name = "CoreShowChannels"


@dataclass(frozen=True, slots=True)
class DeviceStateList(ListAction):
    """List the state of each handset known: an event ``DeviceStateChange`` each."""

    name = "DeviceStateList"


@dataclass(frozen=True, slots=True)
class PJSIPShowContacts(ListAction):
    """List the registered contacts: an event ``ContactList`` each."""

    name = "PJSIPShowContacts"
    empty = "No Contacts found"


@dataclass(frozen=True, slots=True)
class QueueStatus(ListAction):
    """List queues (``QueueParams``), their members (``QueueMember``), callers (``QueueEntry``).

    Attributes:
        queue: only this one; empty for all.
    """

    name = "QueueStatus"
    queue: str = ""

    def _values(self) -> Iterator[Header]:
        if self.queue:
            yield "Queue", matching(NAME, self.queue, "a queue")


def _place(context: str, exten: str, label: str) -> Iterator[Header]:
    yield "Context", matching(NAME, context, "a context")
    yield "Exten", matching(NAME, exten, "an extension")
    yield "Priority", matching(_LABEL, label, "a label")


def _channel(text: str) -> str:
    if not text or text.startswith("/"):
        raise ActionValueError(f"{text[:40]!r} is not a channel: a regular expression or empty.")
    return text


def matching(pattern: re.Pattern[str], text: str, what: str) -> str:
    """The text, when all of it is of the form; ``what`` is what errors call it.

    Raises:
        ActionValueError: it is not.
        CommandInjectionError: AMI cannot say it.
    """
    if _UNSAYABLE.search(text):
        raise CommandInjectionError(f"{text[:40]!r} is not {what}.")
    if not pattern.fullmatch(text):
        raise ActionValueError(f"{text[:40]!r} is not {what}.")
    return text
