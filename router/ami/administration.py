"""What the account ``admin`` asks: Asterisk's database, pausing of handsets, reloads, what runs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from router.ami.actions import NAME, Action, ListAction, matching
from router.ami.errors import ActionValueError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from router.ami.actions import Header

MAX_VALUE: Final = 900
"""Bytes of a value to be kept. Asterisk takes 1024 for a whole line and drops a longer one."""

_FAMILY: Final = re.compile(r"[a-z][a-z-]{0,40}")
_KEY: Final = re.compile(r"[A-Za-z0-9_+-]{1,64}(?:/[A-Za-z0-9_+-]{1,64}){0,3}")
_ENDPOINT: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MODULE: Final = re.compile(r"[a-z0-9_]{1,60}\.so|acl")
"""A module's file, or the one that is no file: that of access lists."""


@dataclass(frozen=True, slots=True)
class DbPut(Action):
    """Keep a value in Asterisk's database; it is on disk about a second later.

    Attributes:
        family: name of letters and ``-``. ``key``: names with ``/`` between them.
        value: without line ends, at most :data:`MAX_VALUE` bytes.
    """

    name = "DBPut"
    family: str
    key: str
    value: str

    def _values(self) -> Iterator[Header]:
        yield from _entry(self.family, self.key)
        # Half a character is refused by what checks all headers; here it only has to be counted.
        if len(self.value.encode(errors="replace")) > MAX_VALUE:
            raise ActionValueError(f"The value of {self.key} is over {MAX_VALUE} bytes.")
        yield "Val", self.value


@dataclass(frozen=True, slots=True)
class DbDel(Action):
    """Remove a value of Asterisk's database. Refused when there is none."""

    name = "DBDel"
    family: str
    key: str

    def _values(self) -> Iterator[Header]:
        yield from _entry(self.family, self.key)


@dataclass(frozen=True, slots=True)
class DbGet(ListAction):
    """Read a value of Asterisk's database: one event ``DBGetResponse`` with ``Val``, or none."""

    name = "DBGet"
    empty = "Database entry not found"
    family: str
    key: str

    def _values(self) -> Iterator[Header]:
        yield from _entry(self.family, self.key)


@dataclass(frozen=True, slots=True)
class DbTree(ListAction):
    """List a family: an event ``DBGetTreeResponse`` each, ``Key`` is ``/family/key``."""

    name = "DBGetTree"
    family: str

    def _values(self) -> Iterator[Header]:
        # Without a family Asterisk would list everything, the handsets' logins too.
        yield "Family", matching(_FAMILY, self.family, "a family")


@dataclass(frozen=True, slots=True)
class QueuePause(Action):
    """Have queues ring a handset no more, or again. Refused when no queue has it.

    Attributes:
        endpoint: the handset's extension.
        queue: only there; empty for all its queues.
    """

    name = "QueuePause"
    endpoint: str
    paused: bool
    queue: str = ""

    def _values(self) -> Iterator[Header]:
        yield "Interface", f"PJSIP/{matching(_ENDPOINT, self.endpoint, 'an endpoint')}"
        if self.queue:
            yield "Queue", matching(NAME, self.queue, "a queue")
        yield "Paused", "true" if self.paused else "false"


@dataclass(frozen=True, slots=True)
class Reload(Action):
    """Have a module read its configuration again, for example ``pbx_config.so``."""

    name = "Reload"
    module: str

    def _values(self) -> Iterator[Header]:
        yield "Module", matching(_MODULE, self.module, "a module")


@dataclass(frozen=True, slots=True)
class ShowDialPlan(ListAction):
    """List what a context does: an event ``ListDialplan`` each priority."""

    name = "ShowDialPlan"
    empty = "Did not find context"
    context: str

    def _values(self) -> Iterator[Header]:
        yield "Context", matching(NAME, self.context, "a context")


@dataclass(frozen=True, slots=True)
class PJSIPShowEndpoints(ListAction):
    """List the endpoints: an event ``EndpointList`` with ``ObjectName`` each."""

    name = "PJSIPShowEndpoints"
    empty = "No endpoints found"


def _entry(family: str, key: str) -> Iterator[Header]:
    yield "Family", matching(_FAMILY, family, "a family")
    yield "Key", matching(_KEY, key, "a key")
