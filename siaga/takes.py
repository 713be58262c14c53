"""Recordings of prompts that people made: every one kept, one of them in use, all in plain files.

``<folder>/<language>/<prompt>/<id>.wav`` is the recording, ``<id>.ulaw`` what callers hear of it,
``<id>.json`` what is known of it, and ``used`` names the one in use. A recording counts for the
very words it was made of: when a plan comes to say something else there, it is not played.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from siaga.errors import SiagaError
from siaga.files import write_atomic

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from siaga.prompts import Phrase

NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,50}")
"""What a prompt is called."""
LANGUAGE: Final = re.compile(r"[a-z]{2}")
ID: Final = re.compile(r"[0-9]{8}T[0-9]{6}-[0-9a-f]{8}")
"""What a recording is called: when it was made, and a piece of its digest."""
KEPT: Final = 20
"""Recordings kept of a prompt in a language; the oldest beyond goes, never the one in use."""

_USED: Final = "used"


class UnknownTakeError(SiagaError):
    """There is no such recording."""

    code = "unknown_take"
    exit_status = 2

    def __init__(self) -> None:
        super().__init__("Rekaman itu tidak ada (lagi).\nThere is no such recording (any more).")


@dataclass(frozen=True, slots=True)
class Measure:
    """What a recording is like, as it came.

    Attributes:
        ms: length without the silence around it.
        level: of what is heard, dBFS RMS. ``peak``: loudest sample, dBFS.
        clipped: share of samples at full scale.
        noise: level of its quietest moments, dBFS.
    """

    ms: int
    level: float
    peak: float
    clipped: float
    noise: float


@dataclass(frozen=True, slots=True)
class Take:
    """A recording.

    Attributes:
        id: see :data:`ID`.
        by: who made it. ``at``: when, ISO 8601. ``name``: of the file that it came in.
        text: the words that it is to say.
        measure: what it is like. ``findings``: what is odd about it, see ``ops.voice.measure``.
    """

    id: str
    by: str
    at: str
    name: str
    text: str
    measure: Measure
    findings: tuple[str, ...] = ()

    @property
    def time(self) -> datetime:
        """When it was made."""
        return datetime.fromisoformat(self.at)

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)


def words_of(phrases: Sequence[Phrase]) -> str:
    """The words of a prompt, a line a phrase."""
    return "\n".join(phrase.text for phrase in phrases)


class Takes:
    """The recordings of one instance.

    Args:
        folder: below which they are; it need not be there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def all(self, language: str, prompt: str) -> list[Take]:
        """Those of a prompt, the newest first; one that cannot be read is left out."""
        return list(self._read(self._place(language, prompt)))

    def get(self, language: str, prompt: str, name: str) -> Take:
        """One of them.

        Raises:
            UnknownTakeError: there is none of this name.
        """
        found = _load(self._place(language, prompt) / f"{_known(name)}.json")
        if found is None:
            raise UnknownTakeError
        return found

    def used(self, language: str, prompt: str) -> Take | None:
        """The one in use, if any."""
        try:
            name = (self._place(language, prompt) / _USED).read_text(encoding="utf-8").strip()
            return self.get(language, prompt, name)
        except (OSError, ValueError, UnknownTakeError):
            return None

    def file(self, language: str, prompt: str, name: str) -> Path:
        """The recording itself."""
        return self._place(language, prompt) / f"{_known(name)}.wav"

    def heard(self, language: str, prompt: str, name: str) -> Path:
        """What callers hear of it, G.711 µ-law."""
        return self._place(language, prompt) / f"{_known(name)}.ulaw"

    def add(self, language: str, prompt: str, take: Take, wav: bytes, heard: bytes) -> None:
        """Keep one more; it is not in use yet.

        Raises:
            OSError: no room, no permission.
        """
        place = self._place(language, prompt)
        place.mkdir(parents=True, exist_ok=True)
        self.file(language, prompt, take.id).write_bytes(wav)
        self.heard(language, prompt, take.id).write_bytes(heard)
        # Last, as it is by this one that the others are known.
        write_atomic(place / f"{take.id}.json", json.dumps(take.document(), ensure_ascii=False))
        now = self.used(language, prompt)
        others = [old for old in self._read(place) if now is None or old.id != now.id]
        for old in others[KEPT:]:
            self._drop(place, old.id)

    def use(self, language: str, prompt: str, name: str) -> None:
        """Play this one; with an empty name none, but the delivered voice.

        Raises:
            UnknownTakeError: there is none of this name.
            OSError: no room, no permission.
        """
        place = self._place(language, prompt)
        if not name:
            (place / _USED).unlink(missing_ok=True)
            return
        self.get(language, prompt, name)
        write_atomic(place / _USED, name + "\n")

    def drop(self, language: str, prompt: str, name: str) -> None:
        """Remove one that is not in use.

        Raises:
            UnknownTakeError: there is none of this name, or it is in use.
        """
        self.get(language, prompt, name)
        now = self.used(language, prompt)
        if now is not None and now.id == name:
            raise UnknownTakeError
        self._drop(self._place(language, prompt), name)

    def note_listened(self, language: str, prompt: str, name: str) -> None:
        """Somebody has heard it; before that it is not put in use."""
        (self._place(language, prompt) / f"{_known(name)}.listened").touch()

    def was_listened(self, language: str, prompt: str, name: str) -> bool:
        """Whether somebody has heard it."""
        return (self._place(language, prompt) / f"{_known(name)}.listened").exists()

    def _place(self, language: str, prompt: str) -> Path:
        if not LANGUAGE.fullmatch(language) or not NAME.fullmatch(prompt):
            raise UnknownTakeError
        return self.folder / language / prompt

    @staticmethod
    def _read(place: Path) -> Iterator[Take]:
        for file in sorted(place.glob("*.json"), reverse=True):
            if (take := _load(file)) is not None:
                yield take

    @staticmethod
    def _drop(place: Path, name: str) -> None:
        for kind in ("json", "wav", "ulaw", "listened"):
            (place / f"{name}.{kind}").unlink(missing_ok=True)


def _known(name: str) -> str:
    if not ID.fullmatch(name):
        raise UnknownTakeError
    return name


def _load(file: Path) -> Take | None:
    """A recording; what a later version has written besides is left out."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        known = {field.name: found[field.name] for field in fields(Take)}
        measured = {field.name: float(known["measure"][field.name]) for field in fields(Measure)}
        measure = replace(Measure(**measured), ms=round(measured["ms"]))  # type: ignore[arg-type]
        texts = {name: str(known[name]) for name in ("id", "by", "at", "name", "text")}
        findings = tuple(str(finding) for finding in known["findings"])
        datetime.fromisoformat(texts["at"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    take = Take(**texts, measure=measure, findings=findings)
    return take if take.id == file.stem and ID.fullmatch(take.id) else None
