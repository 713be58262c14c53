"""Live state shown: as a list of its own, in the banner of ``up``, beside the handsets."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ops.live.link import opened
from ops.live.words import KINDS, sentence, subject
from router.live import as_row
from siaga.errors import SiagaError
from siaga.plan.live import Override
from siaga.shared import COMMAND

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from router.live import Item
    from siaga.plan import Plan
    from siaga.settings import Settings


async def current(settings: Settings) -> tuple[Item, ...]:
    """The overrides in force.

    Raises:
        MissingError: Asterisk does not run.
        AmiError: it does not say.
    """
    async with opened(settings) as (store, _):
        return await store.items()


async def banner(settings: Settings) -> tuple[str, ...]:
    """A line for each override in force, for whoever starts the centre; none when not known."""
    try:
        async with opened(settings) as (store, plan):
            zone = ZoneInfo(plan.centre.timezone)
            items = await store.items()
            flags = sum(item.override is Override.FLAG for item in items)
            told = [
                sentence(item, plan, zone) for item in items if item.override is not Override.FLAG
            ]
            if flags:
                told.append(f"{flags} nomor ditandai / flagged numbers: {COMMAND} noise")
            return tuple(told)
    except SiagaError:
        return ()


async def paused(settings: Settings) -> Mapping[str, Item]:
    """The pause of each paused handset by extension; none when not known."""
    try:
        items = await current(settings)
    except SiagaError:
        return {}
    return {item.name: item for item in items if item.override is Override.PAUSE}


async def show(settings: Settings, *, as_json: bool) -> None:
    """Print the overrides in force.

    Raises:
        MissingError: Asterisk does not run.
        AmiError: it does not say.
    """
    async with opened(settings) as (store, plan):
        items = await store.items()
    zone = ZoneInfo(plan.centre.timezone)
    if as_json:
        for item in items:
            sys.stdout.write(json.dumps(as_row(item, zone)) + "\n")
    elif items:
        Console().print(table(items, plan, zone))
    else:
        sys.stdout.write("Tidak ada: rencana berlaku apa adanya. / None: the plan is as it is.\n")


def table(items: Sequence[Item], plan: Plan, zone: ZoneInfo) -> Table:
    """The overrides for people."""
    shown = Table(
        title="Sementara / for a while",
        title_justify="left",
        caption=f"Akhiri / end with: {COMMAND} live clear NAMA --why …",
        caption_justify="left",
    )
    # Its name is what it is cleared by: whole, to be copied.
    shown.add_column("Nama / name", no_wrap=True)
    for heading in ("Apa / what", "Sampai / until", "Alasan / reason", "Oleh / by"):
        shown.add_column(heading)
    for item in items:
        cells = (
            item.key,
            f"{subject(item, plan)} {KINDS[item.override]}",
            f"{item.until.astimezone(zone):%Y-%m-%d %H:%M}",
            item.reason or "?",
            item.by or "?",
        )
        # Texts of people, never markup.
        shown.add_row(*map(Text, cells))
    return shown
