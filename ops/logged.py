"""Log lines of a command: in a file beside the others, stdout is for whoever gave the command."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog

from siaga import log

if TYPE_CHECKING:
    from collections.abc import Iterator

    from siaga.settings import Settings


@contextmanager
def logged(settings: Settings, name: str) -> Iterator[None]:
    """Send log lines to ``log/<name>.log`` as long as the block lasts: stdout is for the user."""
    settings.logs.mkdir(parents=True, exist_ok=True)
    with (settings.logs / f"{name}.log").open("a", encoding="utf-8") as file:
        log.configure(name)
        structlog.configure(
            logger_factory=structlog.PrintLoggerFactory(file), cache_logger_on_first_use=False
        )
        try:
            yield
        finally:
            structlog.reset_defaults()
