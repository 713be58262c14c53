"""Records the event logs of the replay tests from a real Asterisk.

Run ``./siaga112 logs [SCENARIO …]``. For each scenario it writes into ``logs/<scenario>/``:
``cel.csv`` as Asterisk wrote it,
``ami.jsonl`` with the headers of each AMI event ``CEL`` as JSON, and ``record.json``, the record
folded from the file, to be read by a person before it is committed.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from router.ami import Address, AmiLink, Event
from router.calls.celfile import CelFile
from router.calls.cellines import parse
from router.calls.events import from_ami
from router.calls.reducer import fold
from siaga import secrets
from siaga.names import AmiUser
from siaga.settings import PROJECT
from tests.live.centre import Centre, running_centre
from tests.live.phones import telephones
from tests.replay.logbook import LOGS, as_json
from tests.replay.scenarios import SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.live.phones import Phones

SHORT_RING: Final = "5s"
SILENT: Final = "{listen: 5s, hold: 30s}"


async def _listen(centre: Centre, heard: list[Event], ready: asyncio.Event) -> None:
    known = secrets.read(centre.settings.secrets)
    port = centre.settings.ports.ami
    link = AmiLink(Address("127.0.0.1", port, AmiUser.ROUTER, known.ami[AmiUser.ROUTER]))
    async with asyncio.TaskGroup() as group:
        group.create_task(link.run())
        async for item in link:
            ready.set()
            if isinstance(item, Event) and item.name == "CEL":
                heard.append(item)


async def _record(
    centre: Centre, scenario: Callable[[Phones, str], Awaitable[str | None]], name: str
) -> None:
    heard: list[Event] = []
    ready = asyncio.Event()
    listening = asyncio.create_task(_listen(centre, heard, ready))
    await ready.wait()
    number = "+628'--$X,&" if name == "hostile_number" else centre.number()
    async with telephones(centre) as phones:
        used = await scenario(phones, number)
    record = await centre.record(used or number)
    listening.cancel()
    folder = LOGS / name
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        line
        for line in centre.settings.cel_file.read_bytes().splitlines(keepends=True)
        if (event := parse(line)[0]) is not None and event.linked == record.id
    ]
    (folder / "cel.csv").write_bytes(b"".join(lines))
    (folder / "ami.jsonl").write_text(
        "".join(
            json.dumps(dict(event.headers), ensure_ascii=False) + "\n"
            for event in heard
            if (told := from_ami(event.headers)) is not None and told.linked == record.id
        ),
        encoding="utf-8",
    )
    folded = fold(CelFile(folder / "cel.csv").read(), centre.settings.node).record
    (folder / "record.json").write_text(as_json(folded), encoding="utf-8")
    sys.stdout.write(f"{name}: {len(lines)} lines, {folded.outcome}, {folded.reason}\n")


def main(wanted: list[str]) -> None:
    """Record the scenarios named, or all."""
    with tempfile.TemporaryDirectory() as folder:
        plan = Path(folder) / "plan.yaml"
        text = (PROJECT / "plans" / "kutim.yaml").read_text(encoding="utf-8")
        text = text.replace("ring: 20s", f"ring: {SHORT_RING}")
        text = text.replace("callers:", f"callers:\n  silent: {SILENT}\n#", 1)
        plan.write_text(text, encoding="utf-8")
        with running_centre(Path(folder) / "home", plan=plan, node="node1") as centre:
            for scenario in SCENARIOS:
                name = scenario.__name__
                if not wanted or name in wanted:
                    asyncio.run(_record(centre, scenario, name))


if __name__ == "__main__":
    main(sys.argv[1:])
