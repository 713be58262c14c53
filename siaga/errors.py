"""Errors: one base each package, a stable code, a sentence a person can act on."""

from __future__ import annotations


class SiagaError(Exception):
    """Base of everything this project raises on purpose.

    Attributes:
        code: stable, for machines and tests.
        exit_status: what the command line exits with (1 no, 2 usage, 3 something is missing).
    """

    code = "error"
    exit_status = 1


class MissingError(SiagaError):
    """Something the project needs is not on this machine; the sentence says what to install."""

    code = "missing"
    exit_status = 3


class SettingsError(SiagaError):
    """A ``SIAGA_*`` setting has a value that cannot be used."""

    code = "settings"
    exit_status = 2
