"""What became of a wish to put a plan in force: for people as lines, for machines as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from siaga.shared import COMMAND

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from siaga.plan.versions import Entry


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done.

    Attributes:
        entry: the version that is in force now.
        changed: False: it was in force already.
        seconds: it took.
        warnings: of the prompts, Indonesian and English.
        served: the main menu speaks it. ``fronted``: the edge has its trunks.
        logins: passwords of handsets that had none before, by extension; told this once.
        nodes: the other nodes that have it now.
    """

    entry: Entry
    changed: bool
    seconds: float = 0.0
    warnings: tuple[str, ...] = ()
    served: bool = True
    fronted: bool = True
    logins: Mapping[str, str] = field(default_factory=dict)
    nodes: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "version": self.entry.document(),
            "changed": self.changed,
            "seconds": round(self.seconds, 1),
            "warnings": [*self.warnings, *self._doubts()],
            "logins": dict(self.logins),
            "nodes": list(self.nodes),
        }

    def lines(self) -> Iterator[str]:
        """For people."""
        entry = self.entry
        if not self.changed:
            yield (
                f"Rencana ini sudah berlaku: versi {entry.number} ({entry.version}).\n"
                f"This plan is in force already: version {entry.number}."
            )
            return
        yield (
            f"Berlaku: versi {entry.number} ({entry.version}), +{entry.stat.added} "
            f"-{entry.stat.removed} baris, oleh {entry.change.by}, {self.seconds:.1f} s. Panggilan "
            f"yang sedang berjalan selesai dengan rencana lamanya.\n"
            f"In force: version {entry.number} ({entry.version}), +{entry.stat.added} "
            f"-{entry.stat.removed} lines, by {entry.change.by}. Calls in progress finish on the "
            f"plan they began with. Undo: {COMMAND} rollback {entry.number - 1}"
        )
        if self.nodes:
            yield f"Juga di / also on: {', '.join(self.nodes)}"
        for warning in (*self.warnings, *self._doubts()):
            yield f"! {warning}"
        for extension, password in self.logins.items():
            yield f"Pesawat baru / new handset: {extension}  sandi / password: {password}"

    def _doubts(self) -> Iterator[str]:
        if not self.served:
            yield (
                "Menu utama (IVR) belum menyuarakan versi ini; menu cadangan yang melayani. "
                f"Jalankan {COMMAND} doctor.\nThe main menu (IVR) does not speak this version; the "
                f"standby menus serve it. Run {COMMAND} doctor."
            )
        if not self.fronted:
            yield (
                "Edge (Kamailio) belum memakai daftar trunk versi ini. Lihat log/edge.out.log, "
                f"lalu mulai ulang {COMMAND} up.\nThe edge does not have this version's trunks. "
                f"Look into log/edge.out.log, then restart {COMMAND} up."
            )
