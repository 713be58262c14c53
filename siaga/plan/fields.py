"""Which keys the model has where, so that hints never fall behind it."""

from __future__ import annotations

from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from siaga.plan.model import Plan

if TYPE_CHECKING:
    from siaga.plan.source import Path


def keys_at(path: Path) -> tuple[str, ...]:
    """The keys that may stand at ``path`` of a plan; none where the names are the author's own."""
    model = _model_at(path)
    return () if model is None else tuple(f.alias or name for name, f in model.model_fields.items())


def _model_at(path: Path) -> type[BaseModel] | None:
    kind: Any = Plan
    for part in path:
        kind = _inside(_plain(kind), part)
    kind = _plain(kind)
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _inside(kind: Any, part: str | int) -> Any:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        for name, field in kind.model_fields.items():
            if part == (field.alias or name):
                return field.annotation
        return None
    arguments = get_args(kind)
    if get_origin(kind) is dict:
        return arguments[1]
    return arguments[0] if get_origin(kind) is tuple else None


def _plain(kind: Any) -> Any:
    """A type without its limits, and without the None it may be."""
    while get_origin(kind) in (Annotated, Union, UnionType):
        kind = get_args(kind)[0]
    return kind
