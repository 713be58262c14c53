"""``dataclasses.replace`` for what is replaced several times an event: the same, but quicker.

``dataclasses.replace`` looks at each field anew, and names each to the constructor. Here the fields
of a class are looked at once, and read and handed over by their places.
"""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import replace as changed
else:

    def changed(instance: Any, /, **changes: Any) -> Any:
        """The instance with these fields changed; everything its constructor does is done.

        Raises:
            TypeError: it has no such field, or is not made of its fields alone, in their order.
        """
        kind = type(instance)
        read, places = _form(kind)
        values = list(read(instance))
        try:
            for name, value in changes.items():
                values[places[name]] = value
        except KeyError as error:
            raise TypeError(f"{kind.__name__} has no field {error}.") from None
        return kind(*values)


@cache
def _form(kind: type[Any]) -> tuple[Callable[[Any], tuple[Any, ...]], dict[str, int]]:
    """How to read all fields at once, and the place of each."""
    known = fields(kind)
    if len(known) < 2 or not all(each.init and not each.kw_only for each in known):
        raise TypeError(f"{kind.__name__} is not made of its fields in their order.")
    names = [each.name for each in known]
    return attrgetter(*names), {name: place for place, name in enumerate(names)}


__all__ = ["changed"]
