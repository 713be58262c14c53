"""Whether what the database says no to is the data, or the database does not work."""

from __future__ import annotations

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, StatementError


def is_refusal(error: Exception) -> bool:
    """Whether the data is at fault and not the database: trying again would not help."""
    if isinstance(error, DataError | IntegrityError | TypeError | ValueError | OverflowError):
        return True
    if isinstance(error, DBAPIError):
        state = str(getattr(error.orig, "sqlstate", None) or "")
        return state[:2] in ("22", "23") or isinstance(
            getattr(error.orig, "__cause__", None), ValueError
        )
    return isinstance(error, StatementError)
