"""What nothing leads to, and agencies that nobody can reach.

``hints`` are those of misspelled names: what one of them seems to mean is not reported again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from siaga.plan.problems import did_you_mean
from siaga.plan.words import Words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from siaga.plan.checks.view import View
    from siaga.plan.problems import Problem

_GIVE_DIGIT: Final = Words(
    "beri tombol di menu.digits, atau hapus", "give it a digit in menu.digits, or remove it"
)


def emergencies(view: View, hints: Collection[Words]) -> Iterator[Problem]:
    """Emergencies that no caller gets to."""
    plan = view.plan
    reached = {*plan.menu.digits.values(), plan.menu.default, plan.callers.hidden}
    reached.update(caller.emergency for caller in plan.callers.known)
    for menu in plan.menus.values():
        reached |= {*menu.digits.values(), menu.default}
    for name in plan.emergencies:
        if name not in reached and did_you_mean(name) not in hints:
            what = Words(f"tidak ada tombol yang menuju '{name}'", f"no digit leads to '{name}'")
            yield view.key(("emergencies", name), what, _GIVE_DIGIT, "unreached")


def menus(view: View, hints: Collection[Words]) -> Iterator[Problem]:
    """Menus that no digit leads to."""
    reached = set(view.plan.menu.digits.values())
    for name in view.plan.menus:
        if name not in reached and did_you_mean(name) not in hints:
            what = Words(
                f"tidak ada tombol yang menuju menu '{name}'",
                f"no digit leads to the menu '{name}'",
            )
            yield view.key(("menus", name), what, _GIVE_DIGIT, "unreached")


def agencies(view: View, hints: Collection[Words]) -> Iterator[Problem]:
    """Agencies that are neither rung nor told."""
    plan = view.plan
    used = {plan.last_resort.agency, *(rung.agency for rung in plan.last_resort.overflow)}
    used.update(agency.cover for agency in plan.agencies.values() if agency.cover)
    for emergency in plan.emergencies.values():
        used.update(emergency.notify)
    for _, chain in view.chains():
        used |= {chain.agency, *(rung.agency for rung in chain.overflow)}
        used |= {chain.via} if chain.via else set()
    for name in plan.agencies:
        if name not in used and did_you_mean(name) not in hints:
            yield view.key(
                ("agencies", name),
                Words(f"tidak ada yang menuju '{name}'", f"nothing leads to '{name}'"),
                Words(
                    "sebut dalam keadaan darurat, cover, atau last_resort; atau hapus",
                    "name it in an emergency, as a cover or in last_resort, or remove it",
                ),
                "unused-agency",
            )


def schedules(view: View, hints: Collection[Words]) -> Iterator[Problem]:
    """Schedules that nothing goes by."""
    plan = view.plan
    used = {agency.hours for agency in plan.agencies.values()}
    for emergency in plan.emergencies.values():
        used |= set(emergency.during)
    for name in plan.schedules:
        if name not in used and did_you_mean(name) not in hints:
            what = Words(f"tidak ada yang memakai '{name}'", f"nothing goes by '{name}'")
            todo = Words(
                "sebut dalam hours sebuah instansi atau during sebuah keadaan darurat, atau hapus",
                "name it in hours of an agency or during of an emergency, or remove it",
            )
            yield view.key(("schedules", name), what, todo, "unused-schedule")


def silent(view: View) -> Iterator[Problem]:
    """Agencies with no telephone at all, and a last resort without handsets."""
    plan = view.plan
    for name, agency in plan.agencies.items():
        if not agency.extensions and not agency.pstn:
            yield view.key(
                ("agencies", name),
                Words(
                    f"'{name}' tanpa pesawat dan tanpa nomor pstn: tidak ada yang akan berdering",
                    f"'{name}' has neither handsets nor a pstn number: nobody would be rung",
                ),
                Words(
                    'tambahkan handsets: ["…"] atau pstn: ["…"]',
                    'add handsets: ["…"] or pstn: ["…"]',
                ),
                "silent-agency",
            )
        if agency.escalate is not None and not agency.notify:
            yield view.value(
                ("agencies", name, "escalate"),
                Words(
                    f"'{name}' tidak punya kontak: tidak ada yang diberi tahu",
                    f"'{name}' has no contacts: there is nobody to tell",
                ),
                Words(
                    "tambahkan notify: [{sms: …}], atau hapus", "add notify: [{sms: …}], or remove"
                ),
                "escalates-to-nobody",
            )
    resort = plan.agencies.get(plan.last_resort.agency)
    if resort is not None and not resort.extensions:
        yield view.value(
            ("last_resort", "agency"),
            Words(
                f"'{plan.last_resort.agency}' tidak punya pesawat",
                f"'{plan.last_resort.agency}' has no handsets",
            ),
            Words(
                "last_resort harus instansi yang punya pesawat pusat panggilan",
                "the last resort must be an agency with handsets of the centre",
            ),
            "silent-last-resort",
        )
