"""The forms of the plan's words: names, numbers, digits, durations, dates; each says what is wrong.

Every value arrives as the text that stands in the file.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from ipaddress import ip_address
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from siaga.names import EMERGENCY_NUMBER
from siaga.plan.words import FormError, Words

NAME_FORM: Final = r"^[a-z][a-z0-9_]{0,30}$"
AREA_FORM: Final = r"^[a-z][a-z0-9-]{0,40}$"
EXTENSION_FORM: Final = r"^[0-9]{2,6}$"
OFFICER_FORM: Final = r"^[0-9]{3,8}$"
NUMBER_FORM: Final = r"^\+?[0-9]{3,15}$"
PREFIX_FORM: Final = r"^\+?[0-9]{1,15}$"
DIGIT_FORM: Final = r"^[0-9]$"
EMAIL_FORM: Final = r"^[^@\s]{1,64}@[^@\s]{1,190}$"

DURATION_FORM: Final = r"^\d{1,5}(\.\d{1,3})?(ms|s|m|h|d)$"
HOURS_FORM: Final = (
    r"^(daily|(mon|tue|wed|thu|fri|sat|sun)([-,](mon|tue|wed|thu|fri|sat|sun))*)"
    r" \d{2}:\d{2}-\d{2}:\d{2}$"
)
MOMENT_FORM: Final = r"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}$"
DATE_FORM: Final = r"^\d{4}-\d{2}-\d{2}$"

RESERVED: Final = ("everyone",)
"""Names that no agency may have: the queue of all handsets."""

_DURATION = re.compile(r"(\d{1,5}(?:\.\d{1,3})?)(ms|s|m|h|d)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def duration(value: object) -> object:
    """Seconds of a text like ``20s``; anything but a text is left to the model.

    Raises:
        FormError: it is a text of another form.
    """
    if isinstance(value, str):
        found = _DURATION.fullmatch(value)
        if not found:
            raise FormError(
                Words(f"'{value}' bukan lama waktu", f"'{value}' is not a duration"),
                Words("tulis seperti 20s, 5m, atau 500ms", "write it like 20s, 5m or 500ms"),
            )
        return float(found[1]) * _UNITS[found[2]]
    return value


def _spoken(value: str) -> str:
    if any(unicodedata.category(char).startswith("C") for char in value):
        raise FormError(
            Words(
                "nama tidak boleh memuat karakter kendali",
                "control characters are not allowed in a name",
            ),
            Words("hapus karakter itu", "remove them"),
        )
    if not any(char.isalnum() for char in value):
        raise FormError(
            Words(
                f"tidak ada yang dapat diucapkan dari '{value}'",
                f"there is nothing to say in '{value}'",
            ),
            Words("tulis dengan kata-kata", "write words"),
        )
    return value.strip()


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        raise FormError(
            Words(f"'{value}' bukan zona waktu", f"'{value}' is not a time zone"),
            Words("tulis seperti Asia/Makassar", "write it like Asia/Makassar"),
        ) from error
    return value


def _number(value: str) -> str:
    if value.removeprefix("+62").removeprefix("0") == EMERGENCY_NUMBER or value == EMERGENCY_NUMBER:
        raise FormError(
            Words(
                f"{value} adalah nomor darurat itu sendiri, panggilan akan berputar-putar",
                f"{value} is the emergency number itself, so calls would go round",
            ),
            Words("tulis nomor lain", "write another"),
        )
    return value


def _agency(value: str) -> str:
    if value in RESERVED:
        raise FormError(
            Words(f"nama '{value}' dipakai oleh sistem", f"'{value}' is a name of ours"),
            Words("pilih nama lain", "choose another"),
        )
    return value


def _moment(value: object) -> object:
    if isinstance(value, str):
        try:
            return datetime.strptime(value, "%Y-%m-%d %H:%M")  # noqa: DTZ007 (the centre's own)
        except ValueError as error:
            raise FormError(
                Words(f"'{value}' bukan tanggal dengan jam", f"'{value}' is not a date with time"),
                Words("tulis seperti 2026-12-25 07:30", "write it like 2026-12-25 07:30"),
            ) from error
    return value


def _date(value: object) -> object:
    if isinstance(value, str):
        try:
            return datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007 (a date has no zone)
        except ValueError as error:
            raise FormError(
                Words(f"'{value}' bukan tanggal", f"'{value}' is not a date"),
                Words("tulis seperti 2026-12-25", "write it like 2026-12-25"),
            ) from error
    return value


def _address(value: str) -> str:
    try:
        return str(ip_address(value))
    except ValueError as error:
        raise FormError(
            Words(f"'{value}' bukan alamat IP", f"'{value}' is not an IP address"),
            Words("tulis seperti 10.1.2.3", "write it like 10.1.2.3"),
        ) from error


def listed(value: Any) -> Any:
    """A single text where a list may stand is a list of one."""
    return [value] if isinstance(value, str) else value


def _schema(form: str, example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": form, "examples": [example]})


Seconds = Annotated[float, BeforeValidator(duration), _schema(DURATION_FORM, "20s")]
"""A duration in seconds, written ``20s``, ``5m``, ``2h``, ``7d`` or ``500ms``."""
Name = Annotated[str, Field(pattern=NAME_FORM)]
"""Name of an agency, emergency, menu, schedule …; stands in queue and context names."""
AgencyName = Annotated[Name, AfterValidator(_agency)]
Area = Annotated[str, Field(pattern=AREA_FORM)]
"""Name of a kecamatan, like ``sangatta-utara``."""
Spoken = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(_spoken)]
Notice = Annotated[str, Field(min_length=1, max_length=160), AfterValidator(_spoken)]
"""A sentence or two that is read out."""
OfficerNumber = Annotated[str, Field(pattern=OFFICER_FORM)]
Extension = Annotated[str, Field(pattern=EXTENSION_FORM), AfterValidator(_number)]
Number = Annotated[str, Field(pattern=NUMBER_FORM), AfterValidator(_number)]
Prefix = Annotated[str, Field(pattern=PREFIX_FORM)]
Digit = Annotated[str, Field(pattern=DIGIT_FORM)]
Zone = Annotated[str, AfterValidator(_zone)]
Address = Annotated[str, AfterValidator(_address)]
Moment = Annotated[datetime, BeforeValidator(_moment), _schema(MOMENT_FORM, "2026-12-25 07:30")]
"""A date with time, the centre's own; without a zone."""
Day = Annotated[date, BeforeValidator(_date), _schema(DATE_FORM, "2026-12-25")]
