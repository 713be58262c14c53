"""What can go wrong between Asterisk and the menu, each with a stable code.

None of these drops a call: the dialplan sees the connection closed without a result and goes one
tier down.
"""

from __future__ import annotations

from siaga.errors import SiagaError


class IvrError(SiagaError):
    """Base of everything this package raises on purpose."""

    code = "ivr"


class CommandArgumentError(IvrError):
    """An argument cannot be said in AGI; nothing was sent."""

    code = "command_argument"


class CommandOrderError(IvrError):
    """A command was given before the last one was answered, or before the environment came."""

    code = "command_order"


class AgiProtocolError(IvrError):
    """The peer sent what no Asterisk sends, or more than the limits allow.

    Attributes:
        code: ``not_agi``, ``malformed_line``, ``malformed_reply``, ``unexpected_line``,
            ``line_too_long``, ``too_many_lines`` or ``too_many_bytes``.
    """

    code = "agi_protocol"

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class CallGoneError(IvrError):
    """The caller hung up, or Asterisk closed the connection."""

    code = "call_gone"


class CommandRefusedError(IvrError):
    """Asterisk does not know the command, or not in this form (510, 520)."""

    code = "command_refused"


class CommandTimeoutError(IvrError):
    """No answer to a command in the time that its nature allows."""

    code = "command_timeout"


class EnvironmentTimeoutError(IvrError):
    """A connection did not say which call it carries in time."""

    code = "environment_timeout"


class EnvironmentCutError(IvrError):
    """A connection ended in the middle of saying which call it carries."""

    code = "environment_cut"


class SessionTimeoutError(IvrError):
    """A call stayed with us longer than any menu may last."""

    code = "session_timeout"


class HandlerStuckError(IvrError):
    """A handler went on after its call was over, until it was cancelled."""

    code = "handler_stuck"


class HandlerFailedError(IvrError):
    """A handler raised something that it should not have."""

    code = "handler_failed"


class DrainedError(IvrError):
    """The server stopped before this call was through with the menu."""

    code = "drained"
