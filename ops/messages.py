"""``siaga112 messages``: what agencies were told of calls, whether it arrived, who accepted."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from ops.printing import printable
from ops.storage.database import opened
from router.notify.contacts import BOARD
from router.store.messages import MessageReader, State
from siaga import secrets
from siaga.errors import SettingsError, SiagaError
from siaga.plan import load_plan
from siaga.shared import COMMAND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from router.store.messages import Message
    from siaga.settings import Settings

WORDS: Final = {
    State.SENT: "terkirim / sent",
    State.WAITING: "menunggu / waiting",
    State.NOT_NEEDED: "tidak perlu / not needed",
    State.DEAD: "GAGAL / DEAD",
}
EVENTS: Final = {
    "call_ringing": "panggilan / call",
    "caller_left": "penelepon pergi / caller left",
}
CENTRE: Final = "pusat / the centre"
NOTHING: Final = "Tidak ada pesan.\nThere are no messages."


class NotDeadError(SiagaError):
    """A message that is to be tried once more has arrived, is under way, or is none."""

    code = "not_dead"


async def show(settings: Settings, limit: int, *, as_json: bool, dead: bool) -> None:
    """Print the latest messages, oldest first; with ``dead`` those that never arrived.

    Raises:
        MissingError, SchemaOtherError, StoreUnavailableError: the database cannot be used.
    """
    async with opened(settings) as engine:
        found = await MessageReader(engine).latest(limit, dead=dead)
    zone = ZoneInfo(load_plan(settings.plan_in_force).plan.centre.timezone)
    if as_json:
        for message in found:
            row = {
                name: value.astimezone(zone).isoformat() if isinstance(value, datetime) else value
                for name, value in asdict(message).items()
            }
            sys.stdout.write(json.dumps(row) + "\n")
        return
    lines = [printable(line) for message in found for line in _told(message, zone)]
    sys.stdout.write("\n".join(lines or [NOTHING]) + "\n")


def _told(message: Message, zone: ZoneInfo) -> Iterator[str]:
    target = f" {message.target}" if message.target != message.agency else ""
    channel = CENTRE if message.channel == BOARD else message.channel
    event = EVENTS.get(message.event, message.event)
    yield (
        f"{message.due.astimezone(zone):%Y-%m-%d %H:%M:%S}  {message.agency}  "
        f"{channel}{target}  {event} {message.call}  {WORDS[message.state]}"
    )
    if message.attempts and message.error and message.state is not State.NOT_NEEDED:
        yield f"    {message.attempts} kali gagal / failed: {message.error}"
    if message.state is State.DEAD:
        yield f"    coba lagi / again: {COMMAND} messages retry {message.id}"
    if message.accepted is not None and message.asks:
        at = f"{message.accepted.astimezone(zone):%H:%M:%S}"
        yield f"    diterima / accepted: {at} {message.accepted_by}"


async def retry(settings: Settings, message: str) -> str:
    """Have a message that never arrived tried once more; gives what to say.

    Raises:
        NotDeadError: there is no such message among those that never arrived.
        MissingError, SchemaOtherError, StoreUnavailableError: the database cannot be used.
    """
    async with opened(settings) as engine:
        if not await MessageReader(engine).retry(message, datetime.now(UTC)):
            raise NotDeadError(
                f"Bukan pesan yang gagal: {message[:64]}; lihat {COMMAND} messages --dead.\n"
                f"Not a message that never arrived: see {COMMAND} messages --dead."
            )
    return f"Dicoba lagi: {message}. / It is tried once more."


def secret(settings: Settings) -> str:
    """The secret by which posts to the webhook are signed, for their receiver.

    Raises:
        SettingsError: the centre was not started yet.
    """
    found = secrets.read(settings.secrets).webhook
    if not found:
        raise SettingsError(
            f"Belum ada: jalankan {COMMAND} up sekali.\nThere is none yet: run {COMMAND} up once."
        )
    return found
