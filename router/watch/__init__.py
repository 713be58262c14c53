"""The centre watching itself: health by part, alarms, figures for Prometheus.

:class:`Watcher` takes a :class:`Snapshot` every few seconds; everything that is said of one is a
pure function of it.
"""

from router.watch.snapshot import Snapshot
from router.watch.watcher import Watcher

__all__ = ["Snapshot", "Watcher"]
