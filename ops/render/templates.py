"""The templates, and the few words that all of them know."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import jinja2

from siaga import keys, names
from siaga.shared import shared

if TYPE_CHECKING:
    from jinja2.bccache import Bucket

    from siaga.plan import LoadedPlan
    from siaga.settings import Settings

TEMPLATES: Final = shared("asterisk-conf")
SUFFIX: Final = ".j2"

KEPT_AS: Final = "routing.yaml"
"""The name under which an instance keeps the text of its plan."""


def label(text: str) -> str:
    """``text`` reduced to what may stand in a caller id: letters, digits, space, ``-``.

    Admin input, yet it must not reach dialplan evaluation or break a line.
    """
    return re.sub(r"[^\w -]", "", text, flags=re.ASCII).strip()[:40]


class _Compiled(jinja2.BytecodeCache):
    """Templates that this process has compiled; a file that changed is compiled anew."""

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill in what is known; one of another text is ignored by its checksum."""
        if known := self._known.get(bucket.key):
            bucket.bytecode_from_string(known)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self._known[bucket.key] = bucket.bytecode_to_string()


_COMPILED: Final = _Compiled()


def environment() -> jinja2.Environment:
    """The templates; a value that is not given is an error."""
    # Not HTML: the output is Asterisk configuration, every inserted value is checked by the model.
    made = jinja2.Environment(  # noqa: S701
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        bytecode_cache=_COMPILED,
    )
    made.filters["label"] = label
    made.globals["n"] = names
    made.globals["k"] = keys
    made.globals["v"] = {var.name: f"${{{var}}}" for var in names.Var}
    return made


class Words:
    """What templates say of one version of the plan, in words of the dialplan."""

    def __init__(self, settings: Settings, loaded: LoadedPlan) -> None:
        self.loaded = loaded
        self._speed = settings.test_speed if settings.test_clock else 1.0
        self.now = "${EPOCH}"
        if settings.test_clock:
            self.now += f" + 0${{{names.Var.OFFSET}}}"

    def context(self, part: str, name: str = "") -> str:
        """Name of a context of this version."""
        return names.scoped(self.loaded.version, f"{part}-{name}" if name else part)

    def seconds(self, length: float) -> int:
        """Whole seconds of a ringing; Asterisk takes 0 for ever."""
        return max(1, round(length / self._speed))

    def origin(self, *path: str | int) -> str:
        """Where in the plan something comes from: ``agencies.damkar, routing.yaml:12``."""
        words = ".".join(map(str, path))
        return f"{words}, {KEPT_AS}:{self.loaded.source.position(path).line}"

    def until(self, *key: str) -> str:
        """When a live state ends, seconds since the epoch; 0 when there is none."""
        place = "/".join((names.LIVE_FAMILY, *key))
        return f"0${{FILTER(0-9,${{CUT(DB({place}),{names.SEPARATOR},1)}})}}"

    def live(self, *key: str) -> str:
        """Condition: a live state is in force."""
        return f"{self.until(*key)} > {self.now}"
