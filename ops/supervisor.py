"""Asterisk, IVR, router and console under supervisord: started, restarted, stopped together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from ops.children import die_with_parent, starter
from ops.parts import CONSOLE, EDGE, SPARE
from ops.prepare import child_environment
from ops.render.edge import FILE as EDGE_FILE
from siaga.files import write_atomic

if TYPE_CHECKING:
    from ops.runtime import Runtime
    from siaga.settings import Settings

STOP_S = 40
"""Longest a part may take to stop: the IVR lets the calls in its menu finish."""


def _percent(text: str) -> str:
    """Supervisord expands ``%`` in its file."""
    return text.replace("%", "%%")


def _program(name: str, command: str, priority: int, stop_s: int, *, autostart: bool = True) -> str:
    return f"""
[program:{name}]
command = {_percent(command)}
priority = {priority}
autostart = {str(autostart).lower()}
autorestart = {str(autostart).lower()}
startsecs = 1
startretries = 1000000
stopsignal = TERM
stopwaitsecs = {stop_s}
stopasgroup = false
killasgroup = true
redirect_stderr = true
stdout_logfile = %(ENV_SIAGA_HOME)s/log/{name}.out.log
stdout_logfile_maxbytes = 20MB
stdout_logfile_backups = 5
"""


def configuration(settings: Settings, runtime: Runtime) -> str:
    """The supervisor's configuration file as text."""
    python = sys.executable
    head = f"""; Rendered at each start.
[supervisord]
nodaemon = true
silent = true
user = {_user()}
logfile = {_percent(str(settings.logs))}/supervisord.log
logfile_maxbytes = 5MB
logfile_backups = 3
pidfile = {_percent(str(settings.home))}/run/supervisord.pid
childlogdir = {_percent(str(settings.logs))}
minfds = 1024

[unix_http_server]
file = {_percent(str(settings.home))}/run/supervisor.sock
chmod = 0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl = unix://{_percent(str(settings.home))}/run/supervisor.sock
"""
    canary = _program("canary", f"{python} -m ops.canary", 40, 10) if settings.canary_every else ""
    asterisk = f"{starter()}{runtime.asterisk} -f -C {settings.etc}/asterisk.conf"
    edge = _program(EDGE, _edge(settings, runtime), 15, 5) if settings.own_edge else ""
    return (
        head
        + _program("asterisk", asterisk, 10, 15)
        + edge
        + _program("ivr", f"{python} -m ivr", 20, STOP_S)
        + _program(SPARE, f"{python} -m ivr", 20, STOP_S, autostart=False)
        + _program("router", f"{python} -m router", 30, 15)
        + _program(CONSOLE, f"{python} -m router.console", 35, 10)
        + canary
    )


def _edge(settings: Settings, runtime: Runtime) -> str:
    run = settings.home / "run"
    files = f"-f {settings.etc}/{EDGE_FILE} -Y {run} -P {run}/kamailio.pid"
    return f"{sys.executable} -m ops.edge {runtime.kamailio} -DD -E {files}"


def _user() -> str:
    return str(os.getuid())


def start(settings: Settings, runtime: Runtime) -> subprocess.Popen[bytes]:
    """Start the supervisor in the foreground of its own session."""
    path = settings.etc / "supervisord.conf"
    write_atomic(path, configuration(settings, runtime), mode=0o600)
    command = [sys.executable, "-P", "-m", "ops.supervised", "-n", "-c", str(path)]
    with (settings.logs / "supervisord.out.log").open("ab") as output:
        return subprocess.Popen(  # noqa: S603  (fixed words and our own paths)
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=child_environment(settings),
            cwd=settings.home,
            start_new_session=True,
            preexec_fn=die_with_parent,  # noqa: PLW1509  (no threads yet, one C call)
        )


def stop(process: subprocess.Popen[bytes]) -> int:
    """Stop everything and wait for it; returns the supervisor's exit status."""
    if process.poll() is None:
        process.terminate()
    try:
        return process.wait(timeout=STOP_S + 30)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return process.wait()
