"""Logs: one JSON line where something happened that a person would ask about."""

from __future__ import annotations

import hashlib
import logging
import os
import sys

import structlog

_SALT = os.urandom(8)
_WRITE = sys.stdout


def configure(service: str) -> None:
    """Send this process's log lines to stdout, which the supervisor keeps in a file."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=False),
            # Locals of a failing frame may hold callers' numbers and passwords.
            structlog.processors.ExceptionRenderer(
                structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
            ),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(_WRITE),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)


def quiet() -> None:
    """Say nothing below errors of the program's own: for commands whose output is for people."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def hashed(number: str) -> str:
    """A telephone number as logs may show it: the same within one run, not to be turned back."""
    return hashlib.blake2s(number.encode(errors="replace"), key=_SALT, digest_size=5).hexdigest()
