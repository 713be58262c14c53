"""The files of the service, as text by their path: units, settings, the command, the plan."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from siaga.errors import SettingsError
from siaga.shared import PROJECT, installed, python_path, shared

if TYPE_CHECKING:
    from collections.abc import Mapping

USER: Final = "siaga112"
HOME: Final = Path("/var/lib/siaga112")
ETC: Final = Path("/etc/siaga112")
BACKUPS: Final = Path("/var/backups/siaga112")
UNITS: Final = Path("/etc/systemd/system")
COMMAND: Final = Path("/usr/local/bin/siaga112")
HIDDEN: Final = ("/home", "/root", "/run/user", "/tmp", "/var/tmp")  # noqa: S108
"""What a service of ours does not see (``ProtectHome``, ``PrivateTmp``)."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where this installation lies.

    Attributes:
        program: what ``siaga112`` is. ``python``: its interpreter, ``path`` what it needs as
            ``PYTHONPATH``. ``runtime``: folder of the telephony tools.
    """

    program: Path
    python: Path
    path: str
    runtime: Path


@dataclass(frozen=True, slots=True)
class File:
    """A file to be written.

    Attributes:
        ours: made anew each time; else it is whoever's keeps the machine, once it is there.
        private: for root and the service alone.
    """

    text: str
    ours: bool
    mode: int
    private: bool = False


def place(runtime: str) -> Place:
    """Of the code that runs; ``runtime`` as set, or empty.

    Raises:
        SettingsError: a service could not reach it there.
    """
    prefix = Path(sys.prefix)
    if installed():
        found = Place(
            prefix / "bin" / "siaga112", Path(sys.executable), "", Path(runtime or prefix / "tools")
        )
    else:
        found = Place(
            PROJECT / "siaga112",
            Path(sys.executable),
            python_path(),
            Path(runtime or PROJECT / ".runtime"),
        )
    for one in (found.program, found.python, found.runtime):
        if any(one.is_relative_to(folder) for folder in HIDDEN):
            raise SettingsError(
                f"{one}: layanan tidak melihat folder itu; pasang di bawah /opt.\n"
                f"{one}: a service does not see that folder; install below /opt."
            )
        if not str(one).isascii() or set(str(one)) & set(" \t\n\"'\\%$;"):
            raise SettingsError(
                f"{str(one)!r}: pakai hanya huruf, angka dan / . _ - dalam nama folder.\n"
                f"{str(one)!r}: use letters, digits and / . _ - alone in the folder's name."
            )
    return found


def files(at: Place, *, edge: bool = False) -> Mapping[Path, File]:
    """All files of the service; with ``edge`` those of an edge apart."""
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  (no markup)
    )

    def text(name: str) -> str:
        template = templates.get_template(f"{name}.j2")
        return template.render(at=at, user=USER, home=HOME, etc=ETC, quote=shlex.quote)

    plan = shared("plans", "kutim.yaml").read_text(encoding="utf-8")
    common = {ETC / "routing.yaml": File(plan, ours=False, mode=0o644)}
    if edge:
        return {
            **common,
            UNITS / "siaga112-edge.service": File(
                text("siaga112-edge.service"), ours=True, mode=0o644
            ),
            ETC / "edge.env": File(text("edge.env"), ours=False, mode=0o640, private=True),
        }
    return {
        **common,
        UNITS / "siaga112.service": File(text("siaga112.service"), ours=True, mode=0o644),
        ETC / "siaga112.env": File(text("siaga112.env"), ours=False, mode=0o640, private=True),
        COMMAND: File(text("siaga112.sh"), ours=True, mode=0o755),
    }
