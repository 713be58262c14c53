"""``changed``: as ``dataclasses.replace``, but quicker."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from siaga.changes import changed


@dataclass(frozen=True, slots=True)
class Pair:
    left: int
    right: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.left < 0:
            raise ValueError("left")


@dataclass(frozen=True)
class Named:
    one: int
    two: int = field(kw_only=True)


@pytest.mark.parametrize("changes", [{}, {"left": 2}, {"right": ("a",)}, {"left": 0, "right": ()}])
def test_it_gives_what_replace_gives(changes: dict[str, object]) -> None:
    """Whichever fields are changed, the outcome is replace's and the instance stays as it was."""
    instance = Pair(1, ("x",))
    assert changed(instance, **changes) == replace(instance, **changes)
    assert instance == Pair(1, ("x",))


def test_what_the_constructor_refuses_is_refused() -> None:
    """A change goes through the constructor, as with replace."""
    with pytest.raises(ValueError, match="left"):
        changed(Pair(1), left=-1)


@pytest.mark.parametrize(("instance", "name"), [(Pair(1), "middle"), (Named(1, two=2), "one")])
def test_what_it_cannot_do_is_an_error(instance: object, name: str) -> None:
    """An unknown field, or a class whose constructor takes names only, is a TypeError."""
    with pytest.raises(TypeError):
        changed(instance, **{name: 1})
