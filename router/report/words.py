"""What the report says, in Indonesian and English, and how it writes numbers and days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from router.calls.gaps import Recovery, Why
from router.report import FinalClass, Mark, Period
from siaga.keys import CallClass
from siaga.names import MenuReason
from siaga.plan.words import Words

if TYPE_CHECKING:
    from datetime import date, datetime

CLASSES: Final = {
    FinalClass.ANSWERED: Words("Dijawab", "Answered"),
    FinalClass.TRANSFERRED: Words(
        "Dijawab, lalu dipindahkan ke instansi lain", "Answered, then moved to another agency"
    ),
    FinalClass.ABANDONED_MENU: Words("Ditutup di menu", "Abandoned in the menu"),
    FinalClass.ABANDONED_RINGING: Words("Ditutup saat berdering", "Abandoned while ringing"),
    FinalClass.REFUSED: Words("Ditolak, tidak ada tempat", "Refused, no room"),
    FinalClass.LOST: Words("Hilang karena sistem", "Lost by the system"),
    FinalClass.OPEN: Words("Masih berlangsung", "Not over yet"),
}
MARKS: Final = {
    Mark.SILENT: Words("Tidak menekan apa pun", "Pressed nothing"),
    Mark.HIDDEN: Words("Tanpa nomor", "Without a number"),
    Mark.ERASED: Words("Nomor sudah dihapus (masa simpan)", "Number erased by retention"),
    Mark.REPEAT: Words("Menelepon lagi dalam 10 menit", "Called again within 10 minutes"),
    Mark.FLAGGED: Words("Dari nomor yang ditandai karena iseng", "From numbers flagged for pranks"),
    Mark.FLAGGED_EMERGENCY: Words("di antaranya darurat sungguhan", "of these, real emergencies"),
    Mark.WATCHED: Words("Senyap, petugas dibebaskan", "Silent, an officer was freed"),
    Mark.SPOKE_UP: Words("di antaranya kemudian bersuara", "of these, spoke up later"),
    Mark.OVERFLOW: Words(
        "Dijawab instansi lain dari yang pertama", "Answered by another agency than the first"
    ),
    Mark.LOWER_TIER: Words("Dipandu menu cadangan", "Led by a lower tier of the menu"),
    Mark.BACKFILL: Words("Catatan dilengkapi kemudian", "Record completed afterwards"),
}
CHOICES: Final[dict[str, Words]] = {
    MenuReason.DIGIT: Words("tombol ditekan", "key pressed"),
    MenuReason.NO_INPUT: Words("tidak menekan apa pun", "pressed nothing"),
    MenuReason.NO_MATCH: Words("tombol lain", "other keys"),
    MenuReason.TIMEOUT: Words("batas waktu", "time limit"),
    MenuReason.ERROR: Words("gangguan menu", "menu failed"),
    MenuReason.KNOWN: Words("nomor dikenal", "known number"),
    MenuReason.HIDDEN: Words("tanpa nomor", "hidden number"),
    MenuReason.REPEAT: Words("menelepon lagi", "repeat caller"),
    MenuReason.OVERLOAD: Words("terlalu banyak panggilan", "overload"),
    MenuReason.FLAGGED: Words(
        "nomor ditandai, menekan atau bicara", "flagged number, key or voice"
    ),
    MenuReason.FLAGGED_SILENT: Words("nomor ditandai, diam", "flagged number, silent"),
}
MONTHS: Final = (
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
)
GAPS: Final = {
    Why.START: Words("Router tidak berjalan", "Router was down"),
    Why.AMI_LOST: Words("Hubungan ke Asterisk putus", "Connection to Asterisk lost"),
    Why.OVERFLOW: Words("Terlalu banyak kejadian", "Too many events"),
    Why.UNHEARD: Words("Satu panggilan tak terdengar", "One call not heard"),
    Why.DATABASE_AWAY: Words("Basis data tidak tersedia", "Database away"),
}
RECOVERIES: Final = {
    Recovery.UNHARMED: Words("utuh", "unharmed"),
    Recovery.MEMORY: Words("dari memori", "from memory"),
    Recovery.FILE: Words("dari berkas CEL", "from the CEL file"),
    Recovery.RECONCILED: Words("dicocokkan dengan Asterisk", "reconciled with Asterisk"),
    Recovery.LOST: Words("akhirnya tidak diketahui", "end not known"),
}
GIVEN: Final = {
    CallClass.EMERGENCY: Words("Darurat", "Emergency"),
    CallClass.INFORMATION: Words("Informasi", "Information"),
    CallClass.PRANK: Words("Iseng (prank)", "Prank"),
    CallClass.GHOST: Words("Kosong (ghost)", "Silent (ghost)"),
    CallClass.TEST: Words("Uji coba", "Test"),
}
DISTRICT: Final = Words("Kecamatan", "Kecamatan")
ACCEPTED: Final = Words("Pesan diterima kontak instansi", "Messages accepted by contacts")


def whole(number: int) -> str:
    """A count as Indonesian writes it: ``12.345``."""
    return f"{number:,}".replace(",", ".")


def decimal(number: float | None, unit: str = "") -> str:
    """A number with one decimal, ``12.345,6``; a dash when there is none."""
    if number is None:
        return "–"  # noqa: RUF001 (a dash is meant)
    text = f"{number:,.1f}".translate(str.maketrans(",.", ".,"))
    return f"{text}{unit}"


def day(value: date) -> str:
    """``3 November 2026``."""
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def period(value: Period) -> str:
    """``November 2026``, or its first and last day."""
    if value.is_month:
        return f"{MONTHS[value.first.month - 1]} {value.first.year}"
    if value.first == value.last:
        return day(value.first)
    return f"{day(value.first)} – {day(value.last)}"  # noqa: RUF001 (a dash is meant)


def moment(value: datetime) -> str:
    """``3 November 2026 14.05``."""
    return f"{day(value.date())} {value:%H.%M}"
