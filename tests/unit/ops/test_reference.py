from __future__ import annotations

from ops.reference import FILE, described, reference, table_of, told
from ops.reference_words import PARTS, WORDS
from ops.schema import described_schema


def test_the_page_is_what_the_schema_gives() -> None:
    """docs/admin/reference.md is the generator's own (else: python -m ops.reference)."""
    assert FILE.read_text(encoding="utf-8") == reference()


def test_every_key_has_its_indonesian_word() -> None:
    """Each key of the schema is explained in Indonesian, and nothing else is."""
    assert described() == set(WORDS)


def test_every_key_is_explained_in_both_languages() -> None:
    """No row of the page lacks its English sentence, from the model or from our table."""
    assert ". *.*" not in reference()
    assert all(f"## {heading}\n" in reference() for heading in PARTS.values())


def test_limits_of_durations_are_told() -> None:
    """The least and the greatest time a chain may ring stand in the page."""
    row = next(line for line in reference().splitlines() if line.startswith("| `human_within`"))
    assert "`3s` … `30s`" in row
    assert row.endswith("| `12s` |")


def test_an_editor_is_told_what_every_key_means() -> None:
    """``schema`` describes each part and key in Indonesian and in English."""
    schema = described_schema()
    parts = {"Plan": schema, **schema["$defs"]}
    for name, part in parts.items():
        properties, _, what = table_of(part)
        assert what.startswith(f"{PARTS[name]}. ")
        for key, node in properties.items():
            local, english = told(f"{name}.{key}", node)
            assert node["description"].startswith(local)
            assert english.strip(".")
    reach = parts["Limits"]["properties"]["reach"]["description"]
    assert reach.endswith(
        " After the menu: the longest a caller may wait while nobody's telephone rings."
    )
