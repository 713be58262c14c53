"""``siaga112 bench``: everything measured, one after the other, then told and written down."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.text import Text

from ops import freeports
from ops.bench import measure
from ops.bench.centre import opened
from ops.bench.entries import Entry
from ops.bench.figures import document, met
from ops.bench.results import Results, figures
from ops.bench.sizes import FULL, QUICK
from ops.bench.table import table
from siaga.files import write_atomic

if TYPE_CHECKING:
    from collections.abc import Callable

    from ops.bench.centre import Centre
    from ops.bench.phones import Sample
    from ops.bench.sizes import Sizes
    from siaga.settings import Settings

REPORT: Final = "bench.json"
FAULTS_SHOWN: Final = 5
_LOOPBACK: Final = "127.0.0.1"


async def bench(settings: Settings, *, quick: bool) -> int:
    """Measure; 0 when every limit is kept, else 1.

    Raises:
        StartError, MissingError, PlanError: the centre could not be started.
        PhoneError, BenchError, ProcessGoneError: something could not be measured.
    """
    console = Console()

    def say(text: str) -> None:
        console.print(f"[dim]· {text} …[/]", highlight=False)

    settings.home.mkdir(parents=True, exist_ok=True)
    home = Path(tempfile.mkdtemp(prefix="bench-", dir=settings.home))
    own = replace(
        settings,
        home=home,
        node="bench",
        bind=_LOOPBACK,
        trunks=(_LOOPBACK,),
        database_url="",
        tls_certificate=None,
        webhook=None,
        canary_every=0,
    )
    try:
        with freeports.reserved(own) as moved:
            async with opened(moved, say) as centre:
                results = await _measured(centre, QUICK if quick else FULL, say, quick=quick)
    except BaseException:
        console.print(f"[dim]Log: {home}[/]", highlight=False, soft_wrap=True)
        raise
    shutil.rmtree(home, ignore_errors=True)
    return _told(console, settings.home / REPORT, results, centre.samples)


async def _measured(
    centre: Centre, sizes: Sizes, say: Callable[[str], None], *, quick: bool
) -> Results:
    """All measurements; last the one that the centre's router makes room for."""
    say("Pemanasan / warming up")
    await measure.warm_up(centre, sizes)
    say("CPU per panggilan / CPU a call")
    spoken = await measure.spoken(centre, sizes)
    share = await measure.whole(centre, sizes.share, sizes.share_rate)
    led = _led(centre)
    first = centre.memory()
    say("Angka → INVITE, dua cara bergantian / digit → INVITE, both ways in turn")
    latency = await measure.latency(centre, sizes)
    say("Menu: proses AGI, FastAGI, tanpa menu / menu: AGI process, FastAGI, none")
    menus = await measure.menus(centre, sizes)
    process = None
    if sizes.processes:
        process = await measure.whole(centre, sizes.processes, sizes.round_rate, Entry.PROCESS)
    left = max(0, sizes.memory_last - _led(centre))
    say(f"{left} panggilan lagi untuk memori / {left} more calls for the memory")
    await measure.whole(centre, left, sizes.share_rate)
    last, led_last = centre.memory(), _led(centre)
    centre.check()
    say("Peristiwa → baris tersimpan / event → row committed")
    commits = await measure.commits(centre, sizes)
    faults = sum(bool(sample.fault) for sample in centre.samples)
    return Results(
        latency=latency,
        spoken=spoken,
        share=share,
        process=process,
        menus=menus,
        commits=commits,
        memory=(first, last),
        memory_calls=(led, led_last),
        calls=len(centre.samples),
        faults=faults,
        quick=quick,
    )


def _led(centre: Centre) -> int:
    """Whole calls so far that went through FastAGI."""
    return sum(sample.entry is Entry.FASTAGI for sample in centre.samples)


def _told(console: Console, path: Path, results: Results, samples: list[Sample]) -> int:
    found = figures(results)
    title = f"Bench {'singkat / quick' if results.quick else 'penuh / full'}"
    console.print(table(found, title))
    faults = Counter(f"{sample.entry}: {sample.fault}" for sample in samples if sample.fault)
    for fault, count in faults.most_common(FAULTS_SHOWN):
        console.print(Text(f"{count}x {fault}", "yellow"))
    written = document(found, calls=results.calls, quick=results.quick)
    write_atomic(path, json.dumps(written, indent=1) + "\n", mode=0o644)
    console.print(Text(f"→ {path}"), soft_wrap=True)
    return 0 if met(found) else 1
