"""What may be set: judged by the plan in force and what is set already."""

from __future__ import annotations

import difflib
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from router.ami import MAX_VALUE
from router.live.errors import TermsError, UnknownNameError
from router.live.items import MAX_TEXT, live_at, unsayable, with_item
from siaga.plan import calendar
from siaga.plan.arrival import FLAG_FORM, known_caller
from siaga.plan.live import Override
from siaga.plan.route import MAX_HOPS, resolve

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime

    from router.live.items import Item
    from siaga.plan.live import Live
    from siaga.plan.model import Plan

LONGEST: Final = timedelta(days=7)
"""What lasts longer belongs into the plan."""

LONGEST_FLAG: Final = timedelta(days=90)
"""A flag cannot stand in the plan; then somebody has to look at it again."""

MAX_BY: Final = 60
"""Characters of an author's name."""

_AGENCIES: Final = (Override.CLOSED, Override.OPEN, Override.DIVERT)


def check(plan: Plan, item: Item, items: Collection[Item], now: datetime) -> tuple[str, ...]:
    """Judge an override to be set beside ``items``; gives warnings, Indonesian and English.

    Raises:
        UnknownNameError: the plan has no such name; says the nearest.
        TermsError: end, reason, author or target cannot be taken.
    """
    check_words(item.reason, item.by)
    if len(item.note.encode()) > MAX_VALUE:
        raise TermsError("Alasan terlalu panjang: persingkat.\nThe reason is too long: shorten it.")
    _until(item, now)
    if item.override is Override.FLAG:
        _flag(plan, item)
        return ()
    live = live_at(with_item(items, item), now)
    if item.override in _AGENCIES:
        _known(item.name, plan.agencies, "instansi", "agency")
        if item.override is Override.DIVERT:
            _target(plan, item, live.diverted)
        return tuple(_agency_warnings(plan, item, live, now))
    if item.override is Override.PAUSE:
        _known(item.name, plan.extensions, "pesawat", "handset")
        return tuple(_pause_warnings(plan, item, live))
    _known(item.name, plan.announcements, "pengumuman", "announcement")
    return tuple(_announcement_warnings(plan, item, live, now))


def check_words(reason: str, by: str) -> None:
    """Judge reason and author of any change.

    Raises:
        TermsError: one is empty, too long or holds control characters.
    """
    for text, limit, ours, english in (
        (reason, MAX_TEXT, "alasan", "reason"),
        (by, MAX_BY, "nama pembuat", "author's name"),
    ):
        if not text.strip() or len(text) > limit or any(map(unsayable, text)):
            raise TermsError(
                f"Perlu {ours}: 1 sampai {limit} huruf, tanpa karakter kendali.\n"
                f"The {english} is needed: 1 to {limit} characters, no control characters."
            )


def is_number(name: str) -> bool:
    """Whether it is a number that can be flagged, in its one form."""
    return re.fullmatch(FLAG_FORM.rstrip("$"), name) is not None


def _flag(plan: Plan, item: Item) -> None:
    if not is_number(item.name):
        raise TermsError(
            "Itu bukan nomor telepon yang dapat ditandai: tulis seperti 081234567890.\n"
            "That is no telephone number to be flagged: write it like 081234567890."
        )
    known = known_caller(plan, item.name)
    if known is not None:
        raise TermsError(
            f"Nomor ini dikenal dalam rencana ({known.name}): hapus dari callers.known dahulu.\n"
            f"The plan knows this number ({known.name}): remove it from callers.known first."
        )


def _until(item: Item, now: datetime) -> None:
    until, longest = item.until, LONGEST_FLAG if item.override is Override.FLAG else LONGEST
    if until <= now:
        raise TermsError(
            "Waktu berakhir sudah lewat: beri waktu yang akan datang.\n"
            "The end is past: give one that is to come."
        )
    if until > now + longest:
        raise TermsError(
            f"Paling lama {longest.days} hari; yang lebih lama dicatat dalam rencana.\n"
            f"At most {longest.days} days; what lasts longer belongs into the plan."
            if item.override is not Override.FLAG
            else f"Paling lama {longest.days} hari; tinjau lagi sesudahnya.\n"
            f"At most {longest.days} days; look at it again then."
        )


def _known(name: str, known: Collection[str], ours: str, english: str) -> None:
    if name in known:
        return
    close = difflib.get_close_matches(name, known, n=1)
    hint = ", ".join(close or sorted(known)[:20]) or "-"
    shown = name[:40] if name.isprintable() else "?"
    did = ("Maksud Anda", "did you mean") if close else ("Yang ada", "known are")
    raise UnknownNameError(
        f"Tidak ada {ours} '{shown}'. {did[0]}: {hint}\nNo {english} '{shown}'; {did[1]}: {hint}"
    )


def _target(plan: Plan, item: Item, diverted: Mapping[str, str]) -> None:
    if item.target is None:
        raise TermsError(
            "Dialihkan ke mana? Sebut instansinya.\nDiverted to whom? Name the agency."
        )
    _known(item.target, plan.agencies, "instansi", "agency")
    way = [item.name]
    while (following := diverted.get(way[-1])) is not None:
        if following in way:
            way.append(following)
            raise TermsError(f"Pengalihan berputar: {' → '.join(way)}.\nA loop: {' → '.join(way)}.")
        way.append(following)
        if len(way) - 1 > MAX_HOPS:
            raise TermsError(
                f"Lebih dari {MAX_HOPS} pengalihan berturut-turut: {' → '.join(way)}.\n"
                f"More than {MAX_HOPS} diversions in a row: {' → '.join(way)}."
            )


def _agency_warnings(plan: Plan, item: Item, live: Live, now: datetime) -> Iterator[str]:
    if item.override is not Override.DIVERT and item.name in live.diverted:
        target = live.diverted[item.name]
        yield (
            f"{item.name} sedang dialihkan ke {target}; itu tetap berlaku. / "
            f"It is diverted to {target}, which goes on."
        )
    instead = resolve(plan, item.name, calendar.local(plan, now), live)
    if instead is None:
        yield (
            f"Tidak ada pengganti {item.name}: giliran berikutnya yang berdering. / "
            f"Nobody stands in for {item.name}: the next of each chain rings."
        )
    elif instead not in (item.name, item.target):
        yield f"Yang berdering: {instead}. / Who rings instead: {instead}."


def _pause_warnings(plan: Plan, item: Item, live: Live) -> Iterator[str]:
    for name, agency in plan.agencies.items():
        if item.name in agency.extensions and live.paused >= set(agency.extensions):
            yield (
                f"Semua pesawat {name} kini dijeda: giliran berikutnya langsung berdering. / "
                f"All handsets of {name} are paused now: the next in line rings at once."
            )


def _announcement_warnings(plan: Plan, item: Item, live: Live, now: datetime) -> Iterator[str]:
    said = calendar.announcement(plan, calendar.local(plan, now), live)
    if item.override is Override.ANNOUNCE and said != item.name:
        yield (
            f"Yang terdengar tetap '{said}', yang lebih dahulu dalam rencana. / "
            f"What is said is still '{said}', which comes first in the plan."
        )
    if item.override is Override.SILENCE and said is not None:
        yield f"Kini terdengar '{said}'. / What is said now is '{said}'."
