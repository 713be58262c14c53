"""When an override ends, as people say it: for how long, or until when."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from router.live import TermsError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_FOR: Final = re.compile(
    r"(?=.)(?:(\d{1,2})d)?(?:(\d{1,3})h)?(?:(\d{1,4})m)?(?:(\d{1,6})s)?", re.ASCII
)
_CLOCK: Final = re.compile(r"(\d{1,2})[:.](\d{2})", re.ASCII)


def end(for_: str | None, until: str | None, now: datetime, zone: ZoneInfo) -> datetime:
    """The end, aware.

    Args:
        for_: ``30m``, ``2h``, ``1h30m``, ``3d``.
        until: ``16:30`` (the next), ``2026-12-25 07:30``; in the centre's time.
        now: aware.
        zone: of the centre.

    Raises:
        TermsError: neither or both were given, or one that has no such form.
    """
    if (for_ is None) == (until is None):
        raise TermsError(
            'Sampai kapan? Beri salah satu: --for 2h atau --until "16:30".\n'
            'How long? Give one of: --for 2h or --until "16:30".'
        )
    if for_ is not None:
        return now + _length(for_)
    return _moment(until or "", now.astimezone(zone), zone)


def _length(text: str) -> timedelta:
    found = _FOR.fullmatch(text.strip())
    if found is None:
        raise TermsError(
            f"'{_shown(text)}' bukan lama waktu: tulis seperti 30m, 2h, 1h30m, 3d.\n"
            f"'{_shown(text)}' is not a duration: write it like 30m, 2h, 1h30m, 3d."
        )
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def _moment(text: str, local: datetime, zone: ZoneInfo) -> datetime:
    text = text.strip()
    try:
        if found := _CLOCK.fullmatch(text):
            hour, minute = int(found[1]), int(found[2])
            today = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
            return today if today > local else today + timedelta(days=1)
        return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=zone)
    except ValueError:
        raise TermsError(
            f"'{_shown(text)}' bukan waktu: tulis seperti 16:30 atau 2026-12-25 07:30.\n"
            f"'{_shown(text)}' is not a time: write it like 16:30 or 2026-12-25 07:30."
        ) from None


def _shown(text: str) -> str:
    return text[:40] if text.isprintable() else "?"
