"""``siaga112 schema``: the JSON Schema of routing plans, for editors."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from ops.reference import table_of, told
from ops.reference_words import PARTS
from siaga.plan.schema import plan_schema

if TYPE_CHECKING:
    from siaga.plan.schema import Node


def show() -> None:
    """Print the schema."""
    sys.stdout.write(json.dumps(described_schema(), ensure_ascii=False, indent=2) + "\n")


def described_schema() -> Node:
    """The schema with what each part and key means, in both languages."""
    schema = plan_schema()
    for name, part in {"Plan": schema, **schema["$defs"]}.items():
        properties, _, what = table_of(part)
        part["description"] = f"{PARTS[name]}. {what}"
        for key, node in properties.items():
            node["description"] = " ".join(told(f"{name}.{key}", node))
    return schema
