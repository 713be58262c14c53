"""The bench: figures measured side by side in one run, on a real centre with real telephones.

Outsiders use :func:`bench`.
"""

from ops.bench.run import bench

__all__ = ["bench"]
