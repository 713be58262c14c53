"""``./siaga112 soak --calls 1000 --seed 7``: mixed calls under kills, judged by the telephones."""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.soak.ledger import Verdict
from tests.soak.machine import GROWTH_KIB
from tests.soak.play import Wanted, soak

if TYPE_CHECKING:
    from tests.soak.report import Report

SHOWN = 20
COVERED = 0.999
"""Share of the seconds of talk that must be on the disk."""


def _wanted() -> tuple[Wanted, str | None]:
    parser = argparse.ArgumentParser(prog="siaga112 soak", description=__doc__)
    parser.add_argument("--calls", type=int, default=1000, help="how many calls (1000)")
    parser.add_argument("--seed", type=int, default=None, help="to have the same callers again")
    parser.add_argument("--minutes", type=float, default=60, help="no call after so long (60)")
    parser.add_argument("--rate", type=float, default=2, help="calls a second (2)")
    parser.add_argument("--kill-every", type=float, default=30, help="seconds, 0: never (30)")
    parser.add_argument("--json", default=None, metavar="FILE", help="where the report goes")
    asked = parser.parse_args()
    seed = int(time.time()) if asked.seed is None else asked.seed
    wanted = Wanted(seed, max(1, asked.calls), asked.minutes, asked.rate, asked.kill_every)
    return wanted, asked.json


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 (what it is for)


def grown(report: Report) -> list[str]:
    """Parts whose memory grew."""
    return [part for part, kib in report.growth.items() if kib is not None and kib > GROWTH_KIB]


def as_json(wanted: Wanted, report: Report) -> dict[str, Any]:
    """The report for machines."""
    return {
        "wanted": asdict(wanted),
        "seconds": round(report.seconds, 1),
        "callers": {does.name.lower(): count for does, count in sorted_by_name(report)},
        "by_sipp": report.by_sipp,
        "sipp_says": report.sipp_says,
        "talked_s": report.covered.answered_s,
        "covered_s": report.covered.covered_s,
        "kills": dict(report.kills),
        **{name: _plain(getattr(report.verdict, name)) for name in Verdict.__slots__},
        "grew_kib": report.growth,
        "curves_kib": report.curves,
        "at_rest": {part: asdict(sample) for part, sample in report.rest.items()},
        "afterwards": {part: asdict(sample) for part, sample in report.after.items()},
    }


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, dict) else value


def sorted_by_name(report: Report) -> list[tuple[Any, int]]:
    """What callers did, in the order of its name."""
    return sorted(report.done.items(), key=lambda item: item[0].name)


def _tell(report: Report) -> None:
    verdict, calls = report.verdict, sum(report.done.values())
    _say(f"\n{calls} panggilan / calls, {report.by_sipp} SIPp, {report.seconds:.0f} s")
    for does, count in sorted_by_name(report):
        _say(f"  {does.name.lower():24} {count:6}")
    _say(f"mati / killed: {dict(report.kills)}")
    _say(f"hasil / outcomes: {dict(verdict.outcomes)}; menu / tiers: {dict(verdict.tiers)}")
    share = verdict.backfilled / calls if calls else 0
    _say(f"dari CEL / backfilled: {verdict.backfilled} ({share:.1%})")
    _say(f"detik bicara / seconds of talk: {report.covered.answered_s}, terekam / on disk: "
         f"{report.covered.covered_s} ({report.coverage:.3%})")  # fmt: skip
    for name, found in (
        ("telantar / stranded", verdict.stranded),
        ("lost", verdict.lost),
        ("tanpa catatan / records missing", verdict.missing),
        ("ganda / doubled", verdict.doubled),
        ("tanpa penelepon / ghosts", verdict.ghosts),
        ("tidak berakhir / open", verdict.open),
        ("bertentangan / contradicted", verdict.wrong),
        ("rekaman hilang / recordings missing", verdict.unrecorded),
        ("memori naik / memory grew", grown(report)),
        ("berkas bocor / files leaked", report.leaks()),
        ("prioritas hilang / priority lost", report.slowed()),
        ("keluhan SIPp / SIPp complains", report.sipp_says),
    ):
        _say(f"  {name:36} {len(found):6}  {', '.join(found[:SHOWN])}")
    for part, sample in report.after.items():
        rest = report.rest.get(part)
        files = f"{rest.files if rest else '?'} → {sample.files}"
        memory = f"{rest.kib if rest else '?'} → {sample.kib} KiB"
        _say(f"  {part:10} berkas / files {files}, memori / memory {memory}, "
             f"naik / grew {report.growth.get(part)}")  # fmt: skip


def main() -> int:
    """Play, report; exit status 1 when anything is wrong, and then the home is kept."""
    wanted, file = _wanted()
    home = Path(tempfile.mkdtemp(prefix="soak-"))
    _say(f"seed {wanted.seed}, {wanted.calls} panggilan / calls, {home}")
    report = asyncio.run(soak(home, wanted, _say))
    _tell(report)
    if file is not None:
        text = json.dumps(as_json(wanted, report), indent=1)
        Path(file).write_text(text, encoding="utf-8")
    bad = (report.leaks(), report.slowed(), grown(report), report.sipp_says)
    wrong = report.verdict.faults or any(bad)
    if wrong or report.coverage < COVERED:
        _say(f"disimpan / kept: {home}\nulangi / again: ./siaga112 soak --seed {wanted.seed} "
             f"--calls {wanted.calls}")  # fmt: skip
        return 1
    shutil.rmtree(home)
    return 0


if __name__ == "__main__":
    sys.exit(main())
