"""Asterisk's manager interface: the link, its typed events, its typed actions.

The only package that knows panoramisk; which of its defects are contained, and where, is said in
:mod:`router.ami.protocol`.
"""

from router.ami.actions import (
    Action,
    CoreSettings,
    CoreShowChannels,
    CoreStatus,
    DeviceStateList,
    GetVar,
    Hangup,
    ListAction,
    Originate,
    Ping,
    PJSIPShowContacts,
    QueueStatus,
    Redirect,
    SetVar,
)
from router.ami.administration import (
    MAX_VALUE,
    DbDel,
    DbGet,
    DbPut,
    DbTree,
    PJSIPShowEndpoints,
    QueuePause,
    Reload,
    ShowDialPlan,
)
from router.ami.errors import (
    ActionRefusedError,
    ActionTimeoutError,
    ActionValueError,
    AmiError,
    CommandInjectionError,
    ConnectionLostError,
    LinkStoppedError,
    NotConnectedError,
)
from router.ami.events import Connected, Disconnected, Down, Event, Item, Overflow, Response
from router.ami.headers import Headers
from router.ami.link import AmiLink
from router.ami.policy import Policy
from router.ami.session import Address

__all__ = [
    "MAX_VALUE",
    "Action",
    "ActionRefusedError",
    "ActionTimeoutError",
    "ActionValueError",
    "Address",
    "AmiError",
    "AmiLink",
    "CommandInjectionError",
    "Connected",
    "ConnectionLostError",
    "CoreSettings",
    "CoreShowChannels",
    "CoreStatus",
    "DbDel",
    "DbGet",
    "DbPut",
    "DbTree",
    "DeviceStateList",
    "Disconnected",
    "Down",
    "Event",
    "GetVar",
    "Hangup",
    "Headers",
    "Item",
    "LinkStoppedError",
    "ListAction",
    "NotConnectedError",
    "Originate",
    "Overflow",
    "PJSIPShowContacts",
    "PJSIPShowEndpoints",
    "Ping",
    "Policy",
    "QueuePause",
    "QueueStatus",
    "Redirect",
    "Reload",
    "Response",
    "SetVar",
    "ShowDialPlan",
]
