"""The events of a simulated call as lines for people and as values for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from siaga.names import MenuReason
from siaga.plan.route import EVERYONE
from siaga.plan.simulate import Kind, Result

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from siaga.plan import Plan
    from siaga.plan.route import Step
    from siaga.plan.simulate import Event

_REASONS: Final = {
    MenuReason.DIGIT: "tombol / by a key",
    MenuReason.NO_INPUT: "tidak menekan apa pun / nothing pressed",
    MenuReason.NO_MATCH: "tombol tanpa arti / keys without meaning",
    MenuReason.TIMEOUT: "waktu habis / no time left",
    MenuReason.ERROR: "menu gagal / the menu failed",
    MenuReason.KNOWN: "nomor dikenal / a known number",
    MenuReason.HIDDEN: "tanpa nomor / no number",
    MenuReason.REPEAT: "menelepon lagi / called a short while ago",
    MenuReason.OVERLOAD: "terlalu banyak panggilan, tanpa menu / too many calls, no menu",
    MenuReason.FLAGGED: "nomor ditandai, ada orangnya / a flagged number, somebody is there",
    MenuReason.FLAGGED_SILENT: "nomor ditandai, tak terdengar apa-apa / a flagged number, silent",
}
_RESULTS: Final = {
    Result.ANSWERED: "dijawab / answered",
    Result.NO_ANSWER: "tidak dijawab / no answer",
    Result.UNAVAILABLE: "tidak ada telepon yang siap / no telephone to ring",
}
_SAID: Final = {
    Kind.ARRIVAL: "panggilan masuk / the call arrives",
    Kind.PROMPT: "diucapkan / said ({e.language}): {e.name}",
    Kind.KEY: "tombol / key {e.name}",
    Kind.LAST_RESORT: "upaya terakhir, putaran {e.round} / last resort, round {e.round}",
    Kind.COMFORT: "diucapkan selagi menunggu / said while waiting: {e.name}",
    Kind.ANSWERED: "dijawab oleh {e.name} / answered by {e.name}",
    Kind.STILL_WAITING: "… dan seterusnya sampai penelepon menutup / "
    "and so on until the caller hangs up",
}


def lines(plan: Plan, events: Iterable[Event]) -> Iterator[str]:
    """One line an event, Indonesian first, with the seconds since arrival before it."""
    for event in events:
        seconds = f"{event.at_ms / 1000:.1f}".replace(".", ",")
        yield f"{seconds:>7} s  {_text(plan, event)}"


def as_json(event: Event) -> dict[str, Any]:
    """An event with the fields that mean something for its kind."""
    found: dict[str, Any] = {"at_ms": event.at_ms, "kind": str(event.kind)}
    for name in ("name", "language", "other"):
        if getattr(event, name):
            found[name] = getattr(event, name)
    if event.reason is not None:
        found["reason"] = str(event.reason)
    if event.step is not None:
        step = event.step
        found["step"] = {"agency": step.agency, "kind": step.kind, "seconds": step.seconds}
        found["step"] |= {"number": step.number} if step.number else {}
        found["step"] |= {"post": step.post} if step.post else {}
    if event.kind is Kind.STEP:
        found["ringing"] = list(event.ringing)
    if event.result is not None:
        found["result"] = str(event.result)
    if event.round:
        found["round"] = event.round
    return found


def _text(plan: Plan, event: Event) -> str:
    if event.kind is Kind.CHOICE:
        return _choice(plan, event)
    if event.kind is Kind.STANDS_IN:
        return _stands_in(event)
    if event.kind is Kind.STEP:
        return _step(plan, event)
    if event.kind is Kind.IF_SILENT:
        return _if_silent(plan, event)
    if event.result is not None:
        return f"  {_RESULTS[event.result]}"
    return _SAID[event.kind].format(e=event)


def _choice(plan: Plan, event: Event) -> str:
    why = _REASONS[event.reason] if event.reason is not None else ""
    return f"→ {plan.emergencies[event.name].name.id} ({event.name}): {why}"


def _if_silent(plan: Plan, event: Event) -> str:
    silent = plan.callers.silent
    if silent is None:
        return ""
    again = plan.emergencies[event.name].name.id
    return (
        f"bila tak terdengar apa pun: {silent.listen:g} s, lalu dipantau {silent.hold:g} s, "
        f"lalu {again} lagi; bersuara atau menekan tombol: seketika / if nothing is heard: "
        f"{silent.listen:g} s, watched for {silent.hold:g} s, then {again} again; "
        f"with a sound or a key at once"
    )


def _stands_in(event: Event) -> str:
    if not event.other:
        return f"{event.name} tutup, dilewati / {event.name} is closed, left out"
    return (
        f"{event.name} tutup atau dialihkan: {event.other} menggantikan / "
        f"{event.name} is closed or diverted: {event.other} stands in"
    )


def _step(plan: Plan, event: Event) -> str:
    if event.step is None:
        return ""
    if not event.ringing:
        return f"{_who(plan, event.step)}"
    lasting = f"{event.step.seconds:g} s"
    return f"{_who(plan, event.step)}: berdering / rings, {lasting}"


def _who(plan: Plan, step: Step) -> str:
    if step.agency == EVERYONE:
        return "semua telepon semua instansi / all handsets of all agencies"
    name = f"{plan.agencies[step.agency].name.id} ({step.agency})"
    if step.kind == "pstn":
        return f"{name}, nomor luar / outside number {step.number}"
    if step.kind == "post" and step.post is not None:
        post = plan.agencies[step.agency].posts[step.post].name.id
        return f"{name}, pos / post {post} ({step.post})"
    return name
