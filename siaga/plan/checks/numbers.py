"""Extensions, callers' numbers, outside numbers and the trunks they are dialled over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siaga.plan.arrival import forms
from siaga.plan.phones import trunk_for
from siaga.plan.words import Words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from siaga.plan.checks.view import View
    from siaga.plan.model import Agency
    from siaga.plan.problems import Problem
    from siaga.plan.source import Path


def handsets(view: View) -> Iterator[Problem]:
    """An extension of two handsets."""
    owners: dict[str, str] = {}
    for name, agency in view.plan.agencies.items():
        for path, extension in _extensions(name, agency):
            if extension in owners:
                what = Words(
                    f"pesawat {extension} sudah milik '{owners[extension]}'",
                    f"handset {extension} belongs to '{owners[extension]}' already",
                )
                todo = Words("pakai nomor pesawat lain", "use another extension")
                yield view.value(path, what, todo, "handset-twice")
            owners.setdefault(extension, name)


def officers(view: View) -> Iterator[Problem]:
    """A number of two officers."""
    owners: dict[str, str] = {}
    for name, agency in view.plan.agencies.items():
        for number in agency.officers:
            if number in owners:
                what = Words(
                    f"petugas {number} sudah ada di '{owners[number]}'",
                    f"officer {number} is one of '{owners[number]}' already",
                )
                todo = Words("pakai nomor petugas lain", "use another number")
                yield view.key(("agencies", name, "officers", number), what, todo, "officer-twice")
            owners.setdefault(number, name)


def _extensions(name: str, agency: Agency) -> Iterator[tuple[Path, str]]:
    at: Path = ("agencies", name)
    for index, handset in enumerate(agency.handsets):
        yield (*at, "handsets", index, "extension"), handset.extension
    for post, found in agency.posts.items():
        for index, handset in enumerate(found.handsets):
            yield (*at, "posts", post, "handsets", index, "extension"), handset.extension


def known(view: View) -> Iterator[Problem]:
    """A caller's number twice, in whichever form."""
    owners: dict[str, str] = {}
    for index, caller in enumerate(view.plan.callers.known):
        arriving = forms(caller.number)
        owner = next((owners[form] for form in sorted(arriving) if form in owners), None)
        if owner is not None:
            yield view.value(
                ("callers", "known", index, "number"),
                Words(
                    f"nomor {caller.number} sudah dicatat untuk '{owner}'",
                    f"the number {caller.number} is that of '{owner}' already",
                ),
                Words(
                    "hapus salah satu (0… dan +62… adalah nomor yang sama)",
                    "remove one of the two (0… and +62… are the same number)",
                ),
                "known-twice",
            )
        owners.update(dict.fromkeys(arriving, caller.name))


def sources(view: View) -> Iterator[Problem]:
    """An address that calls of two trunks would come from."""
    owners: dict[str, str] = {}
    for name, trunk in view.plan.trunks.items():
        for index, address in enumerate(trunk.sources):
            if address in owners:
                yield view.value(
                    ("trunks", name, "from", index),
                    Words(
                        f"{address} sudah menjadi alamat saluran '{owners[address]}'",
                        f"{address} is an address of trunk '{owners[address]}' already",
                    ),
                    Words("sebut setiap alamat satu kali", "name each address once"),
                    "source-twice",
                )
            owners[address] = name


def outside(view: View) -> Iterator[Problem]:
    """A number outside that no trunk may send, so that it would never ring."""
    for path, number in _outside(view):
        if trunk_for(view.plan, number) is None:
            yield view.value(
                path,
                Words(
                    f"tidak ada saluran yang boleh memanggil {number}",
                    f"no trunk may send {number}",
                ),
                Words(
                    "tambahkan awal nomornya ke may_send pada saluran yang punya host",
                    "add its beginning to may_send of a trunk that has a host",
                ),
                "no-trunk",
            )


def _outside(view: View) -> Iterator[tuple[Path, str]]:
    for name, agency in view.plan.agencies.items():
        for index, number in enumerate(agency.pstn):
            yield ("agencies", name, "pstn", index), number
    for index, number in enumerate(view.plan.last_resort.pstn):
        yield ("last_resort", "pstn", index), number


def browsers(view: View) -> Iterator[Problem]:
    """Nobody but browsers: with the console away no call could be answered."""
    plan = view.plan
    if plan.browsers and not plan.telephones and not any(True for _ in _outside(view)):
        yield view.key(
            ("last_resort",),
            Words("semua pesawat di peramban", "all handsets are in browsers"),
            Words(
                "sediakan setidaknya satu telepon tanpa browser: true",
                "have at least one telephone, without browser: true",
            ),
            "only-browsers",
        )


def trunks(view: View) -> Iterator[Problem]:
    """Trunks by which nothing can go or come."""
    for name, trunk in view.plan.trunks.items():
        at: Path = ("trunks", name)
        if trunk.may_send and trunk.host is None:
            what = Words(
                f"saluran '{name}' tidak punya host tujuan",
                f"trunk '{name}' has no host to send to",
            )
            todo = Words("tambahkan host, atau hapus may_send", "add host, or remove may_send")
            yield view.key((*at, "may_send"), what, todo, "trunk-host")
        elif trunk.host is None and not trunk.sources:
            what = Words(
                f"lewat saluran '{name}' tidak ada panggilan masuk maupun keluar",
                f"by trunk '{name}' calls neither come nor go",
            )
            todo = Words("tambahkan from, atau host dan may_send", "add from, or host and may_send")
            yield view.key(at, what, todo, "trunk-empty")
        elif trunk.host is not None and not trunk.may_send:
            what = Words(
                f"saluran '{name}' punya host tetapi tidak boleh memanggil nomor mana pun",
                f"trunk '{name}' has a host but may send nothing",
            )
            todo = Words("tambahkan may_send, atau hapus host", "add may_send, or remove host")
            yield view.key((*at, "host"), what, todo, "trunk-host")
