"""``siaga112 noise``: what callers in fun and silent ones come to, and who is flagged for it."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ops.live.link import opened as live_opened
from ops.storage.database import opened
from router.ami import DbPut
from router.live import as_row
from router.live.items import MAX_TEXT, clean
from router.store.noise import Noise, NoiseReader
from siaga.keys import CallClass
from siaga.names import NOISE_FAMILY, NOISE_SINCE, SEPARATOR, MenuReason
from siaga.plan.live import Override
from siaga.plan.versions import person
from siaga.shared import COMMAND

if TYPE_CHECKING:
    from router.live import Item, LiveStore
    from siaga.settings import Settings

FLAGGED: Final = (str(MenuReason.FLAGGED), str(MenuReason.FLAGGED_SILENT))
BEGINNING: Final = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class Flag:
    """A flagged number, with what came from it since.

    Attributes:
        calls: since it was flagged; None: nobody knows since when.
        emergencies: of these, that officers classed as real ones.
    """

    item: Item
    calls: int | None
    emergencies: int | None


@dataclass(frozen=True, slots=True)
class Seen:
    """All of it.

    Attributes:
        since: when counting began; None: with the first call that is kept.
        by: who began anew.
        zone: the centre's.
    """

    flags: tuple[Flag, ...]
    noise: Noise
    since: datetime | None
    by: str
    zone: ZoneInfo


async def show(settings: Settings, *, as_json: bool) -> None:
    """Print flags and counters.

    Raises:
        MissingError: Asterisk does not run, or there are no calls.
        AmiError: it does not answer.
        SchemaOtherError, StoreUnavailableError: the database cannot be used.
    """
    seen = await _seen(settings)
    if as_json:
        sys.stdout.write(json.dumps(document(seen)) + "\n")
        return
    console = Console()
    console.print(counters(seen))
    if seen.flags:
        console.print(flags(seen))
    else:
        console.print("Tidak ada nomor yang ditandai. / No number is flagged.")


async def reset(settings: Settings, by: str | None) -> str:
    """Count anew from now on; gives what to say. Flags stay as they are.

    Raises:
        MissingError: Asterisk does not run.
        AmiError: it does not do it.
    """
    now = datetime.now(UTC)
    who = person(by)
    async with live_opened(settings) as (store, _):
        value = f"{int(now.timestamp())}{SEPARATOR}{clean(who, MAX_TEXT)}"
        await store.manager.act(DbPut(NOISE_FAMILY, NOISE_SINCE, value))
    return f"Dihitung mulai sekarang, oleh {who}. / Counted from now on, by {who}."


async def _seen(settings: Settings) -> Seen:
    async with live_opened(settings) as (store, plan), opened(settings) as engine:
        reader = NoiseReader(engine)
        since, by = await _since(store)
        noise = await reader.noise(since or BEGINNING, FLAGGED)
        found = [
            await _flag(reader, item)
            for item in await store.items()
            if item.override is Override.FLAG
        ]
        return Seen(tuple(found), noise, since, by, ZoneInfo(plan.centre.timezone))


async def _since(store: LiveStore) -> tuple[datetime | None, str]:
    text = (await store.entries(NOISE_FAMILY)).get(NOISE_SINCE, "")
    moment, _, by = text.partition(SEPARATOR)
    if not (moment.isascii() and moment.isdigit() and len(moment) < 12):
        return None, ""
    return datetime.fromtimestamp(int(moment), UTC), clean(by)


async def _flag(reader: NoiseReader, item: Item) -> Flag:
    if item.since is None:
        return Flag(item, None, None)
    said = await reader.classes_of(item.name, item.since)
    return Flag(item, await reader.calls_of(item.name, item.since), said[CallClass.EMERGENCY])


def document(seen: Seen) -> dict[str, Any]:
    """For machines: moments in ISO 8601 in the centre's time."""
    noise = seen.noise
    return {
        "since": None if seen.since is None else seen.since.astimezone(seen.zone).isoformat(),
        "since_by": seen.by or None,
        "calls": noise.calls,
        "pressed_nothing": noise.choices[MenuReason.NO_INPUT],
        "flagged_heard": noise.choices[MenuReason.FLAGGED],
        "flagged_silent": noise.choices[MenuReason.FLAGGED_SILENT],
        "watched": noise.watched,
        "spoke_up": noise.spoke_up,
        "classes": {str(kind): noise.classes[kind] for kind in CallClass},
        "flagged_emergencies": noise.flagged[CallClass.EMERGENCY],
        "flags": [
            {
                "number": f"+{flag.item.name}",
                **as_row(flag.item, seen.zone),
                "calls": flag.calls,
                "emergencies": flag.emergencies,
            }
            for flag in seen.flags
        ],
    }


def counters(seen: Seen) -> Table:
    """How much noise there was, for people."""
    noise = seen.noise
    since = "panggilan pertama / the first call"
    if seen.since is not None:
        since = f"{seen.since.astimezone(seen.zone):%Y-%m-%d %H:%M} ({seen.by or '?'})"
    shown = Table(
        title=Text(f"Sejak / since {since}"), title_justify="left", show_header=False, min_width=60
    )
    shown.add_column()
    shown.add_column(justify="right")
    for label, count in (
        ("Semua panggilan / all calls", noise.calls),
        ("Tidak menekan apa pun / pressed nothing", noise.choices[MenuReason.NO_INPUT]),
        ("Nomor ditandai, ada orangnya / flagged, somebody there", noise.choices[FLAGGED[0]]),
        ("Nomor ditandai, diam / flagged, silent", noise.choices[FLAGGED[1]]),
        ("Senyap, petugas dibebaskan / silent, officer freed", noise.watched),
        ("… kemudian bersuara / … spoke up later", noise.spoke_up),
        ("Dinilai iseng / classed as pranks", noise.classes[CallClass.PRANK]),
        ("Dinilai kosong / classed as silent", noise.classes[CallClass.GHOST]),
        (
            "Darurat sungguhan dari nomor ditandai / real, from flagged numbers",
            noise.flagged[CallClass.EMERGENCY],
        ),
    ):
        shown.add_row(label, str(count))
    return shown


def flags(seen: Seen) -> Table:
    """Who is flagged, for people: texts of theirs, never markup."""
    shown = Table(
        title="Nomor yang ditandai / flagged numbers",
        title_justify="left",
        caption=f"Akhiri / end with: {COMMAND} live clear NOMOR --why …",
        caption_justify="left",
    )
    shown.add_column("Nomor / number", no_wrap=True)
    for heading in ("Sampai / until", "Alasan / reason", "Oleh / by"):
        shown.add_column(heading)
    shown.add_column("Kali / calls", justify="right")
    shown.add_column("Darurat / real", justify="right")
    for flag in seen.flags:
        item = flag.item
        cells = (
            f"+{item.name}",
            f"{item.until.astimezone(seen.zone):%Y-%m-%d %H:%M}",
            item.reason or "?",
            item.by or "?",
            "?" if flag.calls is None else str(flag.calls),
            "?" if flag.emergencies is None else str(flag.emergencies),
        )
        shown.add_row(*map(Text, cells))
    return shown
