import pytest

from siaga.plan import PlanError, parse_plan
from siaga.plan.source import MAX_BYTES, MAX_DEPTH, MAX_PARTS, MAX_TEXT, Position, parse

BOMB = b"a: &a [x, x]\n" + b"".join(
    b"%c: &%c [*%c, *%c]\n" % (98 + i, 98 + i, 97 + i, 97 + i) for i in range(20)
)


@pytest.mark.parametrize(
    ("data", "place", "expected"),
    [
        (b"", (1, 1), "the file is empty"),
        (b"a: 1\nb: \xff", (2, 4), "byte 0xff is not UTF-8"),
        ("é: é\xff".encode("latin-1"), (1, 1), "byte 0xe9 is not UTF-8"),
        (b"\xef\xbb\xbfa: 1\nb: \xff", (2, 4), "byte 0xff is not UTF-8"),
        (b"a: \x07", (1, 4), "the control character U+0007 is not allowed here"),
        (b"[" * 500, (1, MAX_DEPTH + 1), f"nested more than {MAX_DEPTH} deep"),
        (b"a: " * 10_000, (1, 5), "not readable as YAML"),
        (b"x" * 10_000_000, (1, 1), f"the file has more than {MAX_BYTES} bytes"),
        (b"x" * (MAX_BYTES - 1), (1, 1), f"more than {MAX_TEXT}"),
        (b"a: " + b"x" * (MAX_TEXT + 1), (1, 4), f"more than {MAX_TEXT}"),
        (
            b"[" + b"a," * (MAX_BYTES // 2 - 2) + b"]",
            (1, 2 * MAX_PARTS - 2),
            f"more than {MAX_PARTS} parts",
        ),
        (b"- a\n" * (MAX_BYTES // 4), (MAX_PARTS - 1, 3), f"more than {MAX_PARTS} parts"),
        (BOMB, (1, 4), "anchors and aliases"),
        (b"a: *b", (1, 4), "anchors and aliases"),
        (b"%TAG ! tag:x,2000:\n---\n!y z", (3, 1), "the tag 'tag:x,2000:y' is not supported"),
        (b"a: !!binary aGVsbG8=", (1, 4), "the tag"),
        (b"a: 1\na: 2", (2, 1), "'a' stands here a second time (first on line 1)"),
        (b"? {a: b}\n: c", (1, 3), "a key must be a plain word"),
        (b"a: 1\n---\nb: 2", (2, 1), "a second document begins here"),
        (b"42", (1, 1), "a block of keys belongs here"),
        (b"null", (1, 1), "'the plan' is empty"),
    ],
    ids=lambda value: repr(value[:12]) if isinstance(value, bytes) else "",
)
def test_hostile_yaml_is_refused(data: bytes, place: tuple[int, int], expected: str) -> None:
    """Bombs, tags, binary, size and deep nesting end in a clear error at the right place."""
    with pytest.raises(PlanError) as caught:
        parse_plan(data)
    first = caught.value.problems[0]
    assert expected in first.what.en
    assert first.what.id != first.what.en
    assert (first.position.line, first.position.column) == place


@pytest.mark.parametrize("opening", [b"[", b"{", b"- "])
def test_nesting_without_end_is_refused(opening: bytes) -> None:
    """Whether the parser gives up first or we do, the words are the same."""
    with pytest.raises(PlanError) as caught:
        parse_plan(opening * 100_000)
    first = caught.value.problems[0]
    assert f"nested more than {MAX_DEPTH} deep" in first.what.en
    assert first.position.line == 1


def test_positions_are_those_of_keys_and_values() -> None:
    """Where a key, its value and an item of a list stand is known, and of what is in a value."""
    source = parse(b"a:\n  bc: word\n  d: [1, {e: f}]\n")
    assert source.position(("a", "bc")) == Position(2, 3)
    assert source.value_position(("a", "bc")) == Position(2, 7)
    assert source.value_position(("a", "bc", "id")) == Position(2, 7)
    assert source.position(("a", "d", 1, "e")) == Position(3, 11)
    assert source.position(("a", "nothing")) == Position(1, 1)


def test_what_is_left_keeps_its_place() -> None:
    """Without some of its parts a file's other parts keep their positions in it."""
    source = parse(b"a: [x, y, z]\nb: {c: d, e: f}\n")
    left = source.without({("a", 0), ("b", "c")})
    assert left.value == {"a": ["y", "z"], "b": {"e": "f"}}
    assert left.position(("a", 1)) == Position(1, 11)
    assert left.position(("b", "e")) == Position(2, 11)
    assert not left.has(("a", 2))
