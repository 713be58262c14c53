"""Mistakes of form, told so that whoever wrote the plan can mend them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from siaga.plan.fields import keys_at
from siaga.plan.forms import (
    AREA_FORM,
    DIGIT_FORM,
    EMAIL_FORM,
    EXTENSION_FORM,
    NAME_FORM,
    NUMBER_FORM,
    PREFIX_FORM,
)
from siaga.plan.problems import Problem, nearest
from siaga.plan.words import FormError, Words, joined, same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from siaga.plan.source import Path, Source

_FORMS: Final = {
    DIGIT_FORM: Words(
        "di sini hanya satu angka, 0 sampai 9", "one digit from 0 to 9 is allowed here"
    ),
    NAME_FORM: Words(
        "di sini hanya huruf kecil, angka, dan _, diawali huruf",
        "small letters, digits and _, beginning with a letter, are allowed here",
    ),
    AREA_FORM: Words(
        "di sini hanya huruf kecil, angka, dan -, diawali huruf",
        "small letters, digits and -, beginning with a letter, are allowed here",
    ),
    EXTENSION_FORM: Words(
        'di sini 2 sampai 6 angka dalam tanda kutip, seperti "201"',
        '2 to 6 digits in quotes, like "201", are allowed here',
    ),
    NUMBER_FORM: Words(
        'di sini nomor dalam tanda kutip, seperti "+62549123456"',
        'a number in quotes, like "+62549123456", is allowed here',
    ),
    EMAIL_FORM: Words(
        "di sini alamat seperti piket@example.org",
        "an address like piket@example.org is allowed here",
    ),
    PREFIX_FORM: Words(
        'di sini awal nomor, seperti "08"', 'the beginning of a number, like "08", is allowed here'
    ),
}
_CORRECT: Final = Words("perbaiki", "correct it")
_ADD: Final = Words("tambahkan", "add it")
_PLAN: Final = Words("rencana", "the plan")

_SHORTHAND: Final = {"id", "en", "hours", "agency", "extension"}
"""Keys that a plain value stands for."""


def mistakes(source: Source, error: ValidationError) -> Iterator[Problem]:
    """The problems that the model's error stands for."""
    details = error.errors(include_url=False)
    for detail in details:
        # A list is also called too short when its only items are wrong.
        inner = (len(other["loc"]) > len(detail["loc"]) for other in _under(detail, details))
        if detail["type"] != "too_short" or not any(inner):
            yield _Mistake(source, detail).problem()


def _under(detail: ErrorDetails, details: list[ErrorDetails]) -> Iterator[ErrorDetails]:
    at = detail["loc"]
    return (other for other in details if other["loc"][: len(at)] == at)


class _Mistake:
    """One complaint of the model, and what stands in the file there."""

    def __init__(self, source: Source, detail: ErrorDetails) -> None:
        self.source = source
        self.detail = detail
        self.context: dict[str, Any] = detail.get("ctx", {})
        self.of_key = "[key]" in detail["loc"]
        self.path = self._path(tuple(part for part in detail["loc"] if part != "[key]"))
        self.value = source.at(self.path)
        names = [part for part in self.path if isinstance(part, str)]
        self.name = names[-1] if names else ""
        self.called = same(self.name) if names else _PLAN

    def _path(self, path: Path) -> Path:
        if self.detail["type"] in ("missing", "extra_forbidden"):
            return path
        while path and path[-1] in (*_SHORTHAND, 0) and not self.source.has(path):
            path = path[:-1]
        return path

    def problem(self) -> Problem:
        """What to tell."""
        tell = _TELL.get(self.detail["type"])
        if tell is not None:
            return tell(self)
        if self.value is None and not self.of_key:
            todo = Words("isi nilainya, atau hapus kuncinya", "write a value, or remove the key")
            return self._at_value(self._quoted(Words("kosong", "is empty")), todo)
        telling = _TELL_VALUE.get(self.detail["type"], _other)
        return telling(self)

    def _of(self, what: Words) -> Words:
        """A sentence of what stands here, after its name."""
        return joined(": ", (self.called, what))

    def _quoted(self, what: Words) -> Words:
        """A sentence whose subject is the name of what stands here."""
        return Words(f"'{self.called.id}' {what.id}", f"'{self.called.en}' {what.en}")

    def _at_key(self, what: Words, todo: Words, code: str) -> Problem:
        return Problem(self.source.position(self.path), what, todo, code)

    def _at_value(self, what: Words, todo: Words, code: str = "form") -> Problem:
        where = self.source.position if self.of_key else self.source.value_position
        return Problem(where(self.path), what, todo, code)

    def missing(self) -> Problem:
        """A key that must be there."""
        name = self.path[-1]
        what = Words(f"'{name}' belum ada di sini", f"'{name}' is missing here")
        return self._at_key(what, _ADD, "missing")

    def unknown_key(self) -> Problem:
        """A key that means nothing here."""
        todo = nearest(self.name, keys_at(self.path[:-1]))
        what = Words(f"kunci '{self.name}' tidak dikenal", f"unknown key '{self.name}'")
        return self._at_key(what, todo, "unknown-key")

    def form(self) -> Problem:
        """A text of the wrong form."""
        text = _short(self.name if self.of_key else self.value)
        pattern = self.context.get("pattern", "")
        todo = _FORMS.get(pattern, _CORRECT)
        what = Words(f"penulisan '{text}' tidak benar", f"'{text}' does not have the right form")
        return self._at_value(what, todo)

    def choice(self) -> Problem:
        """A word that is none of a few."""
        text = str(self.name if self.of_key else self.value)
        words = str(self.context["expected"]).replace("'", "").replace(" or ", ", ").split(", ")
        shown = _short(text)
        what = Words(
            f"kata '{shown}' tidak berlaku di sini",
            f"'{shown}' is none of the words that may stand here",
        )
        return self._at_value(what, nearest(text, words))

    def limit(self) -> Problem:
        """A number or duration beyond its limits."""
        least = self.context.get("ge", self.context.get("gt"))
        most = self.context.get("le", self.context.get("lt"))
        unit = "" if str(self.value).isdecimal() else "s"
        text = _short(self.value)
        if least is not None:
            what = Words(f"{text} terlalu kecil", f"{text} is too little")
            todo = Words(f"tulis {least:g}{unit} atau lebih", f"write {least:g}{unit} or more")
        else:
            what = Words(f"{text} terlalu besar", f"{text} is too much")
            todo = Words(f"tulis {most:g}{unit} atau kurang", f"write {most:g}{unit} or less")
        return self._at_value(self._of(what), todo)

    def length(self) -> Problem:
        """A list, block or text that is too short or too long."""
        context = self.context
        least = context.get("min_length")
        if least is not None:
            todo = Words("isi paling sedikit satu", "write at least one")
            return self._at_value(self._quoted(Words("kosong", "is empty")), todo)
        most = context["max_length"]
        is_text = self.detail["type"].startswith("string")
        most_id = f"{most} {'huruf' if is_text else 'isian'}"
        most_en = f"{most} {'characters' if is_text else 'entries'}"
        return self._at_value(
            self._of(Words(f"lebih dari {most_id}", f"more than {most_en}")),
            Words(f"persingkat menjadi {most_id}", f"shorten it to {most_en}"),
        )

    def kind(self, expected: Words, todo: Words) -> Problem:
        """A text where a list or block belongs, or the other way round."""
        if keys := keys_at(self.path):
            todo = Words("kuncinya: ", "its keys are: ") + same(", ".join(keys))
        what = Words(f"di sini seharusnya {expected.id}", f"{expected.en} belongs here")
        return self._at_value(self._of(what), todo)

    def sentence(self) -> Problem:
        """What one of our own forms says."""
        error = self.context.get("error")
        if not isinstance(error, FormError):
            return self.other()
        return self._at_value(error.what if self.of_key else self._of(error.what), error.todo)

    def other(self) -> Problem:
        """What the model says."""
        message = self.detail["msg"][:1].lower() + self.detail["msg"][1:]
        return self._at_value(self._of(same(message)), _CORRECT)


def _short(value: object) -> str:
    text = value if isinstance(value, str) else "…"
    printable = "".join(char if char.isprintable() else "?" for char in text)
    return printable if len(printable) <= 40 else printable[:39] + "…"


def _other(mistake: _Mistake) -> Problem:
    return mistake.other()


def _kind(expected: Words, todo: Words) -> Callable[[_Mistake], Problem]:
    return lambda mistake: mistake.kind(expected, todo)


_WHOLE_NUMBER: Final = _kind(
    Words("bilangan bulat", "a whole number"),
    Words("tulis dengan angka, seperti 2", "write it in digits, like 2"),
)
_DURATION: Final = _kind(
    Words("lama waktu", "a duration"), Words("tulis seperti 20s", "write it like 20s")
)
_ONE_TEXT: Final = _kind(
    Words("satu teks", "one text"),
    Words(
        "tulis satu nilai, bukan daftar atau blok", "write one value, neither a list nor a block"
    ),
)
_LIST: Final = _kind(
    Words("daftar", "a list"), Words("tulis seperti [a, b]", "write it like [a, b]")
)
_BLOCK: Final = _kind(
    Words("blok berisi kunci", "a block of keys"),
    Words("tulis seperti {kunci: nilai}", "write it like {key: value}"),
)
_MOMENT: Final = _kind(
    Words("tanggal dengan jam", "a date with time"),
    Words("tulis seperti 2026-12-25 07:30", "write it like 2026-12-25 07:30"),
)
_YES_OR_NO: Final = _kind(
    Words("ya atau tidak", "yes or no"), Words("tulis true atau false", "write true or false")
)
_DATE: Final = _kind(
    Words("tanggal", "a date"), Words("tulis seperti 2026-12-25", "write it like 2026-12-25")
)


_TELL: Final[dict[str, Callable[[_Mistake], Problem]]] = {
    "missing": _Mistake.missing,
    "extra_forbidden": _Mistake.unknown_key,
}
_TELL_VALUE: Final[dict[str, Callable[[_Mistake], Problem]]] = {
    "string_pattern_mismatch": _Mistake.form,
    "literal_error": _Mistake.choice,
    "greater_than_equal": _Mistake.limit,
    "less_than_equal": _Mistake.limit,
    "too_short": _Mistake.length,
    "too_long": _Mistake.length,
    "string_too_short": _Mistake.length,
    "string_too_long": _Mistake.length,
    "value_error": _Mistake.sentence,
    "int_parsing": _WHOLE_NUMBER,
    "int_type": _WHOLE_NUMBER,
    "float_type": _DURATION,
    "float_parsing": _DURATION,
    "string_type": _ONE_TEXT,
    "dataclass_type": _ONE_TEXT,
    "is_instance_of": _ONE_TEXT,
    "tuple_type": _LIST,
    "dict_type": _BLOCK,
    "model_type": _BLOCK,
    "model_attributes_type": _BLOCK,
    "datetime_type": _MOMENT,
    "date_type": _DATE,
    "bool_type": _YES_OR_NO,
    "bool_parsing": _YES_OR_NO,
}
