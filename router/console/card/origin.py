"""Where a number is from, as far as its beginning tells: the mobile network, or the area. Pure.

Of Indonesia's numbering plan; a number keeps its beginning for as long as it is somebody's. Numbers
can be forged, and a mobile telephone can be anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from router.callbacks.numbers import subscriber

MOBILE: Final = {
    "Telkomsel": ("0811", "0812", "0813", "0821", "0822", "0823", "0851", "0852", "0853"),
    "Indosat": ("0814", "0815", "0816", "0855", "0856", "0857", "0858"),
    "XL": ("0817", "0818", "0819", "0859", "0877", "0878", "0879"),
    "Axis": ("0831", "0832", "0833", "0838"),
    "Tri": ("0895", "0896", "0897", "0898", "0899"),
    "Smartfren": ("0881", "0882", "0883", "0884", "0885", "0886", "0887", "0888", "0889"),
}
AREAS: Final = {
    "0541": "Samarinda, Tenggarong",
    "0542": "Balikpapan",
    "0543": "Paser",
    "0545": "Kutai Barat",
    "0548": "Bontang",
    "0549": "Kutai Timur",
    "0551": "Tarakan",
    "0552": "Tanjung Selor",
    "0553": "Malinau",
    "0554": "Berau",
    "0556": "Nunukan",
    "021": "Jakarta",
    "022": "Bandung",
    "024": "Semarang",
    "031": "Surabaya",
    "0411": "Makassar",
    "0511": "Banjarmasin",
}
_NETWORKS: Final = {prefix: name for name, known in MOBILE.items() for prefix in known}


@dataclass(frozen=True, slots=True)
class Origin:
    """What a number's beginning tells; what it does not tell is empty.

    Attributes:
        network: of mobile telephones. ``area``: of the line.
        abroad: it is another country's.
    """

    network: str = ""
    area: str = ""
    abroad: bool = False


def origin(caller: str) -> Origin:
    """Of a number as a carrier sent it."""
    number = subscriber(caller)
    if number is None:
        return Origin()
    if not number.startswith("0"):
        return Origin(abroad=True)
    area = AREAS.get(number[:4]) or AREAS.get(number[:3]) or ""
    return Origin(_NETWORKS.get(number[:4], ""), area)
