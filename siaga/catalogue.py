"""The texts said to callers as ``sounds/prompts.yaml`` has them, read like the plan: as hostile."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Annotated, Any, Final, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from siaga.errors import SiagaError
from siaga.plan.forms import Seconds  # noqa: TC001 - pydantic reads it at run time
from siaga.plan.problems import Problem, unread
from siaga.plan.source import SourceError, parse
from siaga.plan.words import FormError, Words, joined, same

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Callable, Iterable

    from pydantic_core import ErrorDetails

    from siaga.plan.source import Path, Source

OPTIONS: Final = "{options}"
LANGUAGES: Final = "{languages}"
MAX_PHRASES: Final = 20

_CORRECT: Final = Words("perbaiki", "correct it")
_MODEL: Final = {
    "string_too_short": "paling sedikit {min_length} huruf",
    "string_too_long": "paling banyak {max_length} huruf",
    "string_pattern_mismatch": "penulisannya harus cocok dengan '{pattern}'",
    "greater_than_equal": "paling kecil {ge}",
    "less_than_equal": "paling besar {le}",
    "int_parsing": "di sini seharusnya bilangan bulat",
}
"""What the model says in Indonesian, by the type of its error."""

FIELD: Final = re.compile(r"\{([a-z]*)\}")

T = TypeVar("T")


def clean(text: str) -> str:
    """``text`` as one line without control, format or unassigned characters."""
    kept = "".join(" " if unicodedata.category(c).startswith("C") else c for c in text)
    return " ".join(kept.split())


def _template(*fields: str) -> Callable[[str], str]:
    """A validator of phrases in which just these fields may stand."""
    alone = {field for field in fields if f"{{{field}}}" in (OPTIONS, LANGUAGES)}

    def check(text: str) -> str:
        for field in FIELD.findall(text):
            if field not in fields:
                allowed = ", ".join(f"{{{known}}}" for known in fields) or "none"
                allowed_id = allowed if fields else "tidak ada"
                raise FormError(
                    Words(
                        f"{{{field}}} tidak berarti di sini (isian yang boleh: {allowed_id})",
                        f"{{{field}}} means nothing here (fields allowed: {allowed})",
                    ),
                    _CORRECT,
                )
            if field in alone and text != f"{{{field}}}":
                raise FormError(
                    Words(
                        f"{{{field}}} harus menjadi kalimat tersendiri",
                        f"{{{field}}} must be a phrase of its own",
                    ),
                    _CORRECT,
                )
        if re.search(r"[{}]", FIELD.sub("", text)):
            raise FormError(
                Words(
                    "ada { atau } yang bukan bagian isian",
                    "there is a { or } that belongs to no field",
                ),
                _CORRECT,
            )
        if not (spoken := clean(text)):
            raise FormError(
                Words("tidak ada yang dapat diucapkan", "there is nothing to say"), _CORRECT
            )
        return spoken

    return check


def _listed(value: Any) -> Any:
    listed = [value] if isinstance(value, str) else value
    if isinstance(listed, list) and not 0 < len(listed) <= MAX_PHRASES:
        raise FormError(
            Words(
                f"di sini harus 1 sampai {MAX_PHRASES} kalimat, bukan {len(listed)}",
                f"1 to {MAX_PHRASES} phrases belong here, not {len(listed)}",
            ),
            _CORRECT,
        )
    return listed


def _ten(words: tuple[str, ...]) -> tuple[str, ...]:
    if len(words) != 10:
        raise FormError(
            Words(
                f"di sini harus 10 kata, untuk 0 sampai 9, bukan {len(words)}",
                f"10 words belong here, for 0 to 9, not {len(words)}",
            ),
            _CORRECT,
        )
    return words


_Text = Annotated[str, Field(min_length=1, max_length=200)]
_Word = Annotated[_Text, AfterValidator(_template())]
_Language = Annotated[_Text, AfterValidator(_template("digit"))]
_Option = Annotated[_Text, AfterValidator(_template("emergency", "digit"))]
_Menu = Annotated[_Text, AfterValidator(_template("options", "languages", "emergency", "digit"))]
_SubMenu = Annotated[_Text, AfterValidator(_template("options", "menu", "emergency", "digit"))]
_Announced = Annotated[
    _Text,
    AfterValidator(_template("options", "languages", "announcement", "emergency", "digit")),
]
_Chosen = Annotated[_Text, AfterValidator(_template("emergency"))]
_Calling = Annotated[_Text, AfterValidator(_template("agency"))]
_Phrases = Annotated[tuple[T, ...], BeforeValidator(_listed)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Each(_Model, Generic[T]):
    """One value for each language we have."""

    id: T
    en: T

    def of(self, language: str) -> T:
        """The value for ``language``, the Indonesian one for any language we do not have."""
        return self.en if language == "en" else self.id


class Voice(_Model):
    """How a language is spoken.

    Attributes:
        name: voice of espeak-ng.
        speed: words a minute.
        pause: between two phrases, seconds.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
    speed: Annotated[int, Field(ge=80, le=260)]
    pause: Annotated[Seconds, Field(ge=0, le=2)]


class _Prompts(_Model):
    menu: Each[_Phrases[_Menu]]
    options: Each[_Phrases[_Menu]]
    retry_no_input: Annotated[Each[_Phrases[_Menu]], Field(alias="retry-no-input")]
    retry_no_match: Annotated[Each[_Phrases[_Menu]], Field(alias="retry-no-match")]
    hold: Each[_Phrases[_Word]]
    all_busy: Annotated[Each[_Phrases[_Word]], Field(alias="all-busy")]
    overload: Each[_Phrases[_Word]]
    challenge: Each[_Phrases[_Word]]
    silent: Each[_Phrases[_Word]]
    silent_freed: Annotated[Each[_Phrases[_Word]], Field(alias="silent-freed")]
    silent_kept: Annotated[Each[_Phrases[_Word]], Field(alias="silent-kept")]
    chosen: Each[_Phrases[_Chosen]]
    calling: Each[_Phrases[_Calling]]
    submenu: Each[_Phrases[_SubMenu]]
    submenu_options: Annotated[Each[_Phrases[_SubMenu]], Field(alias="submenu-options")]
    submenu_retry_no_input: Annotated[
        Each[_Phrases[_SubMenu]], Field(alias="submenu-retry-no-input")
    ]
    submenu_retry_no_match: Annotated[
        Each[_Phrases[_SubMenu]], Field(alias="submenu-retry-no-match")
    ]
    announce: Each[_Phrases[_Announced]]
    callback_nobody: Annotated[Each[_Phrases[_Word]], Field(alias="callback-nobody")]
    callback_away: Annotated[Each[_Phrases[_Word]], Field(alias="callback-away")]
    callback_unanswered: Annotated[Each[_Phrases[_Word]], Field(alias="callback-unanswered")]
    dispatch_no_answer: Annotated[Each[_Phrases[_Word]], Field(alias="dispatch-no-answer")]
    dispatch_unavailable: Annotated[Each[_Phrases[_Word]], Field(alias="dispatch-unavailable")]
    dispatch_already: Annotated[Each[_Phrases[_Word]], Field(alias="dispatch-already")]
    dispatch_alone: Annotated[Each[_Phrases[_Word]], Field(alias="dispatch-alone")]
    dispatch_refused: Annotated[Each[_Phrases[_Word]], Field(alias="dispatch-refused")]
    class_emergency: Annotated[Each[_Phrases[_Word]], Field(alias="class-emergency")]
    class_information: Annotated[Each[_Phrases[_Word]], Field(alias="class-information")]
    class_prank: Annotated[Each[_Phrases[_Word]], Field(alias="class-prank")]
    class_ghost: Annotated[Each[_Phrases[_Word]], Field(alias="class-ghost")]
    class_test: Annotated[Each[_Phrases[_Word]], Field(alias="class-test")]
    desk_nothing: Annotated[Each[_Phrases[_Word]], Field(alias="desk-nothing")]
    desk_paused: Annotated[Each[_Phrases[_Word]], Field(alias="desk-paused")]
    desk_resumed: Annotated[Each[_Phrases[_Word]], Field(alias="desk-resumed")]
    dispatch_confirm: Annotated[Each[_Phrases[_Word]], Field(alias="dispatch-confirm")]
    dispatch_unconfirmed: Annotated[Each[_Phrases[_Word]], Field(alias="dispatch-unconfirmed")]
    desk_number: Annotated[Each[_Phrases[_Word]], Field(alias="desk-number")]
    desk_pin: Annotated[Each[_Phrases[_Word]], Field(alias="desk-pin")]
    desk_in: Annotated[Each[_Phrases[_Word]], Field(alias="desk-in")]
    desk_out: Annotated[Each[_Phrases[_Word]], Field(alias="desk-out")]
    desk_wrong: Annotated[Each[_Phrases[_Word]], Field(alias="desk-wrong")]
    desk_accepted: Annotated[Each[_Phrases[_Word]], Field(alias="desk-accepted")]
    location_asked: Annotated[Each[_Phrases[_Word]], Field(alias="location-asked")]
    desk_refused: Annotated[Each[_Phrases[_Word]], Field(alias="desk-refused")]
    desk_forbidden: Annotated[Each[_Phrases[_Word]], Field(alias="desk-forbidden")]
    desk_away: Annotated[Each[_Phrases[_Word]], Field(alias="desk-away")]


class Catalogue(_Model):
    """The texts, as ``sounds/prompts.yaml`` has them."""

    voices: Each[Voice]
    digits: Each[Annotated[tuple[_Word, ...], AfterValidator(_ten)]]
    pronounce: Each[dict[_Text, _Word]]
    option: Each[_Option]
    language: Each[_Language]
    prompts: _Prompts


class PromptsError(SiagaError):
    """The file of prompts cannot be used; each problem is told with its place."""

    code = "prompts"

    def __init__(self, file: str, problems: Iterable[Problem]) -> None:
        self.problems = sorted(problems, key=lambda p: (p.position.line, p.position.column))
        super().__init__("\n".join(problem.line(file) for problem in self.problems))


def load_catalogue(path: pathlib.Path) -> Catalogue:
    """Read and check the file of prompts.

    Raises:
        PromptsError: with every problem found.
    """
    try:
        source = parse(path.read_bytes())
        return Catalogue.model_validate(source.value)
    except OSError as error:
        problems = [unread(error)]
    except SourceError as error:
        problems = [Problem(r.position, r.what, r.todo) for r in error.refusals]
    except ValidationError as error:
        problems = [_problem(detail, source) for detail in error.errors(include_url=False)]
    raise PromptsError(str(path), problems)


def _problem(detail: ErrorDetails, source: Source) -> Problem:
    path: Path = tuple(part for part in detail["loc"] if part != "[key]")
    names = [part for part in path if isinstance(part, str)]
    name = ".".join(names[-2:])
    called = same(name) if names else Words("berkas", "the file")
    at = source.position(path)
    kind = detail["type"]
    if kind == "missing":
        what = Words(f"'{name}' belum ada di sini", f"'{name}' is missing here")
        return Problem(at, what, Words("tambahkan", "add it"))
    if kind == "extra_forbidden":
        todo = Words("hapus, atau perbaiki ejaannya", "remove it, or correct its spelling")
        return Problem(at, Words(f"kunci '{name}' tidak dikenal", f"unknown key '{name}'"), todo)
    what, todo = _told(kind, detail)
    return Problem(at, joined(": ", (called, what)), todo)


def _told(kind: str, detail: ErrorDetails) -> tuple[Words, Words]:
    if kind in ("string_type", "tuple_type"):
        what = Words(
            "di sini seharusnya teks atau daftar teks", "a text or a list of texts belongs here"
        )
        example = '"{options}"'
        return what, Words(f"beri tanda kutip: {example}", f"put it in quotes: {example}")
    if kind in ("model_type", "dict_type"):
        what = Words("di sini seharusnya blok berisi kunci", "a block of keys belongs here")
        return what, Words(
            "lihat berkas bawaan siaga112", "look at the file that siaga112 came with"
        )
    error = detail.get("ctx", {}).get("error")
    if isinstance(error, FormError):
        return error.what, error.todo
    message = f"{detail['msg'][:1].lower()}{detail['msg'][1:]}"
    ours = _MODEL[kind].format_map(detail.get("ctx", {})) if kind in _MODEL else message
    return Words(ours, message), _CORRECT
