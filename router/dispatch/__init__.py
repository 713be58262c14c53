"""Moving calls: what officers and supervisors have done to a call over AMI."""

from router.dispatch.transfer import (
    CallNotOpenError,
    DispatchError,
    TransferRefusedError,
    UnknownAgencyError,
    transfer,
)

__all__ = [
    "CallNotOpenError",
    "DispatchError",
    "TransferRefusedError",
    "UnknownAgencyError",
    "transfer",
]
