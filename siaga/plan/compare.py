"""What changes for callers between two plans, in sentences: Indonesian first, and English."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from siaga.plan.compare_routes import Change, route_changes
from siaga.plan.model import RING_ALL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from siaga.plan.model import Plan

__all__ = ["Change", "compare"]


def compare(old: Plan, new: Plan) -> tuple[Change, ...]:
    """Every situation that changes, in groups; none: callers notice no difference."""
    return (
        *_emergencies(old, new),
        *_digits(old, new),
        *route_changes(old, new),
        *_menu(old, new),
        *_announcements(old, new),
        *_callers(old, new),
        *_noise(old, new),
        *_agencies(old, new),
        *_supervisors(old, new),
    )


@dataclass(frozen=True, slots=True)
class _Leaf:
    """Where a sequence of keys leads: an emergency or a language."""

    id: str
    en: str


def _quoted(names: list[str]) -> str:
    return ", ".join(names)


def _emergencies(old: Plan, new: Plan) -> Iterator[Change]:
    if added := [name for name in new.emergencies if name not in old.emergencies]:
        listed = _quoted(added)
        yield Change(f"jenis darurat baru: {listed}", f"emergencies added: {listed}")
    if removed := [name for name in old.emergencies if name not in new.emergencies]:
        listed = _quoted(removed)
        yield Change(f"jenis darurat dihapus: {listed}", f"emergencies removed: {listed}")


def _leaves(plan: Plan) -> dict[tuple[str, ...], _Leaf]:
    """Where each sequence of keys leads; an empty key is nothing pressed."""
    found: dict[tuple[str, ...], _Leaf] = {("",): _Leaf(plan.menu.default, plan.menu.default)}
    for digit, name in plan.menu.digits.items():
        if name in plan.menus:
            menu = plan.menus[name]
            found[digit, ""] = _Leaf(menu.default, menu.default)
            found |= {(digit, key): _Leaf(e, e) for key, e in menu.digits.items()}
        else:
            found[(digit,)] = _Leaf(name, name)
    for digit, language in plan.menu.languages.items():
        found[(digit,)] = _Leaf(f"bahasa {language}", f"language {language}")
    return found


def _digits(old: Plan, new: Plan) -> Iterator[Change]:
    before, after = _leaves(old), _leaves(new)
    nowhere = _Leaf("tidak ada artinya", "nothing")
    for keys in sorted(before.keys() | after.keys()):
        was, now = before.get(keys, nowhere), after.get(keys, nowhere)
        if was != now:
            said_id = " lalu ".join(key or "tidak menekan" for key in keys)
            said_en = " then ".join(key or "nothing" for key in keys)
            yield Change(
                f"tombol {said_id}: sekarang {now.id}, sebelumnya {was.id}",
                f"key {said_en}: now {now.en}, before: {was.en}",
            )


def _menu(old: Plan, new: Plan) -> Iterator[Change]:
    names = {
        "human_within": ("batas waktu menu", "the menu's time limit"),
        "wait": ("tunggu tombol", "the wait for a key"),
        "tries": ("jumlah percobaan", "tries"),
    }
    for field, (said_id, said_en) in names.items():
        was, now = getattr(old.menu, field), getattr(new.menu, field)
        if was != now:
            unit = "" if field == "tries" else " s"
            yield Change(
                f"{said_id}: sekarang {now:g}{unit}, sebelumnya {was:g}{unit}",
                f"{said_en}: now {now:g}{unit}, before: {was:g}{unit}",
            )
    was_first, now_first = old.centre.languages[0], new.centre.languages[0]
    if was_first != now_first:
        yield Change(
            f"bahasa salam: sekarang {now_first}, sebelumnya {was_first}",
            f"callers are greeted in {now_first}, before: {was_first}",
        )


def _announcements(old: Plan, new: Plan) -> Iterator[Change]:
    for name in (*new.announcements, *(n for n in old.announcements if n not in new.announcements)):
        was, now = old.announcements.get(name), new.announcements.get(name)
        if was == now:
            continue
        if was is None:
            yield Change(f"pengumuman baru: {name}", f"announcement added: {name}")
        elif now is None:
            yield Change(f"pengumuman dihapus: {name}", f"announcement removed: {name}")
        elif was.text != now.text:
            yield Change(f"pengumuman {name}: teks lain", f"announcement {name}: other words")
        else:
            yield Change(f"pengumuman {name}: waktu lain", f"announcement {name}: other dates")


def _callers(old: Plan, new: Plan) -> Iterator[Change]:
    was_hidden, now_hidden = (plan.callers.hidden or "menu" for plan in (old, new))
    if was_hidden != now_hidden:
        yield Change(
            f"penelepon tanpa nomor: sekarang {now_hidden}, sebelumnya {was_hidden}",
            f"callers without a number: now {now_hidden}, before: {was_hidden}",
        )
    was_within, now_within = (
        f"{plan.callers.repeat.within:g} s" if plan.callers.repeat else "-" for plan in (old, new)
    )
    if was_within != now_within:
        yield Change(
            f"penelepon berulang: sekarang {now_within}, sebelumnya {was_within}",
            f"repeat callers: now {now_within}, before: {was_within}",
        )
    before = {known.number: known for known in old.callers.known}
    after = {known.number: known for known in new.callers.known}
    for number in sorted(before.keys() | after.keys()):
        was, now = before.get(number), after.get(number)
        if was == now:
            continue
        if now is None and was is not None:
            yield Change(
                f"penelepon dikenal dihapus: {was.name}", f"known caller removed: {was.name}"
            )
        elif was is None and now is not None:
            yield Change(
                f"penelepon dikenal baru: {now.name} → {now.emergency or 'menu'}",
                f"known caller added: {now.name} → {now.emergency or 'menu'}",
            )
        elif was is not None and now is not None and was.emergency != now.emergency:
            yield Change(
                f"{now.name}: sekarang {now.emergency or 'menu'}, "
                f"sebelumnya {was.emergency or 'menu'}",
                f"{now.name}: now {now.emergency or 'menu'}, before: {was.emergency or 'menu'}",
            )
        elif now is not None:
            yield Change(f"{now.name}: nama atau area lain", f"{now.name}: other name or area")


def _noise(old: Plan, new: Plan) -> Iterator[Change]:
    if old.callers.pranks != new.callers.pranks:
        was_flagged, now_flagged = (_pranks(plan) for plan in (old, new))
        yield Change(
            f"tanda iseng: sekarang {now_flagged.id}, sebelumnya {was_flagged.id}",
            f"flags for pranks: now {now_flagged.en}, before: {was_flagged.en}",
        )
    if old.callers.silent != new.callers.silent:
        was_silent, now_silent = (_silent(plan) for plan in (old, new))
        yield Change(
            f"penelepon senyap: sekarang {now_silent.id}, sebelumnya {was_silent.id}",
            f"silent callers: now {now_silent.en}, before: {was_silent.en}",
        )
    if old.callers.rank != new.callers.rank:
        was_rank, now_rank = (" > ".join(plan.callers.rank) or "-" for plan in (old, new))
        yield Change(
            f"urutan yang menunggu: sekarang {now_rank}, sebelumnya {was_rank}",
            f"who waits is ranked: now {now_rank}, before: {was_rank}",
        )


def _silent(plan: Plan) -> _Leaf:
    silent = plan.callers.silent
    if silent is None:
        return _Leaf("dengan tangan", "by hand")
    return _Leaf(
        f"didengarkan {silent.listen:g} s, dipantau {silent.hold:g} s",
        f"listened to {silent.listen:g} s, watched {silent.hold:g} s",
    )


def _pranks(plan: Plan) -> _Leaf:
    pranks = plan.callers.pranks
    if pranks is None:
        return _Leaf("dengan tangan saja", "by hand only")
    within, flag = pranks.within / 3600, pranks.flag / 3600
    return _Leaf(
        f"{pranks.after}x dalam {within:g} jam, selama {flag:g} jam, ditinjau {pranks.reviewer}",
        f"{pranks.after} within {within:g} h, for {flag:g} h, reviewed by {pranks.reviewer}",
    )


def _supervisors(old: Plan, new: Plan) -> Iterator[Change]:
    was, now = set(old.centre.supervisors), set(new.centre.supervisors)
    if more := _quoted(sorted(now - was)):
        yield Change(f"boleh mendengarkan: {more}", f"may listen in now: {more}")
    if less := _quoted(sorted(was - now)):
        yield Change(f"tidak boleh lagi mendengarkan: {less}", f"may no longer listen in: {less}")


def _agencies(old: Plan, new: Plan) -> Iterator[Change]:
    if added := [name for name in new.agencies if name not in old.agencies]:
        yield Change(f"instansi baru: {_quoted(added)}", f"agencies added: {_quoted(added)}")
    if removed := [name for name in old.agencies if name not in new.agencies]:
        listed = _quoted(removed)
        yield Change(f"instansi dihapus: {listed}", f"agencies removed: {listed}")
    for name, agency in new.agencies.items():
        if name not in old.agencies:
            continue
        before, after = old.agencies[name].extensions, agency.extensions
        more = [f"+{extension}" for extension in after if extension not in before]
        more += [f"-{extension}" for extension in before if extension not in after]
        if more:
            listed = _quoted(more)
            yield Change(f"telepon {name}: {listed}", f"handsets of {name}: {listed}")
        was, now = old.agencies[name].strategy, agency.strategy
        if was != now:
            yield Change(
                f"cara dering {name}: sekarang {now}, sebelumnya {was}",
                f"{name} rings {now}, before: {was}",
            )
        was_each, now_each = old.agencies[name].ring_each, agency.ring_each
        if was_each != now_each and now != RING_ALL:
            yield Change(
                f"tiap pesawat {name} berdering {now_each:g} dtk, sebelumnya {was_each:g} dtk",
                f"each handset of {name} rings {now_each:g} s, before: {was_each:g} s",
            )
