"""Moving calls: what officers and supervisors have done to a call over AMI."""

from router.dispatch.errors import (
    AsteriskAwayError,
    CallEndedError,
    CallNotOpenError,
    DispatchError,
    HandsetBusyError,
    LastHumanError,
    NobodyHasCallError,
    NotSupervisorError,
    TransferRefusedError,
    UnknownAgencyError,
    UnknownHandsetError,
    UnknownLegError,
)
from router.dispatch.outcome import Outcome, Result
from router.dispatch.service import Dispatcher
from router.dispatch.supervise import Supervision
from router.dispatch.transfer import transfer

__all__ = [
    "AsteriskAwayError",
    "CallEndedError",
    "CallNotOpenError",
    "DispatchError",
    "Dispatcher",
    "HandsetBusyError",
    "LastHumanError",
    "NobodyHasCallError",
    "NotSupervisorError",
    "Outcome",
    "Result",
    "Supervision",
    "TransferRefusedError",
    "UnknownAgencyError",
    "UnknownHandsetError",
    "UnknownLegError",
    "transfer",
]
