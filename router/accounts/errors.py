"""Errors of the accounts."""

from __future__ import annotations

from siaga.errors import SiagaError


class AccountError(SiagaError):
    """Base of what is refused about accounts; the sentence says what to do."""

    code = "account"


class NameTakenError(AccountError):
    """Another account has this name."""

    code = "name_taken"


class WrongNameError(AccountError):
    """It cannot be an account's name."""

    code = "wrong_name"


class UnknownAccountError(AccountError):
    """There is no such account."""

    code = "unknown_account"


class LastAdminError(AccountError):
    """Nobody would be left who may change accounts."""

    code = "last_admin"


class WeakPasswordError(AccountError):
    """The password is too easy to guess; ``rule`` names why."""

    code = "weak_password"

    def __init__(self, rule: str, sentence: str) -> None:
        super().__init__(sentence)
        self.rule = rule


class WrongTokenError(AccountError):
    """What a machine is to log in by cannot be made so."""

    code = "wrong_token"
