"""``siaga112 demo``: one real 112 call, seen from both telephones and told from its record."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ops import freeports
from ops.instance import running
from ops.phone import CallerLine, HandsetBank
from router.store import CallReader, open_engine
from siaga.errors import SiagaError
from siaga.plan import calendar, route
from siaga.plan.route import Situation

if TYPE_CHECKING:
    from collections.abc import Callable

    from ops.instance import Instance
    from router.calls.record import CallRecord
    from siaga.plan import Plan
    from siaga.settings import Settings

CALLER_HZ: Final = 440
OFFICER_HZ: Final = 1000
TALK_S: Final = 2.0
LISTEN_S: Final = 3.0
"""How much of the menu the demonstration's caller listens to before pressing."""
RECORD_S: Final = 15.0
NUMBER: Final = "081234567890"


class DemoError(SiagaError):
    """The call did not go as it must."""

    code = "demo"


@dataclass(slots=True)
class Timeline:
    """What happened when, by the telephones' own clock.

    Attributes:
        began: ``time.monotonic()`` of the INVITE.
        moments: milliseconds since then, code, Indonesian and English.
    """

    began: float = field(default_factory=time.monotonic)
    moments: list[tuple[int, str, str, str]] = field(default_factory=list)

    def note(self, code: str, text: str, english: str, at: float | None = None) -> None:
        """Add a moment, now or at ``at``."""
        moment = time.monotonic() if at is None else at
        self.moments.append((round((moment - self.began) * 1000), code, text, english))


@dataclass(frozen=True, slots=True)
class Choice:
    """What the demonstration presses, and whose handset has to ring."""

    digit: str
    emergency: str
    agency: str
    extension: str


def choose(plan: Plan) -> Choice:
    """The first digit of the plan after which handsets ring at once, as it stands now.

    Raises:
        DemoError: there is none.
    """
    now = Situation(calendar.local(plan, datetime.now(UTC)))
    for digit, emergency in plan.menu.digits.items():
        steps = route(plan, emergency, now) if emergency in plan.emergencies else ()
        if not steps or steps[0].kind != "queue":
            continue
        agency = steps[0].agency
        for handset in plan.agencies[agency].every_handset:
            if not handset.browser:
                return Choice(digit, emergency, agency, handset.extension)
    raise DemoError(
        "Tidak ada instansi dengan pesawat di rencana ini. / No agency of this plan has handsets."
    )


async def _place(instance: Instance, choice: Choice, timeline: Timeline) -> None:
    """Place the call and talk.

    Raises:
        PhoneError: something did not happen that must.
    """
    settings, sipp = instance.settings, instance.prepared.runtime.sipp
    target = settings.bind, settings.ports.sip
    password = instance.prepared.secrets.handsets[choice.extension]
    async with CallerLine(sipp, target) as line, HandsetBank(sipp, target) as bank:
        await bank.register(choice.extension, password)
        timeline.began = time.monotonic()
        timeline.note("invite", "menelepon 112", "the caller dials 112", timeline.began)
        call = await line.call(NUMBER, "Warga Sangatta")
        timeline.note("answered", "112 menjawab", "112 answers", await call.answered())
        timeline.note("menu", "menu terdengar", "the menu is heard", await call.hears_sound())
        await asyncio.sleep(LISTEN_S)
        key = await call.press(choice.digit)
        timeline.note("digit", f"menekan {choice.digit}", f"presses {choice.digit}", key.began)
        ring = await bank.ring(choice.extension)
        text = f"pesawat {choice.extension} berdering", f"handset {choice.extension} rings"
        timeline.note("ringing", *text, ring.at)
        await ring.alert()
        await ring.answer()
        timeline.note("talk", "petugas menjawab", "an officer answers", await ring.confirmed())
        call.play_tone(CALLER_HZ)
        ring.play_tone(OFFICER_HZ)
        heard = await asyncio.gather(call.hears(OFFICER_HZ), ring.hears(CALLER_HZ))
        timeline.note("heard", "saling mendengar", "both hear each other", max(heard))
        await asyncio.sleep(TALK_S)
        end = await call.hang_up()
        timeline.note("hang_up", "penelepon menutup", "the caller hangs up", end.at)
        await ring.ended()


async def _record(settings: Settings) -> CallRecord:
    """The call's record, complete with its recording.

    Raises:
        DemoError: it is not there in time.
    """
    engine = open_engine(settings.database)
    reader = CallReader(engine)
    try:
        async with asyncio.timeout(RECORD_S):
            while True:
                for record in await reader.calls(1):
                    if record.ended and record.recording and record.recording.sha256:
                        return record
                await asyncio.sleep(0.1)
    except TimeoutError as error:
        raise DemoError(
            f"Catatan panggilan tidak lengkap; lihat {settings.logs}. / "
            f"The call's record is not complete: look into {settings.logs}."
        ) from error
    finally:
        await engine.dispose()


def _document(settings: Settings, timeline: Timeline, record: CallRecord) -> dict[str, Any]:
    assert record.recording is not None  # noqa: S101 (seen by _record)
    return {
        "call": record.id,
        "caller": record.caller,
        "emergency": record.emergency,
        "language": record.language,
        "tier": record.tier,
        "answered_by": record.answered_by,
        "handset": record.handset,
        "outcome": record.outcome,
        "wait_ms": record.wait_ms,
        "talk_ms": record.talk_ms,
        "timeline": [{"ms": ms, "event": code} for ms, code, _, _ in timeline.moments],
        "recording": str(settings.recordings / record.recording.path),
        "recording_ms": record.recording.duration_ms,
        "recording_sha256": record.recording.sha256,
    }


def _print(console: Console, timeline: Timeline, found: dict[str, Any]) -> None:
    table = Table(title="Satu panggilan 112 / one 112 call", title_justify="left")
    for heading, justify in (("ms", "right"), ("kejadian", "left"), ("event", "left")):
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]
    for ms, _, text, english in timeline.moments:
        table.add_row(str(ms), text, english)
    console.print(table)
    facts = (
        f"Pilihan / chosen      {found['emergency']} (tingkat/tier {found['tier']})\n"
        f"Dijawab / answered by {found['answered_by']}, {found['handset']}, "
        f"setelah/after {found['wait_ms']} ms\n"
        f"Bicara / talk         {found['talk_ms']} ms\n"
        f"Rekaman / recording   {found['recording']}\n"
        f"                      {found['recording_ms']} ms, "
        f"sha256 {found['recording_sha256'][:16]}…"
    )
    console.print(Text(facts), soft_wrap=True)


async def demo(settings: Settings, *, as_json: bool) -> int:
    """Show one call; 0 when a handset answered it and its recording is filed, else 1.

    Raises:
        StartError, MissingError, PlanError: the centre could not be started.
        PhoneError, DemoError: the call did not go as it must.
    """
    console = Console()
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    own = replace(
        settings,
        home=settings.home / "demo",
        database_url="",
        node="demo",
        webhook=None,
        canary_every=0,  # One call is shown, not two.
        tls_required=False,
    )

    # It shows the plan given, not the one that an earlier demonstration began with.
    shutil.rmtree(own.home / "plan", ignore_errors=True)

    def say(text: str) -> None:
        if not as_json:
            console.print(f"[dim]· {text} …[/]", highlight=False)

    with freeports.reserved(
        replace(own, bind="127.0.0.1", trunks=("127.0.0.1",), edge=None)
    ) as moved:
        timeline, record = await _show(moved, say)
    found = _document(moved, timeline, record)
    if as_json:
        sys.stdout.write(json.dumps(found) + "\n")
    else:
        _print(console, timeline, found)
    good = record.outcome == "answered" and bool(found["recording_ms"])
    return 0 if good else 1


async def _show(settings: Settings, say: Callable[[str], None]) -> tuple[Timeline, CallRecord]:
    timeline = Timeline()
    async with running(settings, say) as instance:
        choice = choose(instance.prepared.loaded.plan)
        say("Menelepon 112 / calling 112")
        await _place(instance, choice, timeline)
        return timeline, await _record(settings)
