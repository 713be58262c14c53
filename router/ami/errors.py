"""What can go wrong between us and Asterisk's manager, each with a stable code."""

from __future__ import annotations

from siaga.errors import SiagaError


class AmiError(SiagaError):
    """Base of everything this package raises on purpose."""

    code = "ami"


class ActionValueError(AmiError):
    """A value is not one that this action may have; nothing was sent."""

    code = "action_value"


class CommandInjectionError(ActionValueError):
    """A value holds a line end, NUL or half a character, which AMI has no way to say.

    Sent as it is, what follows the line end would be a header, or an action, of its own.
    """

    code = "command_injection"


class NotConnectedError(AmiError):
    """There is no connection to Asterisk now; nothing was sent."""

    code = "not_connected"


class LinkStoppedError(AmiError):
    """The link was stopped and all it had to tell was taken."""

    code = "link_stopped"


class ConnectionLostError(AmiError):
    """The connection ended before Asterisk answered.

    Whether the action was carried out is not known. It is not sent again.
    """

    code = "connection_lost"


class ActionTimeoutError(AmiError):
    """Asterisk did not answer in time.

    Whether the action was carried out is not known, or not yet. It is not sent again.
    """

    code = "action_timeout"


class ActionRefusedError(AmiError):
    """Asterisk answered that it did not do it: an answer, not a fault.

    Attributes:
        message: Asterisk's own words, for example ``Channel does not exist``.
    """

    code = "action_refused"

    def __init__(self, action: str, message: str) -> None:
        super().__init__(f"Asterisk refused {action}: {message or 'it did not say why'}.")
        self.message = message


class AmiProtocolError(AmiError):
    """The peer sent what no Asterisk sends, or more than the limits allow.

    Attributes:
        code: ``not_ami``, ``line_too_long``, ``too_many_headers``, ``frame_too_long`` or
            ``list_too_long``.
    """

    code = "ami_protocol"

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
