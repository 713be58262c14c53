"""The same call through each way: how soon the handset rings, and what CPU a call costs."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import defaultdict
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ops import freeports
from ops.bench import proc
from ops.bench.centre import command, opened
from ops.bench.stats import percentile
from ops.prepare import child_environment
from siaga.files import write_atomic
from siaga.limits import Limits
from siaga.names import SOUNDS
from tests.bench.rivals.menu import from_file
from tests.bench.spread import Spread
from tests.bench.ways import AGI_ROUTE, ARI_APP, WAYS, Way, rivals

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from pathlib import Path

    from ops.bench.centre import Centre
    from ops.bench.phones import Sample
    from siaga.settings import Settings

SETTLE_S = 0.8
"""After the last call, until what Asterisk and menu still do of it is done."""
START_S = 20.0
LOOPBACK = "127.0.0.1"
ARI_USER = "rival"
ARI_PASSWORD = "rival-of-the-bench"
ARI_MODULES = (
    *("res_websocket_client", "res_ari_model", "res_stasis", "res_ari", "app_stasis"),
    *("res_stasis_answer", "res_stasis_recording", "res_stasis_playback", "res_stasis_snoop"),
    *("res_stasis_device_state", "res_ari_channels", "res_ari_playbacks", "res_ari_events"),
)
"""Each behind those whose symbols it needs."""
FREE = Limits(soft=10_000, hard=10_000, load=0)
"""What is measured is the menu: no call goes past it because the machine is busy."""
AUDIO = range(61_000, 65_000)
"""Above what Linux gives out by itself. The ports of a test would be too few beyond a hundred calls
a second; Asterisk passes over those that another has."""


def roomy(settings: Settings) -> Settings:
    """The settings with ports for more calls than the machine can have."""
    ports = replace(settings.ports, rtp_start=AUDIO.start, rtp_end=AUDIO.stop - 1)
    return replace(settings, ports=ports, limits=FREE)


def alone(settings: Settings, home: Path) -> Settings:
    """The settings of a centre of the bench's own, whatever the environment says of others."""
    return replace(
        settings,
        home=home,
        node="bench",
        bind=LOOPBACK,
        trunks=(LOOPBACK,),
        database_url="",
        tls_certificate=None,
        webhook=None,
        canary_every=0,
    )


@dataclass(slots=True)
class Bench:
    """A centre with all ways open.

    Attributes:
        ready_s: from the start to the first call that would be taken.
        menus: the process that runs the menu of a way, by the way's key.
        faults: calls that did not go as scripted, by way.
    """

    centre: Centre
    ready_s: float
    menus: dict[str, int]
    faults: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    calls: int = 0


@asynccontextmanager
async def bench_centre(
    settings: Settings, home: Path, say: Callable[[str], None]
) -> AsyncIterator[Bench]:
    """A centre of its own, its router stopped once all is up, and the rivals beside it."""
    with freeports.reserved(alone(settings, home)) as moved:
        agi_port = moved.ports.router + 1
        began = time.monotonic()
        async with opened(roomy(moved), say, lambda text: rivals(text, agi_port)) as centre:
            ready_s = time.monotonic() - began
            await asyncio.to_thread(_open_ari, centre)
            menu = from_file(centre.instance.settings.home / "plan" / "compiled.json", SOUNDS)
            agi = {"port": str(agi_port), "route": AGI_ROUTE}
            ari = {
                "port": str(moved.ports.ws),
                "app": ARI_APP,
                "user": ARI_USER,
                "password": ARI_PASSWORD,
            }
            async with (
                rival("agi_panoramisk", centre.instance.settings, menu, agi) as panoramisk,
                rival("ari_aiohttp", centre.instance.settings, menu, ari) as aiohttp,
            ):
                menus = {"ours": centre.pids["ivr"], "panoramisk": panoramisk, "ari": aiohttp}
                yield Bench(centre, ready_s, menus)


def _open_ari(centre: Centre) -> None:
    settings, program = centre.instance.settings, centre.instance.prepared.runtime.asterisk
    write_atomic(
        settings.etc / "ari.conf",
        f"[general]\nenabled = yes\n[{ARI_USER}]\ntype = user\npassword = {ARI_PASSWORD}\n",
        mode=0o600,
    )
    for module in ARI_MODULES:
        command(program, settings.etc, f"module load {module}.so")


@asynccontextmanager
async def rival(
    name: str, settings: Settings, menu: Mapping[str, object], rest: Mapping[str, str]
) -> AsyncIterator[int]:
    """A rival's process, taking calls; gives its id."""
    with (settings.logs / f"rival-{name}.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", f"tests.bench.rivals.{name}"),
            json.dumps({"menu": menu, "rest": rest}),
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            env=child_environment(settings),
        )
    try:
        async with asyncio.timeout(START_S):
            assert process.stdout is not None
            if await process.stdout.readline() != b"ready\n":
                raise RuntimeError(f"rival {name} did not start: {settings.logs}")
        yield process.pid
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one way.

    Attributes:
        ring_ms: from the key to the INVITE, of each call.
        asterisk_ms: CPU of Asterisk a call. ``menu_ms``: of the process that runs the menu.
    """

    ring_ms: tuple[float, ...]
    asterisk_ms: float
    menu_ms: float


async def run(bench: Bench, way: Way, calls: int, rate: float) -> Run:
    """Place these calls by this way."""
    asterisk, menu = bench.centre.pids["asterisk"], bench.menus.get(way.key)
    before = proc.times(asterisk), proc.times(menu).own if menu else 0.0
    samples = await load(bench, way, calls, rate)
    await asyncio.sleep(SETTLE_S)
    after = proc.times(asterisk), proc.times(menu).own if menu else 0.0
    good = [sample for sample in samples if not sample.fault]
    each = 1000 / max(1, len(good))
    return Run(
        tuple(sample.ring_ms for sample in good if sample.ring_ms is not None),
        (after[0].own - before[0].own) * each,
        (after[1] - before[1] + after[0].children - before[0].children) * each,
    )


async def load(bench: Bench, way: Way, calls: int, rate: float) -> list[Sample]:
    """Place these calls; what came of them, with a note of those that failed."""
    scripts = [bench.centre.phones.script(way.dialled) for _ in range(calls)]
    samples = await bench.centre.load(scripts, rate)
    bench.calls += len(samples)
    for sample in samples:
        if sample.fault:
            bench.faults[f"{way.key}: {sample.fault}"] += 1
    return samples


async def menus(
    bench: Bench, runs: int, calls: int, rate: float, say: Callable[[str], None]
) -> dict[str, Any]:
    """All ways, in turn, each run beginning with another."""
    for way in WAYS:
        await load(bench, way, 4, rate)
    found: dict[str, list[Run]] = defaultdict(list)
    for number in range(runs):
        say(f"Menu, putaran / round {number + 1} / {runs}")
        for offset in range(len(WAYS)):
            way = WAYS[(number + offset) % len(WAYS)]
            found[way.key].append(await run(bench, way, calls, rate))
    return {key: _told(each) for key, each in found.items()}


def _told(runs: list[Run]) -> dict[str, Any]:
    every = [value for each in runs for value in each.ring_ms]
    return {
        "calls": len(every),
        "digit_to_invite_ms": Spread(tuple(percentile(each.ring_ms, 50) for each in runs)),
        "digit_to_invite_p99_ms": percentile(every, 99),
        "asterisk_ms": Spread(tuple(each.asterisk_ms for each in runs)),
        "menu_ms": Spread(tuple(each.menu_ms for each in runs)),
        "cpu_ms": Spread(tuple(each.asterisk_ms + each.menu_ms for each in runs)),
    }
