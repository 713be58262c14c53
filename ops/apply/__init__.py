"""The plan put in force: versions, staging, loading into the running Asterisk, going back.

The command line uses :func:`apply` and :func:`rollback`; starting uses :mod:`ops.apply.stage`.
"""

from ops.apply.command import apply, rollback

__all__ = ["apply", "rollback"]
