"""Asterisk's configuration: the templates of ``asterisk-conf/`` filled from plan, settings, names.

:func:`render_version` makes what each version of the plan has for itself, :func:`render` all the
rest, which leads into the version in force. :func:`render_edge` makes what Kamailio reads. All are
pure: the same input gives the same text.
"""

from ops.render.base import render
from ops.render.edge import render_edge
from ops.render.files import write, write_version
from ops.render.version import render_version

__all__ = ["render", "render_edge", "render_version", "write", "write_version"]
