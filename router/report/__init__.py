"""The figures the service is measured by, from call records and the gap ledger.

``period`` says which days, ``call`` what one call counts as, ``breakdowns`` where, ``repeats`` who
called a short while ago, ``tally`` adds calls up, ``figures`` makes shares and percentiles of that,
``collect`` reads the database. All but ``collect`` is pure. Each figure is defined in
``docs/decisions/figures.md``.
"""

from router.report.breakdowns import Beside, By, Planned
from router.report.call import FinalClass, Mark
from router.report.collect import Collected, Readers, collect
from router.report.figures import FIELDS, Goal, goals, row
from router.report.period import Period, PeriodError, days, month
from router.report.tally import Counts, Tally

__all__ = [
    "FIELDS",
    "Beside",
    "By",
    "Collected",
    "Counts",
    "FinalClass",
    "Goal",
    "Mark",
    "Period",
    "PeriodError",
    "Planned",
    "Readers",
    "Tally",
    "collect",
    "days",
    "goals",
    "month",
    "row",
]
