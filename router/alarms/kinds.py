"""The kinds of alarms: how long something must be wrong, what is said of it, what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from siaga.shared import COMMAND


class Kind(StrEnum):
    """What an alarm is about; a closed list, stable for machines."""

    TIER_FELL = "tier_fell"
    """A call's menu was led by a lower tier: a part that callers do not miss is broken."""
    CALL_LOST = "call_lost"
    RECORDING_MISSING = "recording_missing"
    AGENCY_ABSENT = "agency_absent"
    TRUNK_DEAD = "trunk_dead"
    MENU_SILENT = "menu_silent"
    """Far more callers of a trunk than usual press nothing: what lost keys look like."""
    AMI_AWAY = "ami_away"
    MENU_AWAY = "menu_away"
    DATABASE_AWAY = "database_away"
    DISK_LOW = "disk_low"
    CANARY_FAILED = "canary_failed"
    CANARY_STALE = "canary_stale"
    UNACCEPTED = "unaccepted"
    """None of an agency's contacts accepted a call they were told of."""
    CHANNEL_STUCK = "channel_stuck"
    """Messages to agencies are not taken."""
    HOOK_FAILING = "hook_failing"
    """A subscriber to webhooks does not take its posts."""
    MESSAGE_DEAD = "message_dead"
    """A message never arrived, and is not tried again."""
    NODE_LOST = "node_lost"
    """Another node that shares the database is not heard of any more."""
    TRIAL = "trial"
    """Somebody tries out whether alarms arrive."""


class Severity(StrEnum):
    """Whether somebody is to be woken."""

    CRITICAL = "critical"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Rule:
    """How an alarm of a kind comes and goes, and its words.

    Attributes:
        severity: whether to wake somebody.
        text: what is wrong, Indonesian; ``{subject}`` is what it concerns.
        text_en: the same in English.
        todo: what to do first, ``{subject}`` likewise; ``todo_en`` in English.
        raise_after_s: wrong for so long before it is raised.
        clear_after_s: right, or not seen again, for so long before it is cleared.
        repeat_s: told again that often while it lasts.
        is_moment: it happens, and does not last: nothing ever says that it is right again.
    """

    severity: Severity
    text: str
    text_en: str
    todo: str
    todo_en: str
    raise_after_s: float = 0.0
    clear_after_s: float = 30.0
    repeat_s: float = 3600.0
    is_moment: bool = False


_QUIET_S: Final = 1800.0
"""What happens once is over when it has not happened again for so long."""
_CRITICAL, _WARNING = Severity.CRITICAL, Severity.WARNING

RULES: Final[dict[Kind, Rule]] = {
    Kind.TIER_FELL: Rule(
        _CRITICAL,
        "Menu dijalankan tingkat cadangan {subject}: tingkat di atasnya tidak bekerja",
        "The menu was led by fall-back tier {subject}: a tier above it does not work",
        f"Lihat log/ivr.out.log; jalankan {COMMAND} doctor --live.",
        f"Look into log/ivr.out.log; run {COMMAND} doctor --live.",
        clear_after_s=_QUIET_S,
        is_moment=True,
    ),
    Kind.NODE_LOST: Rule(
        _CRITICAL,
        "Node {subject} hilang; peneleponnya ada di daftar panggil balik",
        "Node {subject} is lost; its callers are on the call-back list",
        f"Panggil balik (*7); periksa mesin {{subject}}: listrik, jaringan, {COMMAND} up.",
        f"Call them back (*7); look at machine {{subject}}: power, network, {COMMAND} up.",
        clear_after_s=_QUIET_S,
        is_moment=True,
    ),
    Kind.CALL_LOST: Rule(
        _CRITICAL,
        "Panggilan diputus sistem sebelum dijawab",
        "The system ended a call before a human answered",
        f"Telepon balik peneleponnya ({COMMAND} calls); simpan cel/cel.csv dan log/asterisk.log.",
        f"Call the caller back ({COMMAND} calls); keep cel/cel.csv and log/asterisk.log.",
        clear_after_s=_QUIET_S,
        is_moment=True,
    ),
    Kind.RECORDING_MISSING: Rule(
        _CRITICAL,
        "Panggilan terjawab tanpa rekaman",
        "An answered call has no recording",
        f"Periksa ruang dan izin folder rekaman: {COMMAND} doctor.",
        f"Check room and permissions of the recordings folder: {COMMAND} doctor.",
        clear_after_s=_QUIET_S,
        is_moment=True,
    ),
    Kind.AGENCY_ABSENT: Rule(
        _CRITICAL,
        "Tidak satu pun pesawat {subject} masuk",
        "No handset of {subject} is logged in",
        f"Hubungi instansi itu; periksa listrik dan jaringannya. {COMMAND} handsets.",
        f"Reach the agency; check its power and network. {COMMAND} handsets.",
        clear_after_s=15.0,
    ),
    Kind.TRUNK_DEAD: Rule(
        _CRITICAL,
        "Trunk {subject} tidak menjawab",
        "Trunk {subject} does not answer",
        "Hubungi operator telekomunikasi; periksa jaringan ke alamat trunk di rencana.",
        "Call the carrier; check the network to the trunk's address in the plan.",
        raise_after_s=60.0,
    ),
    Kind.MENU_SILENT: Rule(
        _WARNING,
        "Penelepon lewat {subject} yang tidak menekan apa pun melonjak",
        "Far more callers than usual by {subject} press nothing",
        "Uji tombol dari ponsel lewat trunk itu: DTMF mungkin hilang di operator.",
        "Try keys from a telephone over that trunk: the carrier may be losing DTMF.",
        clear_after_s=600.0,
        repeat_s=4 * 3600.0,
    ),
    Kind.AMI_AWAY: Rule(
        _CRITICAL,
        "Router tidak tersambung ke Asterisk",
        "The router is not connected to Asterisk",
        "Lihat log/asterisk.log dan log/router.out.log.",
        "Look into log/asterisk.log and log/router.out.log.",
        raise_after_s=10.0,
    ),
    Kind.MENU_AWAY: Rule(
        _CRITICAL,
        "Menu (FastAGI) tidak menjawab",
        "The menu (FastAGI) does not answer",
        "Lihat log/ivr.out.log; panggilan memakai tingkat cadangan.",
        "Look into log/ivr.out.log; calls use the fall-back tiers.",
        raise_after_s=10.0,
    ),
    Kind.DATABASE_AWAY: Rule(
        _CRITICAL,
        "Basis data tidak dapat ditulisi",
        "The database cannot be written",
        "Periksa disk dan SIAGA_DATABASE_URL; catatan menunggu dan ditulis kemudian.",
        "Check the disk and SIAGA_DATABASE_URL; records wait and are written later.",
        raise_after_s=10.0,
    ),
    Kind.DISK_LOW: Rule(
        _CRITICAL,
        "Disk rekaman hampir penuh",
        "The disk of the recordings is nearly full",
        "Kosongkan disk, atau pindahkan SIAGA_HOME ke disk yang lebih besar.",
        "Free space, or move SIAGA_HOME to a larger disk.",
        raise_after_s=30.0,
        clear_after_s=300.0,
    ),
    Kind.CANARY_FAILED: Rule(
        _CRITICAL,
        "Panggilan uji {subject} gagal",
        "The test call {subject} failed",
        f"Jalankan {COMMAND} canary --once, lalu {COMMAND} doctor --live.",
        f"Run {COMMAND} canary --once, then {COMMAND} doctor --live.",
        clear_after_s=0.0,
    ),
    Kind.CANARY_STALE: Rule(
        _WARNING,
        "Panggilan uji tidak berjalan",
        "No test calls are made",
        "Lihat log/canary.out.log.",
        "Look into log/canary.out.log.",
        raise_after_s=30.0,
    ),
    Kind.UNACCEPTED: Rule(
        _CRITICAL,
        "Tidak ada kontak {subject} yang menerima panggilan",
        "None of the contacts of {subject} accepted a call",
        f"Telepon {{subject}} sendiri; lihat {COMMAND} messages.",
        f"Call {{subject}} yourself; see {COMMAND} messages.",
        clear_after_s=_QUIET_S,
        is_moment=True,
    ),
    Kind.CHANNEL_STUCK: Rule(
        _CRITICAL,
        "Pesan lewat {subject} tidak diterima",
        "Messages by {subject} are not taken",
        f"Periksa gerbang pesannya (SIAGA_NOTIFY_…, SIAGA_WEBHOOK); lihat {COMMAND} messages.",
        f"Check its gateway (SIAGA_NOTIFY_…, SIAGA_WEBHOOK); see {COMMAND} messages.",
        raise_after_s=60.0,
    ),
    Kind.HOOK_FAILING: Rule(
        _WARNING,
        "Webhook {subject} tidak diterima",
        "Webhook {subject} is not taken",
        "Hubungi pemilik sistem penerimanya; lihat halaman Webhook di konsol.",
        "Call the owner of the receiving system; see the console's page of webhooks.",
        raise_after_s=300.0,
        repeat_s=4 * 3600.0,
    ),
    Kind.MESSAGE_DEAD: Rule(
        _CRITICAL,
        "Pesan lewat {subject} tidak pernah sampai",
        "A message by {subject} never arrived",
        f"Sampaikan dengan cara lain; lihat {COMMAND} messages --dead.",
        f"Tell it another way; see {COMMAND} messages --dead.",
        clear_after_s=_QUIET_S,
        is_moment=True,
    ),
    Kind.TRIAL: Rule(
        _WARNING,
        "Alarm percobaan: tidak ada yang rusak",
        "A trial alarm: nothing is wrong",
        "Tidak ada; penerima alarm bekerja.",
        "Nothing; alarms arrive.",
        clear_after_s=10.0,
        is_moment=True,
    ),
}
