"""The plan's model: what ``routing.yaml`` may say, each field with its form and limits.

What each part means when a call comes is told in docs/decisions/routing-plan.md.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from siaga.plan.forms import (
    EMAIL_FORM,
    Address,
    AgencyName,
    Area,
    Day,
    Digit,
    Extension,
    Moment,
    Name,
    Notice,
    Number,
    OfficerNumber,
    Prefix,
    Seconds,
    Spoken,
    Zone,
    listed,
)
from siaga.plan.hours import DaySpan, HoursLine  # noqa: TC001 (pydantic reads them at run time)
from siaga.plan.words import FormError, Words

if TYPE_CHECKING:
    from collections.abc import Mapping

Language = Literal["id", "en"]
Strategy = Literal["ringall", "linear", "rrmemory"]
"""Asterisk's other strategies ring a handset that nobody answers again and again."""
RING_ALL: Final = "ringall"
Rank = Literal["known", "digit", "unknown", "flagged"]
RANKS: Final[tuple[Rank, ...]] = ("known", "digit", "unknown", "flagged")
"""Who waits: a number of ``callers.known``; who chose by a key, now or a short while ago; of whom
nothing is known (nothing pressed, keys without meaning, no menu); whose number is flagged."""
WAITS_S: Final = (10, 15, 20)
"""Waits that the report counts, in seconds."""
RingTime = Annotated[Seconds, Field(ge=5, le=120)]
Numbers = Annotated[tuple[Number, ...], Field(max_length=5), BeforeValidator(listed)]


def _once(ranks: tuple[Rank, ...]) -> tuple[Rank, ...]:
    twice = next((rank for rank in ranks if ranks.count(rank) > 1), None)
    if twice is not None:
        raise FormError(
            Words(f"'{twice}' disebut dua kali", f"'{twice}' is named twice"),
            Words("sebut satu kali", "name it once"),
        )
    return ranks


def _counted(seconds: float) -> float:
    if seconds not in WAITS_S:
        known = ", ".join(f"{each}s" for each in WAITS_S)
        raise FormError(
            Words(
                f"laporan tidak menghitung {seconds:g}s", f"the report does not count {seconds:g}s"
            ),
            Words(f"pilih salah satu: {known}", f"choose one of: {known}"),
        )
    return seconds


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Text(_Model):
    """A short text in the languages of the service; a plain word stands for both."""

    id: Spoken
    en: Spoken

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        return {"id": value, "en": value} if isinstance(value, str) else value

    def in_language(self, language: str) -> str:
        """The text in ``language``, Indonesian for any language we do not have."""
        return self.en if language == "en" else self.id


class NoticeText(_Model):
    """A sentence or two in the languages of the service."""

    id: Notice
    en: Notice

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        return {"id": value, "en": value} if isinstance(value, str) else value

    def in_language(self, language: str) -> str:
        """The text in ``language``, Indonesian for any language we do not have."""
        return self.en if language == "en" else self.id


class Limits(_Model):
    """What the proof holds the plan to, and the router the waiting of callers."""

    reach: Annotated[Seconds, Field(ge=1, le=300)] = 45.0
    """After the menu: the longest a caller may wait while nobody's telephone rings."""


class Goal(_Model):
    """So many of the calls reach a human within so long."""

    within: Annotated[Seconds, AfterValidator(_counted)]
    percent: Annotated[int, Field(ge=1, le=100)]


class Goals(_Model):
    """By the board and the report; the clock begins with the menu."""

    amber: Goal = Goal(within=15.0, percent=90)
    """The first goal, longer is amber; absent: 15s and 90 %, as NENA-STA-020.1-2020 has it."""
    red: Goal = Goal(within=20.0, percent=95)
    """The second goal, longer is red; absent: 20s and 95 %."""


class Messages(_Model):
    """What messages to the agencies' contacts may say of people."""

    caller: Literal["none", "short", "full"] = "none"
    """The caller's number: not at all, its last three digits, or the whole of it."""


class Centre(_Model):
    """The centre as a whole."""

    name: Text
    timezone: Zone
    languages: Annotated[tuple[Language, ...], Field(min_length=1, max_length=2)] = ("id", "en")
    """The first is the one callers are greeted in."""
    limits: Limits = Limits()
    goals: Goals = Goals()
    """How soon callers are to reach a human."""
    supervisors: Annotated[
        tuple[Extension, ...], Field(max_length=20), BeforeValidator(listed)
    ] = ()
    """Handsets from which others' calls may be listened to; each time is kept."""
    messages: Messages = Messages()
    """What messages to the agencies' contacts may say."""
    confirm: Annotated[Seconds, Field(ge=5, le=60)] | None = None
    """An agency accepts a call that is handed over by a key within this; absent: by answering."""
    approval: Literal["none", "second-person"] = "none"
    """Who puts a plan in force at the console: one admin alone, or with another one's approval."""


class Schedule(_Model):
    """When something is open, in the centre's time; a line or a list of lines for short."""

    hours: Annotated[
        tuple[HoursLine, ...], Field(min_length=1, max_length=20), BeforeValidator(listed)
    ]
    holidays: Literal["closed", "as_usual"] = "closed"
    """Whether it is closed on public holidays."""

    @model_validator(mode="before")
    @classmethod
    def _lines(cls, value: Any) -> Any:
        return {"hours": value} if isinstance(value, str | list) else value


class ScheduleException(_Model):
    """Other hours of a schedule on one date; they win over weekday and holiday."""

    on: Day
    schedule: Name
    hours: Annotated[tuple[DaySpan, ...], Field(max_length=10), BeforeValidator(listed)]
    """Empty: closed all day."""


class Handset(_Model):
    """A telephone of an agency; its extension alone for short."""

    extension: Extension
    name: Spoken | None = None
    """Shown to other handsets; absent: the agency's name."""
    browser: bool = False
    """No telephone: whoever is logged in at the console takes calls here with the browser."""

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        return {"extension": value} if isinstance(value, str) else value


class Post(_Model):
    """A place of an agency; it rings first for calls from its areas."""

    name: Text
    handsets: Annotated[tuple[Handset, ...], Field(min_length=1, max_length=20)]
    areas: Annotated[tuple[Area, ...], Field(min_length=1), BeforeValidator(listed)]
    ring: RingTime = 10.0


class Contact(_Model):
    """Where an agency is notified, one kind a contact."""

    telegram: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    whatsapp: Number | None = None
    sms: Number | None = None
    email: Annotated[str, Field(pattern=EMAIL_FORM)] | None = None

    @model_validator(mode="after")
    def _one(self) -> Contact:
        if len(self.model_dump(exclude_none=True)) != 1 or len(self.model_fields_set) != 1:
            raise FormError(
                Words("satu kontak hanya satu jenis", "a contact has one kind"),
                Words(
                    "tulis {sms: …} dan {email: …} sebagai dua kontak",
                    "write {sms: …} and {email: …} as two contacts",
                ),
            )
        return self

    @property
    def way(self) -> tuple[str, str]:
        """Its kind, and the address or number."""
        ((kind, address),) = self.model_dump(exclude_none=True).items()
        return kind, str(address)


class Agency(_Model):
    """Who answers: an agency, its handsets, its posts and its telephone numbers outside."""

    name: Text
    handsets: Annotated[tuple[Handset, ...], Field(max_length=50)] = ()
    strategy: Strategy = RING_ALL
    ring_each: Annotated[Seconds, Field(ge=3, le=60)] = 8.0
    """How long one handset rings before the next does, unless all ring at once."""
    wrap_up: Annotated[Seconds, Field(ge=0, le=600)] = 0.0
    """How long a handset rests after a call of the queue."""
    officers: Annotated[dict[OfficerNumber, Spoken], Field(max_length=200)] = {}
    """Who works here, by the number that they log in with at a handset."""
    pstn: Numbers = ()
    """Rung in this order when no handset answered."""
    pstn_ring: RingTime = 30.0
    hours: Name | None = None
    """Schedule in which it answers; absent: always."""
    cover: Name | None = None
    """Agency that is rung instead while this one is closed; absent: the next of the chain."""
    posts: Annotated[dict[Name, Post], Field(max_length=50)] = {}
    notify: Annotated[tuple[Contact, ...], Field(max_length=20)] = ()
    escalate: Annotated[Seconds, Field(ge=10, le=3600)] | None = None
    """The next contact is told when nobody accepted for so long; absent: all are told at once."""

    @property
    def every_handset(self) -> tuple[Handset, ...]:
        """All its handsets, those of its posts last."""
        return (*self.handsets, *(h for post in self.posts.values() for h in post.handsets))

    @cached_property
    def extensions(self) -> tuple[str, ...]:
        """Extensions of all its handsets, those of its posts last."""
        return tuple(handset.extension for handset in self.every_handset)


class Rung(_Model):
    """One agency of an overflow chain; its name alone for short."""

    agency: Name
    ring: RingTime | None = None
    """Absent: as long as the first agency of the chain."""

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        return {"agency": value} if isinstance(value, str) else value


Overflow = Annotated[tuple[Rung, ...], Field(max_length=20), BeforeValidator(listed)]


class Chain(_Model):
    """Who is rung for an emergency, in order; the last resort follows."""

    agency: Name
    via: Name | None = None
    """Agency whose call taker answers first and then forwards; absent: ``agency`` rings at once."""
    ring: RingTime = 20.0
    overflow: Overflow = ()


class Emergency(Chain):
    """One thing a caller can choose, and whose handsets then ring."""

    name: Text
    notify: Annotated[tuple[Name, ...], Field(max_length=20), BeforeValidator(listed)] = ()
    """Agencies told of such a call although they are not rung."""
    during: Annotated[dict[Name, Chain], Field(max_length=10)] = {}
    """Another chain while a schedule is open."""
    ask: Annotated[tuple[Notice, ...], Field(max_length=20), BeforeValidator(listed)] = ()
    """What an officer is to ask, in this order; shown to him, never said by the menu."""
    advise: Annotated[tuple[Notice, ...], Field(max_length=20), BeforeValidator(listed)] = ()
    """What he is to tell the caller to do until help is there."""


class Menu(_Model):
    """What the caller is asked."""

    digits: Annotated[dict[Digit, Name], Field(min_length=1)]
    """Emergency or sub-menu by digit."""
    languages: dict[Digit, Language] = {}
    tries: Annotated[int, Field(ge=1, le=2)] = 2
    wait: Annotated[Seconds, Field(ge=0.3, le=10)] = 1.0
    human_within: Annotated[Seconds, Field(ge=3, le=30)] = 12.0
    default: Name


class SubMenu(_Model):
    """What is asked after a digit of the first menu; its digits lead to emergencies."""

    name: Text
    digits: Annotated[dict[Digit, Name], Field(min_length=1)]
    default: Name
    """Emergency of a caller who presses nothing here."""


class Trunk(_Model):
    """A way to the telephone network beside those of ``SIAGA_TRUNKS``."""

    host: Address | None = None
    """Where calls to outside numbers are sent; absent: calls only come in by it."""
    port: Annotated[int, Field(ge=1, le=65535)] = 5060
    sources: Annotated[
        tuple[Address, ...], Field(max_length=20), BeforeValidator(listed), Field(alias="from")
    ] = ()
    """Addresses its calls come from."""
    may_send: Annotated[tuple[Prefix, ...], Field(max_length=50), BeforeValidator(listed)] = ()
    """Beginnings of the numbers that may be dialled over it."""
    area: Area | None = None
    """Where its callers are."""


class KnownCaller(_Model):
    """A number we know."""

    number: Number
    name: Spoken
    emergency: Name | None = None
    """Reached without a menu; absent: the menu."""
    area: Area | None = None


class Repeat(_Model):
    """Who calls again soon goes straight to the human of the first call's choice."""

    within: Annotated[Seconds, Field(ge=30, le=86400)]


class Pranks(_Model):
    """Numbers that call in fun again and again are flagged for a while; nobody is refused."""

    after: Annotated[int, Field(ge=2, le=50)]
    """So many calls that officers classed as pranks …"""
    within: Annotated[Seconds, Field(ge=3600, le=365 * 86400)]
    """… that came within this time"""
    flag: Annotated[Seconds, Field(ge=3600, le=90 * 86400), Field(alias="for")]
    """How long the number is flagged then."""
    reviewer: Spoken
    """Who looks at the flags, and ends what should not be."""


class Silent(_Model):
    """Who presses nothing and of whom nothing is heard does not keep an officer for ever."""

    listen: Annotated[Seconds, Field(ge=5, le=60)]
    """So long a human listens into the silence; then the caller is watched …"""
    hold: Annotated[Seconds, Field(ge=30, le=600)]
    """… so long, until a human listens again; with a sound or a key at once."""


class Callers(_Model):
    """What the caller's number changes."""

    known: Annotated[tuple[KnownCaller, ...], Field(max_length=500)] = ()
    hidden: Name | None = None
    """Emergency of callers without a number, who cannot be called back; absent: the menu."""
    repeat: Repeat | None = None
    pranks: Pranks | None = None
    """Absent: numbers are flagged by hand only."""
    silent: Silent | None = None
    """Absent: an officer lets silent callers go by hand."""
    rank: Annotated[
        tuple[Rank, ...], Field(max_length=4), BeforeValidator(listed), AfterValidator(_once)
    ] = RANKS
    """Of those who wait for the same telephones, who is served first; whoever is not named comes
    last, and the same rank in turn."""


class Announcement(_Model):
    """Said in place of the greeting for a while, or while it is switched on by hand."""

    text: NoticeText
    begin: Annotated[Moment | None, Field(alias="from")] = None
    end: Annotated[Moment | None, Field(alias="until")] = None


class Closure(_Model):
    """An agency does not answer for a while."""

    agency: Name
    begin: Annotated[Moment, Field(alias="from")]
    end: Annotated[Moment, Field(alias="until")]
    reason: Spoken


class LastResort(_Model):
    """Who is rung when a chain is used up, again and again until the caller gives up."""

    agency: Name
    ring: Annotated[Seconds, Field(ge=5, le=300)] = 60.0
    overflow: Overflow = ()
    pstn: Numbers = ()
    pstn_ring: RingTime = 30.0
    everyone: Annotated[Seconds, Field(ge=0, le=120)] = 30.0
    """At the end all handsets of all agencies ring at once, so long; 0s: they do not."""


class Plan(_Model):
    """A whole routing plan, checked."""

    centre: Centre
    areas: Annotated[tuple[Area, ...], Field(max_length=200)] = ()
    schedules: Annotated[dict[Name, Schedule], Field(max_length=100)] = {}
    holidays: Annotated[dict[Day, Spoken], Field(max_length=200)] = {}
    exceptions: Annotated[tuple[ScheduleException, ...], Field(max_length=500)] = ()
    agencies: Annotated[dict[AgencyName, Agency], Field(min_length=1, max_length=500)]
    closures: Annotated[tuple[Closure, ...], Field(max_length=200)] = ()
    emergencies: Annotated[dict[Name, Emergency], Field(min_length=1, max_length=500)]
    menu: Menu
    menus: Annotated[dict[Name, SubMenu], Field(max_length=10)] = {}
    announcements: Annotated[dict[Name, Announcement], Field(max_length=20)] = {}
    callers: Callers = Callers()
    trunks: Annotated[dict[Name, Trunk], Field(max_length=20)] = {}
    last_resort: LastResort

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with these parts changed; what was reckoned of the old ones is not in it."""
        made = super().model_copy(update=update, deep=deep)
        for name in made.__dict__.keys() - type(made).model_fields.keys():
            del made.__dict__[name]
        return made

    @cached_property
    def extensions(self) -> tuple[str, ...]:
        """Extensions of all handsets."""
        return tuple(ext for agency in self.agencies.values() for ext in agency.extensions)

    @property
    def browsers(self) -> dict[str, str]:
        """Handsets in browsers: the agency of each by its extension."""
        return {
            handset.extension: name
            for name, agency in self.agencies.items()
            for handset in agency.every_handset
            if handset.browser
        }

    @property
    def telephones(self) -> tuple[str, ...]:
        """Extensions of the handsets that log in by a password of their own."""
        browsers = self.browsers
        return tuple(ext for ext in self.extensions if ext not in browsers)

    @property
    def officers(self) -> dict[str, str]:
        """Names of all officers by their number."""
        return {
            number: name
            for agency in self.agencies.values()
            for number, name in agency.officers.items()
        }
