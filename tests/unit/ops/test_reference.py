from __future__ import annotations

from ops.reference import FILE, described, reference
from ops.reference_words import PARTS, WORDS


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
