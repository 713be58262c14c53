"""From measurements to figures: which numbers are compared, and what they mean; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ops.bench.entries import Entry
from ops.bench.figures import Figure, Limit
from ops.bench.stats import percentile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ops.bench.centre import Usage
    from ops.bench.measure import Commits
    from ops.bench.proc import Memory

MEDIAN_LIMIT: Final = Limit(1.15)
P99_LIMIT: Final = Limit(1.25)
SHARE_LIMIT: Final = Limit(0.25)
PROCESS_LIMIT: Final = Limit(8, at_least=True)
COMMIT_LIMIT: Final = Limit(100)
MEMORY_LIMIT: Final = Limit(1.05)
FAULTS_LIMIT: Final = Limit(0)


@dataclass(frozen=True, slots=True)
class Results:
    """Everything that was measured.

    Attributes:
        latency: ms from key to INVITE by way.
        spoken: cost of whole calls through FastAGI with sound; ``share``: of short ones without.
        process: of short ones with the menu as AGI process, if there were any.
        menus: cost of calls that are a menu, or none.
        memory: of each Python process, after the first and after the last calls.
        memory_calls: how many calls that were.
        calls: placed in all; ``faults``: of these, not as scripted.
    """

    latency: Mapping[Entry, list[float]]
    spoken: Usage
    share: Usage
    process: Usage | None
    menus: Mapping[Entry, Usage]
    commits: Commits
    memory: tuple[Mapping[str, Memory], Mapping[str, Memory]]
    memory_calls: tuple[int, int]
    calls: int
    faults: int
    quick: bool


def figures(results: Results) -> list[Figure]:
    """The lines of the table, in its order."""
    return [
        *_latency(results),
        *_shares(results),
        *_process(results),
        *_commits(results.commits),
        *_memory(results),
        *_conditions(results),
    ]


def _latency(results: Results) -> Iterator[Figure]:
    ours, native = results.latency[Entry.FASTAGI], results.latency[Entry.NATIVE]
    for percent, key, name, english, limit in (
        (50, "median", "angka → INVITE, median", "digit → INVITE, median", MEDIAN_LIMIT),
        (99, "p99", "angka → INVITE, p99", "digit → INVITE, p99", P99_LIMIT),
    ):
        yield Figure(
            f"digit_to_invite_{key}",
            name,
            english,
            "ms",
            percentile(ours, percent),
            percentile(native, percent),
            limit,
            f"FastAGI menu (tier 1) against the same plan as native dialplan (tier 3), in turn on "
            f"the same Asterisk, {len(ours)} and {len(native)} calls; from the first packet of a "
            f"100 ms RFC 4733 key, whose own length is in both, to the INVITE at the handset.",
        )


def _shares(results: Results) -> Iterator[Figure]:
    for key, share, limit, what in (
        (
            "python_cpu_share",
            results.spoken,
            SHARE_LIMIT,
            "calls with sound both ways: 2 s of the menu, 5 s of talk, 3 calls a second",
        ),
        (
            "python_cpu_share_silent",
            results.share,
            None,
            "calls of 0.7 s without any sound, 20 a second: hardly any work for Asterisk",
        ),
    ):
        silent = " (bisu / silent)" if limit is None else ""
        yield Figure(
            key,
            f"CPU Python per panggilan{silent}",
            "Python's CPU a call (IVR + router)",
            "ms",
            share.each(share.python),
            share.each(share.asterisk + share.children),
            limit,
            f"User and system time over {share.calls} whole calls (menu, recording, queue, "
            f"bridge), record and recording filed: IVR {share.each(share.ivr):.2f} ms + router "
            f"{share.each(share.router):.2f} ms, against what Asterisk spends on the same calls; "
            f"{what}.",
        )


def _process(results: Results) -> Iterator[Figure]:
    fastagi, process, none = (
        results.menus[entry] for entry in (Entry.MENU_FASTAGI, Entry.MENU_PROCESS, Entry.MENU_NONE)
    )
    each = {name: usage.each(usage.total) for name, usage in _named(fastagi, process, none)}
    parts = "Asterisk, AGI processes, IVR and router"
    yield Figure(
        "process_agi_cost",
        "CPU menu per panggilan: proses AGI banding FastAGI",
        "the menu's CPU a call: AGI process against FastAGI",
        "ms",
        each["process"] - each["none"],
        each["fastagi"] - each["none"],
        PROCESS_LIMIT,
        f"CPU of {parts} for a call that is answered, led through the menu by one key and hung up, "
        f"less that of a call answered and hung up without a menu ({each['none']:.2f} ms): the "
        f"menu alone. {process.calls}, {fastagi.calls} and {none.calls} calls, in turn.",
    )
    yield Figure(
        "menu_call_cost",
        "CPU panggilan hanya-menu: proses AGI banding FastAGI",
        "CPU of a menu-only call: AGI process against FastAGI",
        "ms",
        each["process"],
        each["fastagi"],
        note="The same calls, nothing subtracted.",
    )
    if results.process is None:
        return
    yield Figure(
        "whole_call_cost",
        "CPU panggilan utuh: proses AGI banding FastAGI",
        "CPU of a whole call: AGI process against FastAGI",
        "ms",
        results.process.each(results.process.total),
        results.share.each(results.share.total),
        note=f"CPU of {parts}; recording, queue and bridge cost the same in both, so that "
        f"the menu's own difference shows less.",
    )


def _named(fastagi: Usage, process: Usage, none: Usage) -> tuple[tuple[str, Usage], ...]:
    return ("fastagi", fastagi), ("process", process), ("none", none)


def _commits(commits: Commits) -> Iterator[Figure]:
    lost = f" {commits.waiting} events were never committed." if commits.waiting else ""
    whole = not commits.waiting
    yield Figure(
        "event_to_commit_p99",
        "peristiwa AMI → baris tersimpan, p99",
        "AMI event → row committed, p99",
        "ms",
        percentile(commits.since_made, 99) if whole else float("nan"),
        limit=COMMIT_LIMIT,
        note=f"From Asterisk's own time stamp on the event, so that its way through the socket is "
        f"in it, {len(commits.since_made)} events that changed a record, at 20 calls a second; "
        f"median {percentile(commits.since_made, 50):.1f} ms. The router's own parts, watched, in "
        f"a process that takes the place of the centre's router.{lost}",
    )
    yield Figure(
        "event_read_to_commit_p99",
        "peristiwa AMI dibaca → baris tersimpan, p99",
        "AMI event read from the socket → row committed, p99",
        "ms",
        percentile(commits.since_received, 99),
        note=f"The same from the moment when the event was read from the socket; median "
        f"{percentile(commits.since_received, 50):.1f} ms.",
    )


def _memory(results: Results) -> Iterator[Figure]:
    first, last = results.memory
    limit = None if results.quick else MEMORY_LIMIT
    names = {"ivr": "IVR", "router": "router"}
    for part, name in names.items():
        for kind, before, after in (
            ("rss", first[part].rss, last[part].rss),
            ("uss", first[part].uss, last[part].uss),
        ):
            yield Figure(
                f"memory_{part}_{kind}",
                f"memori {name} ({kind.upper()})",
                f"memory of the {name} ({kind.upper()})",
                "MiB",
                after / 1024,
                before / 1024,
                limit,
                f"After {results.memory_calls[1]} whole calls through FastAGI, against after "
                f"{results.memory_calls[0]}.",
            )


def _conditions(results: Results) -> Iterator[Figure]:
    yield Figure(
        "faults",
        "panggilan yang tidak berjalan semestinya",
        "calls that did not go as scripted",
        "",
        results.faults,
        limit=FAULTS_LIMIT,
        note=f"Of {results.calls} calls.",
    )
    yield Figure(
        "machine_idle",
        "mesin menganggur selama beban",
        "machine idle under load",
        "%",
        results.share.idle * 100,
        note="While whole calls ran; the telephones of the bench run on the same processors.",
    )
