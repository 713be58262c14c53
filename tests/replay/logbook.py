"""The recorded event logs, and records in a form that a person can read beside them."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from router.ami.headers import Headers
from router.calls.celfile import CelFile
from router.calls.events import AMI_HEADERS, from_ami

if TYPE_CHECKING:
    from router.calls.events import CelEvent
    from router.calls.record import CallRecord

LOGS: Final = Path(__file__).parent / "logs"


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def as_json(record: CallRecord) -> str:
    """A record as JSON text, times in ISO 8601, without its source."""
    fields = {key: value for key, value in asdict(record).items() if key != "source"}
    return json.dumps(fields, indent=1, default=_plain, ensure_ascii=False) + "\n"


def scenarios() -> list[str]:
    """Names of the recorded scenarios."""
    return sorted(path.name for path in LOGS.iterdir() if path.is_dir())


def filed(name: str) -> list[CelEvent]:
    """The events of a scenario as its CEL file tells them."""
    return list(CelFile(LOGS / name / "cel.csv").read())


def live(name: str) -> list[CelEvent]:
    """The events of a scenario as AMI told them."""
    text = (LOGS / name / "ami.jsonl").read_text(encoding="utf-8")
    found = []
    for line in text.splitlines():
        told = json.loads(line)
        event = from_ami(Headers({name: told.get(name, "") for name in AMI_HEADERS}, {}))
        assert event is not None
        found.append(event)
    return found


def expected(name: str) -> str:
    """The record of a scenario as committed."""
    return (LOGS / name / "record.json").read_text(encoding="utf-8")
