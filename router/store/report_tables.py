"""What reports keep: the calls of each hour and what they count as, and sums of hours and days.

All of it can be made again of the other tables, and is when it is not there.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Table, Text

from router.store.metadata import metadata

HOUR: Final = 3_600_000_000
"""Microseconds; hours begin where those of UTC do, days where the centre's time zone says."""

report_hours = Table(
    "report_hours",
    metadata,
    Column("began", BigInteger, primary_key=True, autoincrement=False),
    Column("calls", LargeBinary, nullable=False),
    Column("counts", LargeBinary, nullable=False),
    Column("waits", LargeBinary, nullable=False),
    Column("unknown", Text),
    Column("responses", LargeBinary),
)
"""``calls`` of an hour and what each counts as, their sums, and the plan versions of them whose
text was not there; ``responses`` of agencies and units. An hour without calls and incidents has no
row. ``responses`` is null where a program that knew none of them has written."""

report_days = Table(
    "report_days",
    metadata,
    Column("began", BigInteger, primary_key=True, autoincrement=False),
    Column("counts", LargeBinary, nullable=False),
    Column("waits", LargeBinary, nullable=False),
    Column("responses", LargeBinary),
)
"""Sums of the days of the centre's time zone."""

report_state = Table(
    "report_state",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("generation", BigInteger, nullable=False),
    Column("basis", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
)
"""One row: ``basis`` tells by what was counted, and all hours from ``since`` on are kept."""

report_positions = Table(
    "report_positions",
    metadata,
    Column("node", Text, primary_key=True),
    Column("change", BigInteger, nullable=False),
)
"""The last ``calls.change`` of each node that is in what is kept."""

report_stale = Table(
    "report_stale",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("began", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
)
"""Calls that began between these two, and incidents opened then, count differently since; rows are
added by the database's triggers, in the transaction of what changed, and deleted when that is in
what is kept."""
