"""Pages for people outside, opened from a message: small, without scripts, each by a secret link.

They have a port of their own, so that whoever stands before them in the network can hand it out and
nothing else of the centre. Mount :func:`public_app`.
"""

from router.public.app import public_app

__all__ = ["public_app"]
