"""The plan of ``--matrix``: that of Kutai Timur, with what its scenarios need beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from siaga.settings import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

SUPERVISOR: Final = "102"
OFFICER: Final = "7101"
ANNOUNCEMENT: Final = "banjir"
"""Without dates: said only while somebody has it said."""
_KOMINFO: Final = '    handsets: ["101", "102"]\n'
_OFFICERS: Final = f'    officers: {{"{OFFICER}": Siti}}\n'
_ADDED: Final = {
    "centre:\n": f'centre:\n  supervisors: ["{SUPERVISOR}"]\n',
    _KOMINFO: _KOMINFO + _OFFICERS,
    "  repeat: {within: 10m}": "  silent: {listen: 5s, hold: 30s}\n  repeat: {within: 10m}",
}
_DAMKAR: Final = '    handsets: ["201", "202"]\n'
_ANNOUNCED: Final = f"""
announcements:
  {ANNOUNCEMENT}:
    text: {{id: Banjir di Sangatta., en: Flood in Sangatta.}}
"""


def written(folder: Path) -> Path:
    """Write it into a folder, readable by the containers; gives the file.

    Raises:
        LookupError: that plan has other lines than these are put beside.
    """
    text = (PROJECT / "plans" / "kutim.yaml").read_text(encoding="utf-8")
    for line, more in _ADDED.items():
        if text.count(line) != 1:
            raise LookupError(f"{line!r} is there {text.count(line)} times")
        text = text.replace(line, more)
    path = folder / "plan.yaml"
    path.write_text(text + _ANNOUNCED, encoding="utf-8")
    path.chmod(0o644)
    return path


def with_confirm(path: Path, seconds: int) -> str:
    """An agency accepts by a key what is handed over, within this, in the file that containers see.

    Gives what stood there before.
    """
    return _beside(path, "centre:\n", f"  confirm: {seconds}s\n")


def with_contacts(path: Path, sms: str, mail: str) -> str:
    """Give Damkar two contacts, one after the other, in the file that containers see.

    Gives what stood there before.

    Raises:
        LookupError: Damkar's handsets stand otherwise.
    """
    contacts = f'    notify: [{{sms: "{sms}"}}, {{email: {mail}}}]\n    escalate: 10s\n'
    return _beside(path, _DAMKAR, contacts)


def _beside(path: Path, line: str, more: str) -> str:
    """Put more behind a line that is there once; gives what stood there before."""
    before = path.read_text(encoding="utf-8")
    if before.count(line) != 1:
        raise LookupError(f"{line!r} is there {before.count(line)} times")
    path.write_text(before.replace(line, line + more), encoding="utf-8")
    return before


def with_carrier(path: Path, *, name: str, host: str, port: int, number: str) -> str:
    """Give the plan a carrier, and the operators a number that is rung over it.

    Gives what stood there before.
    """
    contact = f'    pstn: "{number}"\n    pstn_ring: 5s\n'
    before = _beside(path, _OFFICERS, contact)
    way = f"host: {host}, port: {port}, from: [{host}], may_send: ['{number[:4]}']"
    text = path.read_text(encoding="utf-8")
    path.write_text(f"trunks:\n  {name}: {{{way}}}\n{text}", encoding="utf-8")
    return before


def with_trunk(path: Path, host: str, port: int) -> str:
    """Give the plan a trunk that mobile numbers may be called by, in the file that containers see.

    An editor's new file would not be seen in them. Gives what stood there before.
    """
    trunk = f"trunks:\n  carrier: {{host: {host}, port: {port}, may_send: ['+628']}}\n"
    before = path.read_text(encoding="utf-8")
    path.write_text(trunk + before, encoding="utf-8")
    return before
