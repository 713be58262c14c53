"""The router's own HTTP interface, for this machine alone.

Its health for everybody; what it knows and does for the command line and the
console, which have the instance's token.
"""

from router.api.app import Services, build_app

__all__ = ["Services", "build_app"]
