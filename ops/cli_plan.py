"""The commands of ``siaga112`` that are about the routing plan."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from ops.cli_options import By
from siaga import settings

PlanFile = Annotated[Path, typer.Argument(help="Berkas rencana / plan file.")]
Json = Annotated[bool, typer.Option("--json", help="Untuk mesin / for machines.")]
Why = Annotated[str, typer.Option("--why", help="Alasan / reason.")]
Instead = Annotated[
    int | None,
    typer.Option(help="Hanya bila versi ini yang berlaku / only if this version is in force."),
]
Approved = Annotated[str | None, typer.Option(hidden=True)]
"""Who approved at the console, which alone gives it."""
Names = Annotated[list[str] | None, typer.Option(help="Instansi / agency; boleh berulang.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (
        example,
        check,
        schema,
        simulate,
        replay,
        graph,
        apply,
        versions,
        diff,
        rollback,
    ):
        app.command()(command)


def example(
    name: Annotated[str, typer.Argument(help="Namanya / its name.")] = "kutim",
) -> None:
    """Contoh rencana / an example of a plan: ``siaga112 example > routing.yaml``."""
    from ops import example as command  # noqa: PLC0415

    command.show(name)


def check(plan: PlanFile, json: Json = False) -> None:
    """Periksa rencana / check and prove a routing plan; exit status 1 when it is not valid."""
    from ops import check as command  # noqa: PLC0415  (each command loads only what it needs)

    raise typer.Exit(command.check(plan, as_json=json))


def schema() -> None:
    """Skema JSON rencana / the plan's JSON Schema, for editors."""
    from ops import schema as command  # noqa: PLC0415

    command.show()


def simulate(
    plan: PlanFile,
    press: Annotated[
        str | None, typer.Option(help="Tombol berurutan, '-' tidak ada / keys, '-' none.")
    ] = None,
    at: Annotated[str | None, typer.Option(help='"2026-12-25 02:10"')] = None,
    down: Names = None,
    silent: Names = None,
    answer: Annotated[str | None, typer.Option(help="Yang menjawab / who answers.")] = None,
    area: Annotated[str | None, typer.Option(help="Kecamatan / area.")] = None,
    caller: Annotated[
        str | None, typer.Option(help="Nomor, atau 'hidden' / number, or 'hidden'.")
    ] = None,
    trunk_down: Annotated[bool, typer.Option("--trunk-down")] = False,
    live: Annotated[
        bool, typer.Option("--live", help="Dengan penutupan yang berlaku / with the live state.")
    ] = False,
    crowded: Annotated[
        bool, typer.Option("--crowded", help="Terlalu banyak panggilan / too many calls at once.")
    ] = False,
    flagged: Annotated[
        bool, typer.Option("--flagged", help="Nomornya ditandai / the number is flagged.")
    ] = False,
    compare: Annotated[
        Path | None, typer.Option(help="Rencana lama / older plan: what changes?")
    ] = None,
    json: Json = False,
) -> None:
    """Coba di atas kertas / what a call would meet, second by second."""
    from ops import simulate as command  # noqa: PLC0415
    from ops.live import current  # noqa: PLC0415

    raise typer.Exit(
        command.simulate(
            plan,
            press=press,
            at=at,
            down=down or [],
            silent=silent or [],
            answer=answer,
            area=area,
            caller=caller,
            trunk_down=trunk_down,
            live=asyncio.run(current(settings.load())) if live else (),
            crowded=crowded,
            flagged=flagged,
            compare=compare,
            as_json=json,
        )
    )


def replay(
    plan: PlanFile,
    since: Annotated[str, typer.Option(help="30d, 12h, 2026-11-01")] = "30d",
    json: Json = False,
) -> None:
    """Panggilan lalu lewat rencana ini / past calls through this plan: which go elsewhere?"""
    from ops import replay as command  # noqa: PLC0415

    raise typer.Exit(asyncio.run(command.replay(settings.load(), plan, since, as_json=json)))


def graph(
    plan: PlanFile,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Berkas SVG / file.")] = None,
) -> None:
    """Gambar alur panggilan / draw the call flow as SVG."""
    from ops import graph as command  # noqa: PLC0415

    raise typer.Exit(command.graph(plan, out))


def apply(
    plan: PlanFile,
    why: Why = "",
    by: By = None,
    instead: Instead = None,
    approved: Approved = None,
    json: Json = False,
    here: Annotated[
        bool, typer.Option("--here", help="Node ini saja / this node alone, not the others.")
    ] = False,
    origin: Annotated[str, typer.Option("--from", hidden=True)] = "",
    only_check: Annotated[bool, typer.Option("--only-check", hidden=True)] = False,
    proven: Annotated[bool, typer.Option("--proven", hidden=True)] = False,
) -> None:
    """Terapkan rencana selagi melayani / check, prove and load a plan while calls are up."""
    from ops import apply as command  # noqa: PLC0415
    from ops.apply.command import Scope  # noqa: PLC0415
    from ops.plan_changes import tell  # noqa: PLC0415

    deed = command.apply(
        settings.load(),
        plan,
        why=why,
        by=by,
        instead=instead,
        approved=approved,
        scope=Scope(here, origin, only_check, proven),
    )
    raise typer.Exit(asyncio.run(tell(deed, as_json=json)))


def versions(json: Json = False) -> None:
    """Rencana yang pernah dipakai / the plans applied so far."""
    from ops import versions as command  # noqa: PLC0415

    command.show(settings.load(), as_json=json)


def diff(
    old: Annotated[int, typer.Argument(help="Nomor versi / version number.")],
    new: Annotated[int, typer.Argument(help="Nomor versi / version number.")],
) -> None:
    """Beda dua versi / what changed between two versions."""
    from ops import versions as command  # noqa: PLC0415

    command.diff(settings.load(), old, new)


def rollback(
    number: Annotated[int, typer.Argument(help="Nomor versi / version number.")],
    why: Why = "",
    by: By = None,
    instead: Instead = None,
    approved: Approved = None,
    json: Json = False,
) -> None:
    """Kembalikan versi lama / put an earlier version in force again."""
    from ops import apply as command  # noqa: PLC0415
    from ops.plan_changes import tell  # noqa: PLC0415

    deed = command.rollback(
        settings.load(), number, why=why, by=by, instead=instead, approved=approved
    )
    raise typer.Exit(asyncio.run(tell(deed, as_json=json)))
