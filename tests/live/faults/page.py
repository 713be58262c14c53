"""The table of ``docs/engineer/failures.md``, written from the fault matrix.

``python -m tests.live.faults.page`` puts it in its place anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from router.alarms import Kind
from siaga.settings import PROJECT
from tests.live.faults.cells import ALL

if TYPE_CHECKING:
    from tests.live.faults.cells import Cell, Fault

PAGE: Final = PROJECT / "docs" / "engineer" / "failures.md"
BEGINS: Final = "<!-- the matrix begins: python -m tests.live.faults.page -->\n"
ENDS: Final = "<!-- the matrix ends -->\n"
HEAD: Final = (
    "| fault | what the caller hears | what is recorded | how it shows | alarm | what to do |\n"
    "|---|---|---|---|---|---|\n"
)


def table() -> str:
    """The table of all faults."""
    return HEAD + "".join(_row(fault) for fault in ALL)


def _row(fault: Fault) -> str:
    recorded = "; ".join(_recorded(cell) for cell in fault.cells)
    kept = f"; **{fault.kept}**" if fault.kept else ""
    name = f"{fault.what} (`{fault.name}`)"
    shown = f"{fault.sign} | {_alarms(fault)}"
    return f"| {name} | {fault.hears} | {recorded}{kept} | {shown} | {fault.todo} |\n"


def _alarms(fault: Fault) -> str:
    """The router's own, and rules of Prometheus's."""
    told = [f"`{one}`" if isinstance(one, Kind) else f"rule `{one}`" for one in fault.alarms]
    return ", ".join(told) or "none"


def _recorded(cell: Cell) -> str:
    source = f"`{cell.source}`" if cell.source else "`live` or `backfill`"
    choice = "what was chosen" if cell.reason == "digit" else f"`choice: {cell.reason}`"
    return f"{cell.moment}: {choice}, tier {cell.tier}, {source}"


def rendered(page: str) -> str:
    """The page with the table as it must be."""
    before, _, rest = page.partition(BEGINS)
    return f"{before}{BEGINS}{table()}{ENDS}{rest.partition(ENDS)[2]}"


if __name__ == "__main__":
    PAGE.write_text(rendered(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
