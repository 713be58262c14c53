"""The supervisor of all parts goes on while nothing can be written any more."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ops.supervised import Unfailing

if TYPE_CHECKING:
    from collections.abc import Iterator

FULL = "/dev/full"
SECONDS = 30.0
CONFIGURATION = """
[supervisord]
nodaemon = true
silent = true
logfile = {full}
logfile_maxbytes = 0
pidfile = {folder}/pid
[unix_http_server]
file = {folder}/sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[program:talks]
command = {python} -u {folder}/talks.py
startsecs = 0
autorestart = true
redirect_stderr = true
stdout_logfile = {full}
stdout_logfile_maxbytes = 0
"""
TALKS = """
import os, pathlib
for _ in range(100):
    print("x" * 100)
told = pathlib.Path({told!r})
told.write_text(told.read_text() + "x" if told.exists() else "x")
"""


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """It runs something that talks, ends and is started again; its disk is full."""
    told = str(tmp_path / "told")
    (tmp_path / "talks.py").write_text(TALKS.format(told=told))
    words = {"folder": tmp_path, "full": FULL, "python": sys.executable}
    (tmp_path / "conf").write_text(CONFIGURATION.format(**words))
    command = [sys.executable, "-m", "ops.supervised", "-n", "-c", str(tmp_path / "conf")]
    with Path(FULL).open("wb") as full:
        process = subprocess.Popen(command, stdout=full, stderr=full)
    yield process
    process.kill()
    process.wait()


async def test_a_full_disk_does_not_end_it(
    supervisor: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    """Its own log, its parts' and its standard error are lost; parts are started again."""
    told = tmp_path / "told"
    async with asyncio.timeout(SECONDS):
        while not told.exists() or len(told.read_text()) < 3:
            assert supervisor.poll() is None
            await asyncio.sleep(0.05)
    supervisor.terminate()
    await asyncio.to_thread(supervisor.wait, SECONDS)


def test_what_there_is_room_for_is_written(tmp_path: Path) -> None:
    """Whatever characters it has."""
    with (tmp_path / "log").open("wb") as log:
        print("gagal \udcff", file=Unfailing(log.fileno()))
    assert (tmp_path / "log").read_bytes() == b"gagal \\udcff\n"
    with Path(FULL).open("wb") as full:
        print("gagal", file=Unfailing(full.fileno()))
