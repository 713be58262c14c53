"""The table of all checks, in the order in which they are reported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ops.doctor import admission, clock, gateways, plan, ports, priority, storage, tools, voices
from ops.doctor.finding import fail

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ops.doctor.finding import Finding
    from siaga.settings import Settings

    Check = Callable[[Settings], Iterable[Finding]]

CHECKS: Final[tuple[Check, ...]] = (
    tools.python_version,
    tools.telephony,
    plan.plan,
    ports.signalling,
    ports.media,
    ports.certificate,
    admission.admission,
    priority.real_time,
    gateways.gateways,
    storage.disk,
    storage.prompts,
    voices.voices,
    storage.home,
    storage.secrets,
    storage.socket_path,
    storage.user,
    clock.time_of_day,
    clock.synchronised,
    clock.zone,
)


def diagnose(settings: Settings) -> list[Finding]:
    """Run every check; a check that breaks is itself a finding and hides none of the others."""
    findings: list[Finding] = []
    for check in CHECKS:
        try:
            findings.extend(check(settings))
        except OSError as error:
            findings.append(
                fail(
                    check.__name__,
                    f"{error}",
                    "Pemeriksaan ini sendiri gagal: perbaiki kesalahan di atas, lalu ulangi.",
                    "This check itself failed: mend the error above, then run it again.",
                )
            )
    return findings
