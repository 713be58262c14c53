"""The reference of the plan's language, docs/admin/reference.md, made from the schema.

``python -m ops.reference`` writes it anew.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from annotated_types import Ge, Le

from ops.reference_words import PARTS, WORDS
from siaga.plan import forms, model
from siaga.plan.schema import plan_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE: Final = Path(__file__).resolve().parent.parent / "docs" / "admin" / "reference.md"

_HEAD: Final = """\
# Semua kata rencana / every word of the plan

Dibuat dari skema oleh `python -m ops.reference`; jangan diubah dengan tangan. Penyunting teks yang
mengenal JSON Schema memakai keluaran `./siaga112 schema`.
Made from the schema by `python -m ops.reference`; do not edit. Text editors that know JSON Schema
use what `./siaga112 schema` prints.

`*` wajib / required. Lama ditulis `500ms`, `20s`, `5m`, `2h` / durations are written so.
"""

_FORMS: Final = {
    forms.NAME_FORM: "nama / name, `a-z 0-9 _`",
    forms.AREA_FORM: "nama / name, `a-z 0-9 -`",
    forms.EXTENSION_FORM: 'pesawat / extension, `"201"`',
    forms.NUMBER_FORM: 'nomor / number, `"+62549123456"`',
    forms.PREFIX_FORM: 'awalan / beginning, `"+62549"`',
    forms.DIGIT_FORM: "tombol / digit, `0`-`9`",
    forms.DURATION_FORM: "lama / duration",
    forms.HOURS_FORM: "hari dan jam / days and hours, `mon-fri 07:30-16:00`",
    forms.MOMENT_FORM: "tanggal dan jam / date and time, `2026-12-25 07:30`",
    forms.DATE_FORM: "tanggal / date, `2026-12-25`",
    r"^\d{2}:\d{2}-\d{2}:\d{2}$": "jam / hours, `07:30-12:00`",
}


def reference() -> str:
    """The whole page."""
    schema = plan_schema()
    parts = {"Plan": schema, **schema["$defs"]}
    sections = (_section(name, table_of(parts[name])) for name in PARTS if name in parts)
    return "\n".join((_HEAD, *sections))


def described() -> frozenset[str]:
    """Every key that the schema has, as ``part.key``."""
    schema = plan_schema()
    parts = {"Plan": schema, **schema["$defs"]}
    return frozenset(f"{name}.{key}" for name, part in parts.items() for key in table_of(part)[0])


def table_of(part: dict[str, Any]) -> tuple[dict[str, Any], frozenset[str], str]:
    """Properties of a part, those it must have, and what it is; its short form left out."""
    whole = next(each for each in part.get("anyOf", [part]) if "properties" in each)
    return (
        whole["properties"],
        frozenset(whole.get("required", ())),
        part.get("description", whole.get("description", "")),
    )


def _section(name: str, table: tuple[dict[str, Any], frozenset[str], str]) -> str:
    properties, required, what = table
    rows = (
        f"| `{key}`{' *' if key in required else ''} | {_words(f'{name}.{key}', node)} |"
        f" {_cell(_form(node) + _limits(name, key))} | {_default(node)} |"
        for key, node in properties.items()
    )
    lines = (
        f'<a id="{name.lower()}"></a>',
        f"## {PARTS[name]}",
        "",
        _plain(what),
        "",
        "| kunci / key | arti / meaning | bentuk / form | bawaan / default |",
        "|---|---|---|---|",
        *rows,
        "",
    )
    return "\n".join(lines)


def _words(key: str, node: dict[str, Any]) -> str:
    local, english = told(key, node)
    return _cell(f"{local} *{english}*")


def told(key: str, node: dict[str, Any]) -> tuple[str, str]:
    """What ``part.key`` means, as a sentence in Indonesian and one in English."""
    found = WORDS[key]
    local, english = found if isinstance(found, tuple) else (found, "")
    return f"{local}.", f"{_plain(node.get('description') or english).rstrip('.')}."


def _plain(text: str) -> str:
    """A docstring's markup as Markdown's."""
    return text.replace("``", "`").replace("\n", " ")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _form(node: dict[str, Any]) -> str:
    if "$ref" in node:
        name = node["$ref"].rpartition("/")[2]
        return f"[{PARTS[name].partition(';')[0]}](#{name.lower()})"
    if "anyOf" in node:
        found = [_form(each) for each in node["anyOf"] if each.get("type") != "null"]
        return " atau / or ".join(dict.fromkeys(found))
    if "enum" in node:
        return ", ".join(f"`{each}`" for each in node["enum"])
    if "patternProperties" in node:
        pattern, value = next(iter(node["patternProperties"].items()))
        return f"{_FORMS.get(pattern, 'nama / name')}: {_form(value)}"
    if "items" in node:
        return f"daftar / list: {_form(node['items'])}"
    return _simple(node)


def _simple(node: dict[str, Any]) -> str:
    if known := _FORMS.get(node.get("pattern", "")):
        return known
    if node.get("type") == "integer":
        return f"angka / number, {node['minimum']} … {node['maximum']}"
    if "maxLength" in node:
        return f"teks / text, 1 … {node['maxLength']}"
    return "teks / text"


def _limits(part: str, key: str) -> str:
    """Least and greatest of a duration, which the schema cannot say of a text."""
    fields = getattr(model, part).model_fields
    field = next(f for name, f in fields.items() if key in {name, f.alias})
    found = dict(_bounds(field.metadata))
    if field.annotation is not float or not found:
        return ""
    return f", `{found['least']:g}s` … `{found['most']:g}s`"


def _bounds(metadata: list[Any]) -> Iterator[tuple[str, float]]:
    for each in metadata:
        if isinstance(each, Ge):
            yield "least", float(str(each.ge))
        elif isinstance(each, Le):
            yield "most", float(str(each.le))


def _default(node: dict[str, Any]) -> str:
    return f"`{node['default']}`" if "default" in node else ""


if __name__ == "__main__":
    FILE.write_text(reference(), encoding="utf-8")
