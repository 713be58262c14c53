"""Why a command of the dispatch was refused; in each case the call goes on as it was."""

from __future__ import annotations

from siaga.errors import SiagaError


class DispatchError(SiagaError):
    """A call could not be moved; it goes on as it was."""

    code = "dispatch"


class CallNotOpenError(DispatchError):
    """There is no such call, or it is over."""

    code = "call_not_open"


class UnknownAgencyError(DispatchError):
    """The plan has no such agency."""

    code = "unknown_agency"


class TransferRefusedError(DispatchError):
    """Asterisk did not move the call: the caller hung up meanwhile, or Asterisk is not there."""

    code = "transfer_refused"


class CallEndedError(DispatchError):
    """The caller hung up while the command was being done."""

    code = "call_ended"


class UnknownHandsetError(DispatchError):
    """The plan has no such handset."""

    code = "unknown_handset"


class UnknownLegError(DispatchError):
    """Nobody of that name is, or was, in the call."""

    code = "unknown_leg"


class NobodyHasCallError(DispatchError):
    """No human talks with the caller, so there is nobody to be added to."""

    code = "nobody_has_call"


class NotSupervisorError(DispatchError):
    """The plan does not let that handset listen."""

    code = "not_supervisor"


class LastHumanError(DispatchError):
    """The caller would be alone."""

    code = "last_human"


class HandsetBusyError(DispatchError):
    """The handset talks on another call."""

    code = "handset_busy"


class AsteriskAwayError(DispatchError):
    """Asterisk does not answer, or does not tell what became of it."""

    code = "asterisk_away"
