"""The shared kernel: names, settings, errors, the routing plan. Pure; imports nothing of ours."""

__version__ = "0.2.0"
"""The one place it is written in; wheel, ``--version``, ``/health`` and console read it here."""
