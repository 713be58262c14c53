"""Real SIP telephones for the demo, the live tests and the bench: SIPp signals, Python talks.

A :class:`CallerLine` places calls, a :class:`HandsetBank` registers extensions and takes calls;
each is one SIPp process that lives as long as its ``async with`` block.
"""

from ops.phone.caller import Call, CallerLine
from ops.phone.dtmf import Dtmf
from ops.phone.errors import PhoneError, PhoneTimeoutError
from ops.phone.g711 import Law
from ops.phone.handset import HandsetBank, Ring
from ops.phone.heard import Heard, Sound
from ops.phone.leg import End, Ended
from ops.phone.media import Pressed

__all__ = [
    "Call",
    "CallerLine",
    "Dtmf",
    "End",
    "Ended",
    "HandsetBank",
    "Heard",
    "Law",
    "PhoneError",
    "PhoneTimeoutError",
    "Pressed",
    "Ring",
    "Sound",
]
