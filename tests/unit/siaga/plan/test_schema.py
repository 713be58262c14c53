import json
import pathlib
import re
from typing import Any

import pytest
import yaml

from siaga.plan.fields import keys_at
from siaga.plan.model import Plan
from siaga.plan.schema import plan_schema

PLANS = pathlib.Path(__file__).parents[4] / "plans"
SCHEMA = plan_schema()
KINDS: dict[str, Any] = {
    "string": str,
    "integer": int,
    "boolean": bool,
    "array": list,
    "object": dict,
    "null": type(None),
}


class Loader(yaml.SafeLoader):
    """As an editor reads YAML: numbers are numbers; dates and the key ``on`` are texts."""


Loader.yaml_implicit_resolvers = {
    first: [
        (tag, form) for tag, form in resolvers if not tag.endswith((":timestamp", ":int", ":bool"))
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), list("tf"))
Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile("^(0|[1-9][0-9]*)$"), list("0123456789")
)


def fits(value: object, schema: Any) -> bool:
    """Whether a value is what a schema describes, for the words that our schema is made of."""
    if "$ref" in schema:
        return fits(value, SCHEMA["$defs"][schema["$ref"].removeprefix("#/$defs/")])
    if "anyOf" in schema:
        return any(fits(value, branch) for branch in schema["anyOf"])
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(isinstance(value, KINDS[kind]) for kind in types):
        return False
    if isinstance(value, int):
        return bool(schema.get("minimum", 0) <= value <= schema.get("maximum", 10**15))
    return fits_inside(value, schema)


def fits_inside(value: object, schema: Any) -> bool:
    if isinstance(value, str):
        return fits_text(value, schema)
    if isinstance(value, list):
        return schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", 1000) and all(
            fits(item, schema["items"]) for item in value
        )
    if isinstance(value, dict):
        return fits_block({str(key): inner for key, inner in value.items()}, schema)
    return value is None


def fits_text(value: str, schema: Any) -> bool:
    return (
        re.search(schema.get("pattern", ""), value) is not None
        and value in schema.get("enum", [value])
        and schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", 1000)
    )


def fits_block(value: dict[str, object], schema: Any) -> bool:
    described = {**schema.get("properties", {})}
    for key in value:
        for form, inner in schema.get("patternProperties", {}).items():
            if re.search(form, key):
                described.setdefault(key, inner)
    others = schema.get("additionalProperties", True)
    return set(schema.get("required", ())) <= value.keys() and all(
        fits(inner, described[key])
        if key in described
        else (fits(inner, others) if isinstance(others, dict) else others)
        for key, inner in value.items()
    )


def read(name: str) -> Any:
    return yaml.load((PLANS / name).read_text(encoding="utf-8"), Loader=Loader)  # noqa: S506


@pytest.mark.parametrize("path", sorted(PLANS.glob("*.yaml")), ids=lambda path: path.stem)
def test_our_plans_fit_the_schema(path: pathlib.Path) -> None:
    """An editor that goes by the schema finds no fault with any plan of ours."""
    assert fits(read(path.name), SCHEMA)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("emergencies", "fire", "agncy"), "damkar"),
        (("emergencies", "fire", "ring"), "20 detik"),
        (("emergencies", "fire", "overflow"), {"agency": "kominfo", "rong": "20s"}),
        (("agencies", "damkar", "handsets"), [{"extension": "2x1"}]),
        (("agencies", "damkar", "strategy"), "ringal"),
        (("agencies", "Damkar Kutim"), {"name": "Damkar"}),
        (("menu", "digits", "10"), "fire"),
        (("menu", "tries"), 5),
        (("schedules", "kantor"), "senin 07:30-16:00"),
        (("closures",), [{"agency": "damkar", "from": "besok"}]),
        (("holidays",), {"25-12-2026": "Natal"}),
    ],
)
def test_the_schema_finds_mistakes(path: tuple[str, ...], value: object) -> None:
    """An editor that goes by the schema marks a mistake in a plan that is valid otherwise."""
    plan = read("contoh-lengkap.yaml")
    inner = plan
    for part in path[:-1]:
        inner = inner[part]
    inner[path[-1]] = value
    assert not fits(plan, SCHEMA)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("agencies", "damkar", "handsets"), [201, "202", {"extension": 203}]),
        (("agencies", "damkar", "pstn"), "0549000201"),
        (("agencies", "damkar", "name"), "Damkar"),
        (("emergencies", "fire", "overflow"), "kominfo"),
        (("emergencies", "fire", "overflow"), {"agency": "kominfo"}),
        (("schedules", "kantor"), "mon-fri 07:30-16:00"),
        (("schedules", "kantor"), ["mon-fri 07:30-16:00", "sat 08:00-12:00"]),
    ],
)
def test_the_schema_knows_the_short_forms(path: tuple[str, ...], value: object) -> None:
    """What the loader takes in a short form, or without quotes, an editor takes too."""
    plan = read("contoh-lengkap.yaml")
    inner = plan
    for part in path[:-1]:
        inner = inner[part]
    inner[path[-1]] = value
    assert fits(plan, SCHEMA)


def test_the_full_example_uses_every_word() -> None:
    """Each key that the model has is shown in the full example."""
    shown: set[tuple[str, str]] = set()

    def walk(value: object, path: tuple[str | int, ...]) -> None:
        if isinstance(value, dict):
            if keys_at(path):
                kind = path[0] if path else ""
                shown.update((str(kind), str(key)) for key in value)
            for key, inner in value.items():
                walk(inner, (*path, str(key)))
        if isinstance(value, list):
            for index, inner in enumerate(value):
                walk(inner, (*path, index))

    walk(read("contoh-lengkap.yaml"), ())
    for part in Plan.model_fields:
        keys = keys_at((part,)) or keys_at((part, 0)) or keys_at((part, "name"))
        assert {(part, key) for key in keys} <= shown


def test_the_schema_is_json_with_descriptions() -> None:
    """The schema is plain JSON, and tells what the fields mean."""
    schema = json.loads(json.dumps(SCHEMA))
    assert schema["$schema"].endswith("2020-12/schema")
    assert schema["$defs"]["Repeat"]["properties"]["within"]["pattern"]
    assert schema["$defs"]["Agency"]["properties"]["wrap_up"]["default"] == "0s"
    assert schema["$defs"]["Agency"]["properties"]["wrap_up"]["description"].startswith("How long")
