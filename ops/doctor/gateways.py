"""The checks of how agencies' contacts are told: each kind has a gateway that can be used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.doctor.finding import fail, ok, warn
from siaga.errors import SettingsError
from siaga.plan import PlanError, load_plan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.doctor.finding import Finding
    from siaga.settings import Settings


def gateways(settings: Settings) -> Iterator[Finding]:
    """Every gateway that is set, and every kind of contact that the plan has."""
    addresses = settings.gateways.addresses
    if addresses:
        # Apprise is large; who has no gateway does without it.
        from router.notify.gateway import TRIAL, service  # noqa: PLC0415
    for kind, address in addresses.items():
        name, setting = f"gateway-{kind}", f"SIAGA_NOTIFY_{kind.upper()}"
        try:
            service(kind, address, TRIAL[kind])
        except SettingsError as error:
            yield fail(
                name,
                str(error),
                f"Tulis {setting} menurut daftar layanan apprise, dengan {{to}} untuk alamat.",
                f"Write {setting} as apprise's list of services says, with {{to}} for the address.",
            )
        else:
            yield ok(name, address.partition("://")[0])
    for kind in sorted(_wanted(settings) - addresses.keys()):
        yield warn(
            f"gateway-{kind}",
            f"rencana punya kontak {kind} / the plan has contacts of this kind",
            f"Mereka tidak diberi tahu: setel SIAGA_NOTIFY_{kind.upper()}.",
            f"They are not told: set SIAGA_NOTIFY_{kind.upper()}.",
        )


def _wanted(settings: Settings) -> set[str]:
    """Kinds of contacts in the plan in force, or the one to start with."""
    for path in (settings.plan_in_force, settings.plan):
        try:
            plan = load_plan(path).plan
        except (PlanError, OSError):
            continue
        return {contact.way[0] for agency in plan.agencies.values() for contact in agency.notify}
    return set()
