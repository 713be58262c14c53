"""``siaga112 schema``: the JSON Schema of routing plans, for editors."""

from __future__ import annotations

import json
import sys

from siaga.plan.schema import plan_schema


def show() -> None:
    """Print the schema."""
    sys.stdout.write(json.dumps(plan_schema(), ensure_ascii=False, indent=2) + "\n")
