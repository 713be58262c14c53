"""What a backup looks like: which files may be in one, and the list at its end."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from typing import Any, Final

from siaga.errors import SiagaError

FORMAT: Final = 1
MANIFEST: Final = "siaga112-backup.json"
"""The last member: what the others are."""
MANIFEST_MAX: Final = 512 << 20
DATABASE: Final = "siaga.db"
CEL: Final = "cel/cel.csv"
BLOCK: Final = 512
"""Bytes of a tar header; contents are filled up to a multiple."""
NAME_MAX: Final = 100
"""What a tar header has room for without another one before it."""

_WORD: Final = r"[A-Za-z0-9_][A-Za-z0-9_.@+-]{0,120}"
_NAMES: Final = re.compile(
    rf"siaga\.db|lib/astdb\.sqlite3|[a-z][a-z0-9_-]{{0,60}}\.jsonl?|cel/{_WORD}"
    rf"|plan/{_WORD}(?:/{_WORD})?|takes/{_WORD}/{_WORD}/{_WORD}|recordings/[0-9]{{4}}/[0-9]{{2}}/[0-9]{{2}}/{_WORD}",
    re.ASCII,
)


class BackupError(SiagaError):
    """The backup could not be made, or cannot be used; the sentence says why."""

    code = "backup"


@dataclass(frozen=True, slots=True)
class Member:
    """A file of a backup.

    Attributes:
        name: below the home.
        size: bytes.
        mode: permission bits.
        sha256: of its content, hex.
    """

    name: str
    size: int
    mode: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The list of a backup.

    Attributes:
        made: when, ISO 8601.
        node: of the instance.
        database: ``sqlite``, which is in it, or ``postgresql``, which is not.
        cel: identity of the CEL file, as positions in it name it.
        members: all files but this list.
    """

    made: str
    node: str
    database: str
    cel: str
    members: tuple[Member, ...]

    def to_json(self) -> bytes:
        """As it is written."""
        return json.dumps({"format": FORMAT, **asdict(self)}).encode()


def is_ours(name: str) -> bool:
    """Whether a backup may have a file of that name: nothing that could lead out of the home."""
    return len(name) <= NAME_MAX and _NAMES.fullmatch(name) is not None and name != MANIFEST


def parse(data: bytes) -> Manifest:
    """The list as it was written.

    Raises:
        BackupError: not such a list, or of a newer program.
    """
    try:
        value: dict[str, Any] = json.loads(data)
        if value["format"] != FORMAT:
            raise BackupError(
                "Cadangan ini dari program yang lain versi. / "
                "This backup is of another version of the program."
            )
        return Manifest(
            made=str(value["made"]),
            node=str(value["node"]),
            database=str(value["database"]),
            cel=str(value["cel"]),
            members=tuple(
                Member(str(m["name"]), int(m["size"]), int(m["mode"]), str(m["sha256"]))
                for m in value["members"]
            ),
        )
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise BackupError(
            "Daftar isi cadangan rusak. / The list of the backup's contents is damaged."
        ) from error
