"""``python -m tests.live.delay``: from the key that chooses to the message at its gateway.

Callers come two a second, and each hangs up once the message is there. The next contact of each is
due a minute later: such turns lie in the outbox and come meanwhile.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from siaga.gateways import Gateways
from siaga.settings import PROJECT
from tests.live import gateways
from tests.live.calls import arrive
from tests.live.centre import running_centre
from tests.live.phones import Phones, telephones

CALLS: Final = 60
EVERY_S: Final = 0.5
CONTACT: Final = "+62811000201"
GOAL_S: Final = 1.0


async def one(phones: Phones, sms: gateways.SmsGateway, number: str) -> float:
    """One call; seconds from the beginning of the key."""
    call = await arrive(phones, number)
    began = time.monotonic()
    await call.press_many("1")
    (asked,) = await sms.about(number)
    await call.hang_up()
    return asked.at - began


async def measure(home: Path, calls: int, sms: gateways.SmsGateway) -> list[float]:
    """All calls, in order of their delay."""
    text = (PROJECT / "plans" / "kutim.yaml").read_text(encoding="utf-8")
    damkar = '    handsets: ["201", "202"]\n'
    assert damkar in text
    plan = home / "plan.yaml"
    more = f'{damkar}    notify: [{{sms: "{CONTACT}"}}, {{sms: "{CONTACT}9"}}]\n    escalate: 60s\n'
    plan.write_text(text.replace(damkar, more), encoding="utf-8")
    made = Gateways({"sms": sms.address}, "https://112.example.org")
    with running_centre(home / "h", plan=plan, gateways=made) as centre:
        await centre.until_ready()
        async with telephones(centre) as phones, asyncio.TaskGroup() as group:
            await phones.log_in("101")
            tasks = []
            for _ in range(calls):
                tasks.append(group.create_task(one(phones, sms, centre.number())))
                await asyncio.sleep(EVERY_S)
    return sorted(task.result() for task in tasks)


def main() -> int:
    """Measure and say; exit status 1 when 95 of 100 took longer than the goal."""
    parser = argparse.ArgumentParser(prog="python -m tests.live.delay", description=__doc__)
    parser.add_argument("--calls", type=int, default=CALLS)
    calls = max(20, min(parser.parse_args().calls, 1000))
    with gateways.serving() as (sms, _), tempfile.TemporaryDirectory() as home:
        found = asyncio.run(measure(Path(home), calls, sms))
    middle, late = statistics.median(found), found[int(len(found) * 0.95)]
    print(f"{calls} calls: p50 {middle * 1000:.0f} ms, p95 {late * 1000:.0f} ms, "  # noqa: T201
          f"longest {found[-1] * 1000:.0f} ms")  # fmt: skip
    return 1 if late > GOAL_S else 0


if __name__ == "__main__":
    sys.exit(main())
