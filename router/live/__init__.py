"""Live state: what overrides the plan for a while, set, listed and ended.

It is kept by Asterisk, where the dialplan reads it with every Python process dead; nothing here
holds it. :class:`LiveStore` is used by the router and, with the router dead, by the command line;
:class:`LiveKeeper` is the router's periodic job.
"""

from router.live.audit import AuditFile
from router.live.errors import (
    LiveError,
    NotSetError,
    StrandedError,
    TermsError,
    UnknownNameError,
)
from router.live.hush import hush
from router.live.items import Item, as_row, live_at, parse
from router.live.keeper import LIST_MAX, LiveKeeper
from router.live.store import LiveStore, Prover, utc_now

__all__ = [
    "LIST_MAX",
    "AuditFile",
    "Item",
    "LiveError",
    "LiveKeeper",
    "LiveStore",
    "NotSetError",
    "Prover",
    "StrandedError",
    "TermsError",
    "UnknownNameError",
    "as_row",
    "hush",
    "live_at",
    "parse",
    "utc_now",
]
