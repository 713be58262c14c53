"""What can go wrong with a telephone."""

from __future__ import annotations

from siaga.errors import SiagaError


class PhoneError(SiagaError):
    """SIPp ended or could not be started, or a call did not go as asked."""

    code = "phone"


class PhoneTimeoutError(PhoneError):
    """What was waited for did not happen in time."""

    code = "phone_timeout"
