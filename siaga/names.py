"""Every name that the dialplan and Python share, spelled once and rendered from here.

Values are restricted to ``[A-Za-z0-9_-]``, so that they can stand anywhere in Asterisk's
configuration.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

EMERGENCY_NUMBER: Final = "112"
EMERGENCY_FORMS: Final = (EMERGENCY_NUMBER, f"62{EMERGENCY_NUMBER}", f"+62{EMERGENCY_NUMBER}")
"""As carriers send it: dialled as it is, and with the country's code before it."""


class Var(StrEnum):
    """Channel variables."""

    CALL = "SIAGA_CALL"
    """The call's id: the linkedid of the caller's channel."""
    LANGUAGE = "SIAGA_LANGUAGE"
    """Language chosen so far, ``id`` or ``en``; kept when a tier fails."""
    RESULT = "SIAGA_RESULT"
    """Emergency to route to. A tier sets it as its last act; empty means: go one tier down."""
    REASON = "SIAGA_REASON"
    """Why the menu ended, a value of :class:`MenuReason`; the dialplan sets ``digit`` before each
    tier, which sets any other before ``RESULT``."""
    TIER = "SIAGA_TIER"
    """Tier that runs the menu: ``1``, ``2`` or ``3``."""
    TRIES = "SIAGA_TRIES"
    """Tries used in the native menu."""
    DIGIT = "SIAGA_DIGIT"
    """Digit read by the native menu."""
    KEYS = "SIAGA_KEYS"
    """Every key the caller pressed since the call arrived, whoever was listening."""
    WALKED = "SIAGA_WALKED"
    """How many of them were looked at."""
    HELD = "SIAGA_HELD"
    """Whether the lock around the start of the key store was given back."""
    EMERGENCY = "SIAGA_EMERGENCY"
    """Emergency whose route the call is on."""
    LIMIT = "SIAGA_LIMIT"
    """When the native menu has to be over, seconds since the epoch."""
    UNTIL = "SIAGA_UNTIL"
    """When the step of the route has to be over, seconds since the epoch."""
    RUNG = "SIAGA_RUNG"
    """Not empty: some handset was rung for this caller in this step."""
    ROUND = "SIAGA_ROUND"
    """Rounds of the last-resort loop so far."""
    ARRIVED = "SIAGA_ARRIVED"
    """Arrival of the call, seconds since the epoch with three decimals."""
    MENU = "SIAGA_MENU"
    """Sub-menu chosen so far; kept when a tier fails. Empty: the first menu."""
    ANNOUNCEMENT = "SIAGA_ANNOUNCEMENT"
    """Announcement said in place of the greeting; empty: none."""
    NUMBER = "SIAGA_NUMBER"
    """The caller's number reduced to digits; empty or short: hidden."""
    AREA = "SIAGA_AREA"
    """Area of the caller, one of the plan's; empty: not known."""
    MARK = "SIAGA_MARK"
    """What a handset shows behind the emergency; words of the plan only."""
    AGAIN = "SIAGA_AGAIN"
    """What a handset shows before the emergency, for a repeat caller."""
    FROM = "SIAGA_FROM"
    """Address that the call came from."""
    RECENT = "SIAGA_RECENT"
    """What this caller chose last, as it stands in Asterisk's database."""
    NOW = "SIAGA_NOW"
    """Moment that the plan's hours were last judged for, seconds since the epoch."""
    TIME = "SIAGA_TIME"
    """The same as hours and minutes in the centre's time, ``0730``."""
    DATE = "SIAGA_DATE"
    """The same as a date in the centre's time, ``20261225``."""
    PROMPT = "SIAGA_PROMPT"
    """Opening of the native menu."""
    LENGTH = "SIAGA_LENGTH"
    """Its length, seconds."""
    HOPS = "SIAGA_HOPS"
    """How often a turn went on to another agency."""
    STAND_IN = "SIAGA_STAND_IN"
    """Agency that is rung instead."""
    MUSIC = "SIAGA_MUSIC"
    """Music class of the ringing, without its language."""
    CROWDED = "SIAGA_CROWDED"
    """Added to the name of the last resort's music class: empty, or that of :data:`OVERLOAD`."""
    OFFSET = "SIAGA_OFFSET"
    """Seconds that the clock of this call is ahead; in tests only."""
    TEST = "SIAGA_TEST"
    """Folder of its recording, with the ``/``, for a test call; empty for a caller's."""
    CALLBACK = "SIAGA_CALLBACK"
    """What the router has an operator call back: ``task|number|trunk``, or :data:`NOBODY`."""
    FIRST_TIER = "SIAGA_FIRST_TIER"
    """Tier of the menu that a test call begins with, 2 or 3; empty: the first, as for callers."""
    ROOM = "SIAGA_ROOM"
    """On a leg that is rung into a call: that call's id, which is the name of its room."""
    LEG = "SIAGA_LEG"
    """On such a leg: its id."""
    LEG_KIND = "SIAGA_LEG_KIND"
    """On such a leg: why it is rung, a value of ``router.calls.record.LegKind``."""
    SEATED = "SIAGA_SEATED"
    """On a caller's channel: not empty once it is seen to that the others leave with him."""
    EAR = "SIAGA_EAR"
    """On a whisper: the channel of the officer who hears it."""
    SAID = "SIAGA_SAID"
    """On a whisper: the prompts, with a ``&`` between them."""
    WAITED = "SIAGA_WAITED"
    """Looks that a caller has had into a room that nobody else is in."""


class Context(StrEnum):
    """Dialplan contexts that all versions of the plan share."""

    TRUNK = "from-trunk"
    HANDSET = "from-handset"
    TRANSFER = "siaga-transfer"
    RUNG = "siaga-rung"
    PAUSE = "siaga-pause"
    SENT_ON = "siaga-sent-on"
    """A caller whom a handset sent on to another by its own button."""
    OUT = "siaga-out"
    """Of trunks that calls only go out by: there is nothing to reach in it."""
    ROOM = "siaga-room"
    """A caller in the room of his call; led there over AMI only."""
    ROOM_LEFT = "siaga-room-left"
    """Run when a caller who was in a room is gone."""
    OFFICER = "siaga-officer"
    """Whoever else is in a room; led there over AMI only."""
    DISPATCH = "siaga-dispatch"
    """Rings an agency or a handset into a room."""
    LEG_ANSWERED = "siaga-leg-answered"
    """Run on a handset that answered such a ringing."""
    LEG_LEFT = "siaga-leg-left"
    """Run when that handset is gone."""
    LEG_OVER = "siaga-leg-over"
    """Run when such a ringing is over."""
    COMMAND = "siaga-command"
    """An officer's keys while he talks; run on his channel, :data:`OFFICER_KEYS`."""
    WHISPER = "siaga-whisper"
    """Speaks into an officer's ear while he talks; led there over AMI only."""
    CANARY = "siaga-canary"
    """Where test calls begin: the only place that marks a call as one."""
    CALLBACK = "siaga-callback"
    """An operator calls back whoever left before a human answered; ``siaga-callback-<trunk>`` has
    the numbers that a trunk of the plan may send."""


class Part(StrEnum):
    """Dialplan contexts that each version of the plan has for itself, see :func:`scoped`."""

    ARRIVAL = "arrival"
    CALLER = "caller"
    """Who calls: sets area, display and, where no menu is needed, the emergency."""
    KNOWN = "known"
    """The numbers we know, each an extension."""
    SOURCE = "source"
    """The addresses of trunks that have an area, each an extension."""
    ANNOUNCEMENT = "announcement"
    CALENDAR = "calendar"
    """What is open now: dates and days of the week as extensions."""
    OVERLOAD = "overload"
    """In place of the menu while there are very many callers."""
    MENU = "menu"
    NATIVE = "native"
    LENGTH = "length"
    """The menu as dialplan; ``native-<menu>`` is a sub-menu."""
    KEYS = "keys"
    """What the keys pressed so far come to; ``keys-<menu>`` goes on in a sub-menu."""
    ROUTE = "route"
    """``route-<emergency>`` is the chain of an emergency."""
    TURN = "turn"
    """An agency's turn: who is rung when it is closed or diverted."""
    RING = "ring"
    """How an agency is rung."""
    TRANSFER = "transfer"
    DISPATCH = "dispatch"
    LAST_RESORT = "last-resort"


def scoped(version: str, name: str) -> str:
    """Name of a context or music class of one version of the plan."""
    return f"{version}-{name}"


LIVE_FAMILY: Final = "siaga"
"""Family of live state in Asterisk's database."""
NOTE_FAMILY: Final = "siaga-note"
"""Family of who set it and why; never read by the dialplan."""
CANARY: Final = "canary"
"""Endpoint that test calls come from, and the extension that they dial."""
STANDBY_TIERS: Final = (2, 3)
"""Of the menu; a test call that dials ``canary-2`` begins with the second."""
CANARY_PHONE: Final = "canary-phone"
"""Endpoint of the telephone that rings in a test call in place of all others."""
CANARY_QUEUE: Final = "CANARY"
"""Queue of that telephone; agencies have no capitals in their names."""
TEST_FOLDER: Final = "test"
"""Folder of test calls' recordings below the others: what lies in it is of a test call."""

RECENT_FAMILY: Final = "siaga-recent"
"""Family of recent choices by the caller's digits: ``<epoch>|<emergency>``."""

CALLBACK_KEYS: Final = "*7"
"""What an operator dials to call back whoever waits longest for it."""
NOBODY: Final = "nobody"
"""In place of a task: there is nobody to be called back now."""
CALLBACK_FILE: Final = "callback-"
"""Begins the name of a call-back's recording."""

GROUP: Final = "siaga"
"""Category of the group that every call to 112 is in for as long as it is up."""
GROUP_CALLS: Final = "calls"
"""The group: ``GROUP_COUNT(calls@siaga)`` is how many calls are up."""

OFFICER_KEYS: Final = {
    **{f"add-{place}": f"*1{place}" for place in range(1, 10)},
    **{f"transfer-{place}": f"*2{place}" for place in range(1, 10)},
    "leave": "*3",
}
"""What an officer may ask for while he talks, and the keys for it. A digit is an agency's place in
the plan: its keys stay the same when others are added behind it."""
IN_ROOM: Final = "room-"
"""Before the name of what is asked for in a room, see ``rooms.j2``."""
OFFICER_FEATURES: Final = "siaga-officer"
"""Group of ``features.conf`` that handsets have."""
OFFICER_MENU: Final = "siaga-officer-keys"
"""Menu of ``confbridge.conf``, the same in a room."""
EAR_EXTEN: Final = "ear"
MOUTH_EXTEN: Final = "mouth"
"""Extensions of the context ``WHISPER``."""

ROOM_GROUP: Final = "siaga-room"
"""Category of the groups that callers in rooms are in, each in that of his call's id."""
RINGING_GROUP: Final = "siaga-ringing"
"""Category of the groups that what rings into a call is in, that of the call's id."""
ROOM_PROFILE: Final = "siaga-room"
CALLER_PROFILE: Final = "siaga-caller"
OFFICER_PROFILE: Final = "siaga-officer"
"""Profiles of ``confbridge.conf``."""

CALLER_EXTEN: Final = "caller"
OFFICER_EXTEN: Final = "officer"
LEG_EXTEN: Final = "leg"
"""Extensions of the contexts ``ROOM`` (the first) and ``OFFICER``."""
AGENCY_PREFIX: Final = "to-"
PHONE_PREFIX: Final = "phone-"
"""``to-<agency>`` and ``phone-<extension>`` are the extensions of the context ``DISPATCH``."""

PLAN_GLOBAL: Final = "SIAGA_PLAN"
"""Global dialplan variable: the version in force."""

TRUNK_PREFIX: Final = "trunk-"
"""``trunk-<name>`` is the endpoint by which calls go out over a trunk of the plan."""

PLANS: Final = "plans"
"""Folder below the configuration, with the files of each version in a folder of its name."""

OPEN_PREFIX: Final = "SIAGA_OPEN_"
"""Variable ``SIAGA_OPEN_<schedule>``: 1 while the schedule is open, else 0."""
SHUT_PREFIX: Final = "SIAGA_SHUT_"
"""Variable ``SIAGA_SHUT_<agency>``: not 0 while the plan has the agency not answer."""

TEST_FAMILY: Final = "siaga-test"
"""Family of clocks of calls, in tests only: seconds ahead by the caller's digits."""

KEYS_LOCK: Final = "siaga-keys"
"""Lock of the dialplan, see ``docs/decisions/keys-are-kept.md``."""

START: Final = "start"
"""Label at which a call may be sent into any of our contexts (a Redirect never names a number)."""


class Milestone(StrEnum):
    """User-defined CEL events: what the dialplan tells those who follow the call.

    Each carries one text argument, fields separated by ``|``, made of our own names only, never of
    anything the caller sent.
    """

    ARRIVED = "SiagaArrived"
    """``recording|plan_version|address``: path below the recordings folder, where it came from."""
    TIER = "SiagaTier"
    """``tier``: this tier of the menu starts."""
    CHOICE = "SiagaChoice"
    """``emergency|language|reason|tier``: the menu is over; no tier: there was none."""
    STEP = "SiagaStep"
    """``agency|kind``: the call enters this step (kind ``post``, ``queue`` or ``pstn``)."""
    STEP_END = "SiagaStepEnd"
    """``agency|status``: the step was left with nobody on the line (queue or dial status)."""
    LAST_RESORT = "SiagaLastResort"
    """``round``: the chain is used up, the last-resort loop begins another round."""
    REFUSED = "SiagaRefused"
    """No text: there is no room for the call, the network is told to send it elsewhere."""
    CALLBACK_ASKED = "SiagaCallbackAsked"
    """No text: an operator asks for the next caller to be called back."""
    CALLBACK_DIALLED = "SiagaCallbackDialled"
    """``task|recording``: the caller of this task is dialled."""
    CALLBACK_ENDED = "SiagaCallbackEnded"
    """``task|status``: he did not answer (dial status)."""
    TRANSFER = "SiagaTransfer"
    """``agency``: an officer or supervisor sent the call to this agency."""
    LEG = "SiagaLeg"
    """``call|leg|kind|agency``: somebody is being rung into this call. The milestones of a leg name
    their call, because the channels of the leg are a call of their own."""
    LEG_ANSWERED = "SiagaLegAnswered"
    """``call|leg|handset``: this handset, or number outside, answered."""
    LEG_JOINED = "SiagaLegJoined"
    """``call|leg``: it enters the room."""
    COMMAND = "SiagaCommand"
    """``call|name``: an officer asks for what :data:`OFFICER_KEYS` calls so, by his keys."""
    LEG_OVER = "SiagaLegOver"
    """``call|leg|how``: it is over; of several the first counts, of a leg that was answered the
    first that its handset tells. ``how`` is ``HANDSET`` (it hung up),
    ``CENTRE`` (it was let go), ``CANCELLED`` (not rung any more), else the queue's and the dial
    status with a ``|`` between them."""


class MenuReason(StrEnum):
    """Why the menu ended."""

    DIGIT = "digit"
    NO_INPUT = "no_input"
    NO_MATCH = "no_match"
    TIMEOUT = "timeout"
    """The limit within which a human must ring was reached."""
    ERROR = "error"
    KNOWN = "known"
    """No menu: a number of the plan's that leads to an emergency."""
    HIDDEN = "hidden"
    """No menu: there is no number, and the plan has such calls answered at once."""
    REPEAT = "repeat"
    """No menu: the caller chose this emergency a short while ago."""
    OVERLOAD = "overload"
    """No menu: too many calls at once; straight to the operators, the last resort's first round."""


SEPARATOR: Final = "|"

SOUNDS: Final = "siaga"
"""Folder of our prompts below each language's sounds folder."""

MENU_PATH: Final = "menu"
"""Path of the FastAGI address, ``agi://host:port/menu/<version>``."""


BLOCKED_ACL: Final = "siaga-blocked"
"""Access list of the handsets: addresses that may not log in for a while."""
BLOCKED_FILE: Final = "blocked.conf"
"""Its rules, written by the router into the configuration's folder."""


class AmiUser(StrEnum):
    """AMI accounts, each with the least privilege it can work with."""

    ROUTER = "router"
    """Reads call and handset events."""
    DISPATCH = "dispatch"
    """Redirects and originates."""
    ADMIN = "admin"
    """Reloads configuration, reads what runs, keeps live state, pauses handsets."""
    DOOR = "door"
    """Reads who was challenged, logged in or failed to."""
