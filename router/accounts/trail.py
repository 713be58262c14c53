"""What is written down of each change: who, when, from where, what, and the values around it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

SHELL: Final = "shell"
"""In place of an address: the machine's own command line."""


class Deed(StrEnum):
    """What was done; a closed list."""

    ACCOUNT_ADDED = "account_added"
    ROLE_CHANGED = "role_changed"
    ACCOUNT_DISABLED = "account_disabled"
    ACCOUNT_ENABLED = "account_enabled"
    PASSWORD_RESET = "password_reset"  # noqa: S105 (a deed)
    """By somebody else: a new one-time password, the second factor taken away."""
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 (a deed)
    FACTOR_ENROLLED = "factor_enrolled"
    FACTOR_REMOVED = "factor_removed"
    LANGUAGE_CHANGED = "language_changed"
    LOGGED_IN = "logged_in"
    LOGGED_OUT = "logged_out"
    SESSION_ENDED = "session_ended"
    """One of their own, or somebody else's."""
    TOKEN_MADE = "token_made"  # noqa: S105 (a deed)
    TOKEN_REVOKED = "token_revoked"  # noqa: S105 (a deed)
    DISPATCHED = "dispatched"
    """A command about a call, with what became of it."""
    SUPERVISED = "supervised"
    """A supervisor's handset was rung to listen, to whisper or to take over."""
    HANDED_OVER = "handed_over"
    """A note to the next shift was written."""
    CALL_CLASSED = "call_classed"
    CALL_NOTED = "call_noted"
    """Once a call and writer: its text is saved as it is typed."""
    SEAT_TAKEN = "seat_taken"
    """Somebody said at which handset they sit."""
    INCIDENT_CHANGED = "incident_changed"
    CALLBACK_CLOSED = "callback_closed"
    LISTENED = "listened"
    RECORDING_PLAYED = "recording_played"
    RECORDING_VERIFIED = "recording_verified"
    RECORDS_EXPORTED = "records_exported"
    PLAN_APPLIED = "plan_applied"
    """Put in force, or refused."""
    PLAN_APPLIED_ALONE = "plan_applied_alone"
    """At the shell by one person, though the plan before asked for two."""
    PLAN_ASKED = "plan_asked"
    """Another admin was asked to approve a plan."""
    PLAN_APPROVED = "plan_approved"
    PLAN_REFUSED = "plan_refused"
    PLAN_WITHDRAWN = "plan_withdrawn"
    """By whoever had asked, who may have edited the draft meanwhile."""
    PLAN_ROLLED_BACK = "plan_rolled_back"
    HANDSET_RENEWED = "handset_renewed"
    """A new password for a handset."""
    OVERRIDE_SET = "override_set"
    OVERRIDE_ENDED = "override_ended"
    PROMPT_RECORDED = "prompt_recorded"
    """A recording of a prompt was kept; it is not in use yet."""
    PROMPT_REPLACED = "prompt_replaced"
    """Another recording is in use, or with an empty value the delivered voice."""
    PROMPT_DROPPED = "prompt_dropped"
    ANNOUNCEMENTS_HUSHED = "announcements_hushed"
    """All at once."""
    HOOK_MADE = "hook_made"
    HOOK_PAUSED = "hook_paused"
    HOOK_RESUMED = "hook_resumed"
    HOOK_REMOVED = "hook_removed"
    HOOK_SECRET_RENEWED = "hook_secret_renewed"  # noqa: S105 (a deed)
    HOOK_TESTED = "hook_tested"
    NODE_FORGOTTEN = "node_forgotten"
    """A node that will not come back was taken off the list."""
    HANDSET_BEGUN = "handset_begun"
    """Somebody takes calls at a handset in their browser; who had it before, if it was taken."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, and when.

    Attributes:
        who: name of the account or machine, or of the user of the command line.
        address: from where. ``at``: when, aware.
        account: its id; None: no account's. ``session``: its id.
    """

    who: str
    address: str
    at: datetime
    account: int | None = None
    session: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of what was done.

    Attributes:
        id: in the order of writing.
        actor: who and when. ``what`` was done to ``object``.
        old: what it was before. ``new``: what it is now; either may be empty.
    """

    id: int
    actor: Actor
    what: str
    object: str
    old: str
    new: str
