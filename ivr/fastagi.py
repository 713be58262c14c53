"""Tier 1: the menu's dialogue over a FastAGI session."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ivr import commands, words
from ivr.dialogue import (
    DIGITS,
    Assign,
    Begin,
    Dialogue,
    Listen,
    Operation,
    Outcome,
    Recall,
    Stream,
    dialogue,
)
from siaga.names import Var

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ivr.agi import Environment, Reply
    from ivr.commands import Command
    from ivr.connection import AgiSession
    from siaga.menuspec import MenuSpec


def _command(operation: Operation) -> Command:
    if isinstance(operation, Stream):
        lasts = operation.ms / 1000
        return commands.stream_file(operation.file, DIGITS, lasts_s=lasts)
    if isinstance(operation, Listen):
        return commands.wait_for_digit(operation.ms)
    if isinstance(operation, Recall):
        return commands.get_variable(Var.KEYS)
    return commands.set_variable(operation.name, operation.value)


def _outcome(operation: Operation, reply: Reply) -> Outcome:
    if isinstance(operation, Assign):
        return Outcome()
    if isinstance(operation, Recall):
        return Outcome(keys=words.keys(reply.data or ""))
    # A prompt that cannot be opened is -1, one without sound ends where it begins.
    played = isinstance(operation, Listen) or (reply.result != "-1" and bool(reply.endpos))
    return Outcome(digit=reply.digit or None, played=played)


async def run(session: AgiSession, steps: Dialogue) -> None:
    """Lead the caller of ``session`` through ``steps``.

    Raises:
        CallGoneError: the caller hung up.
        IvrError: anything else that ends this call's menu; the next tier goes on.
    """
    operation = next(steps)
    while True:
        reply = await session.command(_command(operation))
        outcome = _outcome(operation, reply)
        try:
            operation = steps.send(outcome)
        except StopIteration:
            return


def _begin(environment: Environment) -> Begin:
    """Arguments: announcement, sub-menu, language; each may be empty."""
    given = [words.name(text) for text in environment.arguments[:3]]
    announcement, menu, language = (*given, None, None, None)[:3]
    return Begin(language=language, menu=menu, announcement=announcement)


def handler(specs: Callable[[str], MenuSpec]) -> Callable[[AgiSession], Awaitable[None]]:
    """A handler for the server, asked for by ``menu/<version>``.

    Args:
        specs: gives the menu of a version, and the one in force for any other text.
    """

    async def handle(session: AgiSession) -> None:
        _, _, version = session.environment.path.partition("/")
        begin = _begin(session.environment)
        await run(session, dialogue(specs(version), time.monotonic, begin))

    return handle
