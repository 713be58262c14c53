"""What is refused of a plan's YAML before anything is built of it, each with its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import yaml
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    NodeEvent,
    ScalarEvent,
)

from siaga.plan.words import Words

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES: Final = 1_000_000
MAX_DEPTH: Final = 20
MAX_PARTS: Final = 30_000
"""Keys, values, lists and blocks in one file."""
MAX_TEXT: Final = 2_000
"""Characters of one key or value."""

# The parser written in C reads a megabyte in a fraction of a second, the other one in many.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Position:
    """Where something stands in the file, both counted from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason why the text is not accepted as YAML of ours."""

    position: Position
    what: Words
    todo: Words


class SourceError(ValueError):
    """The text cannot be read; ``refusals`` says where and why."""

    def __init__(self, refusals: list[Refusal]) -> None:
        super().__init__("; ".join(refusal.what.en for refusal in refusals))
        self.refusals = refusals


def place_of(mark: Any) -> Position:
    """The position of a mark of the YAML parser."""
    return Position(mark.line + 1, mark.column + 1)


def scan(text: str) -> Iterator[Refusal]:
    """Refuse what could grow or run when loaded, from the event stream alone.

    Raises:
        yaml.MarkedYAMLError: it is no YAML.
    """
    depth = documents = 0
    try:
        for count, event in enumerate(yaml.parse(text, Loader=LOADER)):
            depth += isinstance(event, CollectionStartEvent)
            depth -= isinstance(event, CollectionEndEvent)
            documents += isinstance(event, DocumentStartEvent)
            if found := _refused(event) or _too_much(event, count, depth, documents):
                yield Refusal(place_of(event.start_mark), *found)
                return
    except yaml.MarkedYAMLError as error:
        # libyaml reads ahead, and since 0.2.6 it gives up where brackets are a thousand deep.
        if "nesting depth" not in str(error.problem):
            raise
        yield Refusal(place_of(error.problem_mark), *_TOO_DEEP)


_TOO_DEEP: Final = (
    Words(f"bersarang lebih dari {MAX_DEPTH} tingkat", f"nested more than {MAX_DEPTH} deep"),
    Words(
        "tidak ada bagian rencana sedalam itu; periksa tanda kurung dan indentasi",
        "no part of a plan is nested so deep; check brackets and indentation",
    ),
)


def _refused(event: yaml.Event) -> tuple[Words, Words] | None:
    if isinstance(event, AliasEvent) or (isinstance(event, NodeEvent) and event.anchor):
        return (
            Words(
                f"anchor dan alias ('&{event.anchor}', '*{event.anchor}') tidak didukung",
                f"anchors and aliases ('&{event.anchor}', '*{event.anchor}') are not supported",
            ),
            Words(
                "tulis nilainya di setiap tempat yang perlu",
                "write the value out where it is needed",
            ),
        )
    if tag := getattr(event, "tag", None):
        return (
            Words(f"tag {tag!r} tidak didukung", f"the tag {tag!r} is not supported"),
            Words("hapus tag itu", "remove the tag"),
        )
    return None


def _too_much(
    event: yaml.Event, count: int, depth: int, documents: int
) -> tuple[Words, Words] | None:
    if count > MAX_PARTS:
        return (
            Words(
                f"berkas memuat lebih dari {MAX_PARTS} bagian",
                f"the file has more than {MAX_PARTS} parts",
            ),
            Words(
                "rencana biasanya beberapa ratus: benarkah berkas ini?",
                "a plan has a few hundred: is this the right file?",
            ),
        )
    if depth > MAX_DEPTH:
        return _TOO_DEEP
    if documents > 1:
        return (
            Words("dokumen kedua dimulai di sini", "a second document begins here"),
            Words(
                "hapus '---': satu berkas hanya satu rencana",
                "remove the '---': a file has one plan",
            ),
        )
    if isinstance(event, ScalarEvent) and len(event.value) > MAX_TEXT:
        return (
            Words(
                f"teks {len(event.value)} huruf, lebih dari {MAX_TEXT}",
                f"a text of {len(event.value)} characters, more than {MAX_TEXT}",
            ),
            Words(
                "tidak ada bagian rencana sepanjang itu; periksa tanda kutip dan indentasi",
                "no part of a plan is so long; check quotes and indentation",
            ),
        )
    return None


def control_character(text: str) -> Refusal | None:
    """Refuse the first character that YAML has no place for."""
    found = yaml.reader.Reader.NON_PRINTABLE.search(text)
    if found is None:
        return None
    before = text[: found.start()]
    return Refusal(
        Position(before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1),
        Words(
            f"karakter kendali U+{ord(found.group()):04X} tidak boleh di sini",
            f"the control character U+{ord(found.group()):04X} is not allowed here",
        ),
        Words("hapus karakter itu", "remove it"),
    )


_UNREADABLE: Final = {
    "found character that cannot start any token": "karakter ini tidak boleh mengawali nilai",
    "did not find expected ',' or ']'": "tanda ',' atau ']' tidak ditemukan",
    "did not find expected ',' or '}'": "tanda ',' atau '}' tidak ditemukan",
    "mapping values are not allowed in this context": "tanda ':' tidak boleh di sini",
    "block sequence entries are not allowed in this context": "tanda '-' tidak boleh di sini",
    "did not find expected key": "di sini seharusnya ada kunci",
    "did not find expected '-' indicator": "tanda '-' tidak ditemukan",
    "could not find expected ':'": "tanda ':' tidak ditemukan",
    "found unexpected end of stream": "berkas habis sebelum teks atau kurung ditutup",
    "found undefined tag handle": "tag ini tidak dikenal",
}
"""What the parser says most, in Indonesian."""


def unreadable(error: yaml.MarkedYAMLError) -> Refusal:
    """What the parser's error says."""
    mark = error.problem_mark or error.context_mark
    said = str(error.problem or error.context or "not YAML")
    return Refusal(
        place_of(mark) if mark else Position(1, 1),
        Words(
            f"tidak terbaca sebagai YAML: {_UNREADABLE.get(said, said)}",
            f"not readable as YAML: {said}",
        ),
        Words(
            "periksa indentasi, titik dua, tanda kutip, dan tanda kurung di sekitar sini",
            "check indentation, colons, quotes and brackets near here",
        ),
    )
