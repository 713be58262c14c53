"""The router's HTTP side: health for everybody on this machine, an interface for the command line.

Pages for people come later and stand on the same services.
"""

from router.console.app import Services, build_app

__all__ = ["Services", "build_app"]
