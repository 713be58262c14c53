"""What the forms of an incident ask of the router, and what the audit log is told of it."""

from __future__ import annotations

import pytest

from router.console.incidents.asked import FIELDS, body, told, typed


@pytest.mark.parametrize(
    ("form", "asked"),
    [
        (
            {"where": "64.08.04", "text": "pasar", "position": "1,2", "was": "1,2"},
            {"district": "64.08.04", "text": "pasar", "without": "village"},
        ),
        (
            {"where": "64.08.04.1001", "text": "", "position": "1,3", "was": "1,2"},
            {"village": "64.08.04.1001", "text": "", "position": "1,3", "without": "text"},
        ),
        ({}, {"district": "", "text": "", "without": "text,village,position"}),
    ],
)
def test_a_place_is_asked_for_as_it_was_left(form: dict[str, str], asked: dict[str, str]) -> None:
    """What is empty is taken back; a position that nobody touched is not sent again."""
    assert body("place", typed("place", form)) == asked


@pytest.mark.parametrize("verb", FIELDS)
def test_the_audit_log_has_no_words_that_are_to_be_forgotten(verb: str) -> None:
    """It is never emptied: what is said and where it is stays with the incident."""
    secret = {name: f"rahasia {name}" for name in ("text", "position", "was", "where", "unit")}
    named = {"kind": "fire", "agency": "damkar", "call": "node1-1.1", "into": "7"}
    said = told(verb, typed(verb, {**secret, **named}))
    assert said.startswith(verb)
    assert "rahasia" not in said
    assert all(named[name] in said for name in FIELDS[verb] if name in named)
