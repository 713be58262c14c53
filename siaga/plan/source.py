"""YAML as hostile input: text in, plain values with the position of each out.

Every scalar stays a string (so ``0101`` is an extension and ``no`` a word); the model converts.
Anchors, aliases, tags, duplicate keys, deep nesting and large files, parts and texts are refused,
each within the time that the largest file accepted takes.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, TypeAlias

import yaml

from siaga.plan.hostile import (
    LOADER,
    MAX_BYTES,
    MAX_DEPTH,
    MAX_PARTS,
    MAX_TEXT,
    Position,
    Refusal,
    SourceError,
    control_character,
    place_of,
    scan,
    unreadable,
)
from siaga.plan.words import Words

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_PARTS",
    "MAX_TEXT",
    "Path",
    "Position",
    "Refusal",
    "Source",
    "SourceError",
    "Value",
    "parse",
]

Value: TypeAlias = "str | list[Value] | dict[str, Value] | None"
Path: TypeAlias = "tuple[str | int, ...]"


@dataclass(frozen=True, slots=True)
class Source:
    """A parsed file: its value, and by path where each key or item and each value stands."""

    value: Value
    positions: dict[Path, Position]
    values: dict[Path, Position] = field(default_factory=dict)

    def position(self, path: Path) -> Position:
        """Position of ``path``, or of the nearest thing above it that is in the file."""
        while path and path not in self.positions:
            path = path[:-1]
        return self.positions.get(path, Position(1, 1))

    def value_position(self, path: Path) -> Position:
        """Position of the value at ``path``, or of the value it is part of (a short form)."""
        while path and path not in self.values:
            path = path[:-1]
        return self.values.get(path, Position(1, 1))

    def has(self, path: Path) -> bool:
        """Whether the file has something at ``path``."""
        return path in self.positions

    def at(self, path: Path) -> Value:
        """The value at ``path``; None when there is none."""
        value = self.value
        for part in path:
            if isinstance(value, dict) and isinstance(part, str):
                value = value.get(part)
            elif isinstance(value, list) and isinstance(part, int) and part < len(value):
                value = value[part]
            else:
                return None
        return value

    def without(self, dropped: Collection[Path]) -> Source:
        """The file as if the keys and items at these paths were not in it.

        What is left keeps the positions that it has in the file.
        """
        kept = Source(None, {}, {})
        return replace(kept, value=self._keep((), (), dropped, kept))

    def _keep(self, path: Path, new: Path, dropped: Collection[Path], kept: Source) -> Value:
        kept.positions[new] = self.position(path)
        kept.values[new] = self.value_position(path)
        value = self.at(path)
        if isinstance(value, dict):
            names = [name for name in value if (*path, name) not in dropped]
            return {n: self._keep((*path, n), (*new, n), dropped, kept) for n in names}
        if isinstance(value, list):
            left = [index for index in range(len(value)) if (*path, index) not in dropped]
            return [
                self._keep((*path, old), (*new, index), dropped, kept)
                for index, old in enumerate(left)
            ]
        return value


def _build(node: yaml.Node, path: Path, source: Source, refusals: list[Refusal]) -> Value:
    source.positions.setdefault(path, place_of(node.start_mark))
    source.values[path] = place_of(node.start_mark)
    if isinstance(node, yaml.ScalarNode):
        return None if node.tag.endswith(":null") else str(node.value)
    if isinstance(node, yaml.SequenceNode):
        return [_build(item, (*path, i), source, refusals) for i, item in enumerate(node.value)]
    result: dict[str, Value] = {}
    for key_node, value_node in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            refusals.append(
                Refusal(
                    place_of(key_node.start_mark),
                    Words("kunci harus satu kata biasa", "a key must be a plain word"),
                    Words("beri tanda kutip pada kunci itu", "quote the key"),
                )
            )
            continue
        key = str(key_node.value)
        if key in result:
            first = source.positions[(*path, key)]
            refusals.append(
                Refusal(
                    place_of(key_node.start_mark),
                    Words(
                        f"'{key}' ditulis dua kali (pertama di baris {first.line})",
                        f"'{key}' stands here a second time (first on line {first.line})",
                    ),
                    Words("hapus salah satu", "remove one of the two"),
                )
            )
            continue
        source.positions[(*path, key)] = place_of(key_node.start_mark)
        result[key] = _build(value_node, (*path, key), source, refusals)
    return result


def parse(data: bytes) -> Source:
    """Parse the bytes of a plan.

    Raises:
        SourceError: too large, not UTF-8, not YAML, or YAML with what we refuse.
    """
    if len(data) > MAX_BYTES:
        raise SourceError([_TOO_LARGE])
    text = _decode(data)
    node = _compose(text)
    if node is None:
        raise SourceError([_EMPTY])
    source = Source(None, {}, {})
    found: list[Refusal] = []
    value = _build(node, (), source, found)
    if found:
        raise SourceError(found)
    return replace(source, value=value)


_TOO_LARGE: Final = Refusal(
    Position(1, 1),
    Words(f"berkas lebih besar dari {MAX_BYTES} bita", f"the file has more than {MAX_BYTES} bytes"),
    Words(
        "rencana hanya beberapa kilobita: benarkah berkas ini?",
        "a plan is a few kilobytes: is this the right file?",
    ),
)
_EMPTY: Final = Refusal(
    Position(1, 1),
    Words("berkas kosong", "the file is empty"),
    Words("mulailah dari plans/minimal.yaml", "start from plans/minimal.yaml"),
)


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The byte order mark, if any, is not part of what was decoded.
        begun = data[: len(data) - len(error.object) + error.start]
        line = begun.count(b"\n") + 1
        column = len(begun[begun.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
        refusal = Refusal(
            Position(line, column),
            Words(
                f"bita 0x{error.object[error.start]:02x} bukan UTF-8",
                f"byte 0x{error.object[error.start]:02x} is not UTF-8",
            ),
            Words("simpan berkas sebagai UTF-8", "save the file as UTF-8"),
        )
        raise SourceError([refusal]) from error


def _compose(text: str) -> yaml.Node | None:
    if refusal := control_character(text):
        raise SourceError([refusal])
    try:
        if refusals := list(scan(text)):
            raise SourceError(refusals)
        return yaml.compose(text, Loader=LOADER)
    except yaml.MarkedYAMLError as error:
        raise SourceError([unreadable(error)]) from error
