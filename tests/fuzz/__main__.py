"""``./siaga112 fuzz --cases 5000 --seed 7``: thousands of random calls, and every difference."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from tests.fuzz import hammer
from tests.fuzz.run import Report, Wanted, fuzz


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="siaga112 fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=1000, help="how many calls (1000)")
    parser.add_argument("--seed", type=int, default=None, help="to have the same calls again")
    parser.add_argument("--only", default=None, metavar="PLAN[.CASE]", help="one call of a seed")
    parser.add_argument("--bytes", action="store_true", help="protocols' bytes in place of calls")
    parser.add_argument("--examples", type=int, default=hammer.EXAMPLES, help="of each protocol")
    return parser.parse_args()


def _wanted(asked: argparse.Namespace) -> Wanted:
    seed = int(time.time()) if asked.seed is None else asked.seed
    return Wanted(seed, 1 if asked.only else max(1, asked.cases), asked.only)


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 (what it is for)


async def _play(wanted: Wanted) -> Report:
    with tempfile.TemporaryDirectory(prefix="fuzz-") as home:
        return await fuzz(Path(home), wanted, _say)


def main() -> int:
    """Play, and say how to have each difference again; exit status 1 when there is one."""
    asked = _asked()
    wanted = _wanted(asked)
    if asked.bytes:
        _say(f"seed {wanted.seed}, {asked.examples} contoh / examples")
        return hammer.main(asked.examples, wanted.seed, _say)
    _say(f"seed {wanted.seed}, {wanted.cases} panggilan / calls")
    report = asyncio.run(_play(wanted))
    for found in report.differences:
        _say(f"ulangi / again: ./siaga112 fuzz --seed {wanted.seed} --only {found.case.name}")
    return 1 if report.differences else 0


if __name__ == "__main__":
    sys.exit(main())
