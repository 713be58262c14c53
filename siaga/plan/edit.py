"""One value of a plan changed in its text, and nothing else: comments, order and spacing stay.

The text is taken apart only to find where the value stands; what is written is put there by hand.
What comes out is read again, and refused if anything but the value is another.
"""

from __future__ import annotations

import copy
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import yaml

from siaga.errors import SiagaError
from siaga.plan.hostile import LOADER
from siaga.plan.source import SourceError, parse

if TYPE_CHECKING:
    from siaga.plan.source import Path, Value

_PLAIN: Final = re.compile(
    r"[^\W\d_]([^\x00-\x1f:#\[\]{},&*!|>'\"%@`\\]*[^\s\x00-\x1f:#\[\]{},&*!|>'\"%@`\\])?"
)
"""What needs no quotes anywhere; digits are quoted, so that nobody takes them for a number."""
_DIGIT: Final = re.compile(r"[0-9]|[0-9]+(?:\.[0-9]+)?(?:s|m|h|min)")
_NULLS: Final = frozenset({"null", "Null", "NULL"})
INDENT: Final = 2


class Number(str):
    """A text of digits that is a number of the plan, and no name or telephone's."""

    __slots__ = ()


class EditError(SiagaError):
    """The text cannot be changed here by a form; it can by hand."""

    code = "edit"

    def __init__(self) -> None:
        super().__init__(
            "Bagian ini ditulis dengan cara yang tidak dapat diubah lewat formulir; ubahlah dalam "
            "YAML.\nThis part is written in a way that the form cannot change; change it in the "
            "YAML."
        )


def put(text: str, path: Path, value: Value) -> str:
    """The text with ``value`` at ``path``, where there may be nothing yet; None: taken away.

    Raises:
        EditError: the text cannot be read, or not changed so that only this is another.
    """
    try:
        source = parse(text.encode())
        wanted = _with(source.value, path, value)
        if wanted == source.value:
            return text
        node = yaml.compose(text, Loader=LOADER)
        new = (
            _Editor(text).take(node, path)
            if value is None
            else _Editor(text).put(node, path, value)
        )
        if parse(new.encode()).value != wanted:
            raise EditError
    except (SourceError, yaml.YAMLError, LookupError, TypeError, UnicodeError) as error:
        raise EditError from error
    return new


def _with(value: Value, path: Path, new: Value) -> Value:
    """The values as they are to be."""
    root: Any = copy.deepcopy(value)
    at = root
    for part in path[:-1]:
        if isinstance(at, dict) and (part not in at or at[part] is None):
            at[part] = {}
        at = at[part]
    last: Any = path[-1]
    if new is not None:
        at[last] = new
    elif isinstance(at, list) or last in at:
        del at[last]
    found: Value = root
    return found


def written(value: Value) -> str:
    """A value on one line."""
    if value is None:
        return ""
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{_key(name)}: {written(each)}" for name, each in value.items()) + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(written(each) for each in value) + "]"
    return _scalar(value)


def _key(name: str) -> str:
    return name if _DIGIT.fullmatch(name) else _scalar(name)


def _scalar(text: str) -> str:
    if isinstance(text, Number) and re.fullmatch(r"0|[1-9][0-9]*", text):
        return str(text)
    is_plain = _PLAIN.fullmatch(text) is not None and text not in _NULLS
    return (
        text
        if is_plain or re.fullmatch(r"[0-9.]+(?:s|m|h|min)", text)
        else json.dumps(text, ensure_ascii=False)
    )


@dataclass(frozen=True, slots=True)
class _Editor:
    text: str

    def put(self, node: Any, path: Path, value: Value) -> str:
        name, rest = path[0], path[1:]
        found = self._child(node, name)
        if found is None:
            if not isinstance(node, yaml.MappingNode) or not isinstance(name, str):
                raise EditError
            return self._add(node, name, _nested(rest, value))
        child = found[1]
        if rest and not _is_empty(child):
            return self.put(child, rest, value)
        return self._replace(child, _nested(rest, value))

    def take(self, node: Any, path: Path) -> str:
        name, rest = path[0], path[1:]
        found = self._child(node, name)
        if found is None:
            return self.text
        if rest:
            return self.take(found[1], rest)
        if len(node.value) == 1:
            return self._cut(node.start_mark.index, self._end(node), "{}")
        if node.flow_style:
            return self._take_inline(node, name)
        key, child = found
        start = self._line_start(key.start_mark.index)
        if self.text[start : key.start_mark.index].strip():
            raise EditError  # the first key of an item of a list, behind its dash
        return self._cut(start, self._line_end(self._end(child)) + 1, "")

    def _take_inline(self, node: Any, name: str | int) -> str:
        pairs = node.value
        index = next(i for i, (key, _value) in enumerate(pairs) if key.value == name)
        if index + 1 < len(pairs):
            return self._cut(
                pairs[index][0].start_mark.index, pairs[index + 1][0].start_mark.index, ""
            )
        return self._cut(self._end(pairs[index - 1][1]), self._end(pairs[index][1]), "")

    def _child(self, node: Any, name: str | int) -> tuple[Any, Any] | None:
        if isinstance(node, yaml.MappingNode):
            return next(((k, v) for k, v in node.value if k.value == name), None)
        if isinstance(node, yaml.SequenceNode) and isinstance(name, int) and name < len(node.value):
            return node.value[name], node.value[name]
        return None

    def _replace(self, node: Any, value: Value) -> str:
        start, end = node.start_mark.index, self._end(node)
        if isinstance(node, yaml.SequenceNode) and isinstance(value, list) and value:
            return self._items(node, value)
        if isinstance(node, yaml.ScalarNode):
            return self._replace_scalar(node, value)
        if "#" in self.text[start:end]:
            raise EditError  # a comment may be in it
        return self._cut(start, end, written(value))

    def _replace_scalar(self, node: Any, value: Value) -> str:
        start, end = node.start_mark.index, self._end(node)
        if _is_empty(node) and start == end:
            space = "" if self.text[start - 1 : start] in {" ", "\n"} else " "
            return self._cut(start, end, space + written(value))
        said = written(value)
        if isinstance(value, str) and node.style == '"':
            said = json.dumps(value, ensure_ascii=False)
        elif isinstance(value, str) and node.style == "'" and value.isprintable():
            said = "'" + value.replace("'", "''") + "'"
        elif isinstance(value, str) and node.style is None and re.fullmatch(r"\d+", node.value):
            said = value if re.fullmatch(r"\d+", value) else said
        return self._cut(start, end, said)

    def _items(self, node: Any, value: list[Value]) -> str:
        """A list with other items; those that stay are written as they were."""
        old = [parse_node(item) for item in node.value]
        if node.flow_style:
            start, end = node.start_mark.index, self._end(node)
            if re.search(r"(^|\s)#", self.text[start:end]):
                raise EditError
            raw = [self.text[i.start_mark.index : self._end(i)] for i in node.value]
            said = [raw[old.index(each)] if each in old else written(each) for each in value]
            return self._cut(start, end, "[" + ", ".join(said) + "]")
        first = self._line_start(node.start_mark.index)
        indent = self.text[first : node.start_mark.index]
        if indent.strip():
            raise EditError
        rows, at = [], first
        for item in node.value:
            end = self._line_end(self._end(item))
            rows.append(self.text[at:end])
            at = end + 1
        said = [
            rows[old.index(each)] if each in old else f"{indent}- {written(each)}" for each in value
        ]
        return self._cut(first, at - 1, "\n".join(said))

    def _add(self, node: Any, name: str, value: Value) -> str:
        if node.flow_style or not node.value:
            at = self._end(node.value[-1][1]) if node.value else node.start_mark.index + 1
            comma = ", " if node.value else ""
            return self._cut(at, at, f"{comma}{_key(name)}: {written(value)}")
        column = node.value[0][0].start_mark.column
        at = self._line_end(self._end(node.value[-1][1]))
        return self._cut(at, at, "\n" + "\n".join(_block(name, value, column)))

    def _end(self, node: Any) -> int:
        """Where a value ends, without the blank lines and comments behind it."""
        if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
            last = node.value[-1]
            return self._end(last[1] if isinstance(last, tuple) else last)
        start: int = node.start_mark.index
        end: int = node.end_mark.index
        return start + len(self.text[start:end].rstrip())

    def _line_start(self, index: int) -> int:
        return self.text.rfind("\n", 0, index) + 1

    def _line_end(self, index: int) -> int:
        found = self.text.find("\n", index)
        return len(self.text) if found < 0 else found

    def _cut(self, start: int, end: int, said: str) -> str:
        return self.text[:start] + said + self.text[end:]


def _nested(path: Path, value: Value) -> Value:
    for part in reversed(path):
        if not isinstance(part, str):
            raise EditError
        value = {part: value}
    return value


def _is_empty(node: Any) -> bool:
    return isinstance(node, yaml.ScalarNode) and str(node.tag).endswith(":null")


def _is_rows(value: Value) -> bool:
    """Whether it is a list of mappings, each of which has a line of its own."""
    return isinstance(value, list) and any(isinstance(item, dict) for item in value)


def _block(name: str, value: Value, column: int) -> list[str]:
    """A new key, a line for each part of a larger value."""
    indent = " " * column
    if _is_rows(value):
        return [
            f"{indent}{_key(name)}:",
            *(f"{indent}{' ' * INDENT}- {written(v)}" for v in value or ()),
        ]
    if isinstance(value, dict) and (
        len(value) > 1 or any(isinstance(v, dict) or _is_rows(v) for v in value.values())
    ):
        if set(value) == {"id", "en"}:
            return [f"{indent}{_key(name)}: {written(value)}"]
        inner = [_block(each, deep, column + INDENT) for each, deep in value.items()]
        return [f"{indent}{_key(name)}:", *(line for lines in inner for line in lines)]
    return [f"{indent}{_key(name)}: {written(value)}"]


def parse_node(node: Any) -> Value:
    """The values of a node, as the loader has them."""
    if isinstance(node, yaml.ScalarNode):
        return None if _is_empty(node) else str(node.value)
    if isinstance(node, yaml.SequenceNode):
        return [parse_node(item) for item in node.value]
    return {str(key.value): parse_node(value) for key, value in node.value}
