"""The JSON Schema of ``routing.yaml``, made from the model, so that editors complete and check.

The model reads every value as text and has short forms; an editor's YAML has numbers, and must be
told of the short forms. Both are added here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from pydantic import BaseModel, BeforeValidator

from siaga.plan import model as model_module
from siaga.plan.forms import DURATION_FORM, EXTENSION_FORM, NUMBER_FORM, PREFIX_FORM, listed
from siaga.plan.model import Plan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

Node: TypeAlias = "dict[str, Any]"

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_SHORT: Final = {
    "Text": "id",
    "NoticeText": "id",
    "Handset": "extension",
    "Rung": "agency",
    "Schedule": "hours",
}
"""Models with a short form, which is that of the field."""

_DIGITS: Final = (EXTENSION_FORM, NUMBER_FORM, PREFIX_FORM)
"""Forms that an editor takes for a number when there are no quotes."""


def plan_schema() -> Node:
    """JSON Schema (draft 2020-12) of a plan."""
    schema = Plan.model_json_schema(by_alias=True)
    definitions: dict[str, Node] = schema["$defs"]
    for name, definition in (*definitions.items(), (Plan.__name__, schema)):
        _lists(getattr(model_module, name), definition)
    for node in _nodes(schema):
        _as_edited(node)
    for name, field in _SHORT.items():
        definitions[name] = _with_short(definitions[name], definitions[name]["properties"][field])
    return {"$schema": DIALECT, **schema}


def _lists(kind: type[BaseModel], definition: Node) -> None:
    """Let a single value stand where a list of them may."""
    for name, field in kind.model_fields.items():
        if _is_listed(field):
            properties = definition["properties"]
            whole = properties[field.alias or name]
            kept = {key: whole.pop(key) for key in ("description", "default") if key in whole}
            properties[field.alias or name] = {"anyOf": [whole["items"], whole], **kept}


def _is_listed(field: FieldInfo) -> bool:
    return any(
        isinstance(extra, BeforeValidator) and extra.func is listed for extra in field.metadata
    )


def _nodes(node: Any) -> Iterator[Node]:
    """Every schema in a schema, itself last."""
    if isinstance(node, dict):
        for key in ("properties", "patternProperties", "$defs"):
            for inner in node.get(key, {}).values():
                yield from _nodes(inner)
        for key in ("items", "additionalProperties"):
            yield from _nodes(node.get(key))
        for inner in node.get("anyOf", ()):
            yield from _nodes(inner)
        yield node


def _as_edited(node: Node) -> None:
    """Say it as an editor's YAML sees it, and leave out what tells its user nothing."""
    node.pop("title", None)
    if node.get("pattern") in _DIGITS:
        node["type"] = ["string", "integer"]
    if "patternProperties" in node:
        node["additionalProperties"] = False
    default = node.get("default")
    if node.get("pattern") == DURATION_FORM and isinstance(default, float):
        node["default"] = f"{default:g}s"
    elif default is None or isinstance(default, dict | list):
        node.pop("default", None)


def _with_short(definition: Node, short: Node) -> Node:
    told = {key: definition.pop(key) for key in ("description",) if key in definition}
    branches = short.get("anyOf", [short])
    shorts = [{k: v for k, v in branch.items() if k != "description"} for branch in branches]
    return {**told, "anyOf": [*shorts, definition]}
