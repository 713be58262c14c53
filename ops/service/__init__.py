"""``siaga112 service``: what systemd needs to run this installation as a service of the machine.

:mod:`ops.service.files` says which files with what in them, :mod:`ops.service.install` writes them,
:mod:`ops.service.told` tells systemd that calls are taken.
"""
