"""SIPp as a child process: started on ports that are free, watched, always ended."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ops.phone import twin
from ops.phone.errors import PhoneError

SCENARIOS: Final = Path(__file__).parent / "scenarios"
START_S: Final = 10.0
"""Longest SIPp may take to listen."""
STOP_S: Final = 2.0
"""Longest SIPp may take to end when told to; then it is killed."""
TRIES: Final = 5
"""Times other ports are tried when those found free were taken meanwhile."""
_POLL_S: Final = 0.005
_LOG_LINES: Final = 12


@dataclass(frozen=True, slots=True)
class Way:
    """How SIPp is to speak SIP.

    Attributes:
        program: SIPp.
        scenario: file below ``SCENARIOS``.
        target: address and port of the far end.
        transport: ``udp`` or ``tcp``.
        address: ours, for SIP and RTP.
        messages: file for SIPp's own log of every message, with its time; None: none is kept.
    """

    program: Path
    scenario: str
    target: tuple[str, int]
    transport: str = "udp"
    address: str = "127.0.0.1"
    messages: Path | None = None

    def arguments(self, folder: Path, sip: int, twin_port: int, control: int) -> list[str]:
        """Command line, given the ports to listen on."""
        host, port = self.target
        words = (
            f"{self.program} [{host}]:{port}" if ":" in host else f"{self.program} {host}:{port}"
        )
        options = {
            "-sf": SCENARIOS / self.scenario,
            "-t": "t1" if self.transport == "tcp" else "u1",
            "-i": self.address,
            "-p": sip,
            "-3pcc": f"127.0.0.1:{twin_port}",
            "-ci": "127.0.0.1",
            "-cp": control,
            # A message out of place is no reason to end a call: we are told of those that matter.
            "-default_behaviors": "none",
            # A call that is over is forgotten at once, so that a late BYE gets its 481.
            "-deadcall_wait": 0,
            # A machine too busy for SIPp makes calls slow, and that shall be seen, not end SIPp.
            "-watchdog_interval": 0,
            "-timer_resol": 1,
            "-error_file": folder / "errors.log",
            "-log_file": folder / "scenario.log",
        }
        flags = ["-bind_local", "-nostdin", "-skip_rlimit", "-trace_err", "-trace_logs"]
        if self.messages is not None:
            options["-message_file"] = self.messages
            flags.append("-trace_msg")
        return [
            *words.split(" "),
            *(str(word) for pair in options.items() for word in pair),
            *flags,
        ]


def free_ports(address: str, count: int) -> list[int]:
    """Ports that neither UDP nor TCP uses now; somebody else may be quicker."""
    with contextlib.ExitStack() as held:
        ports: list[int] = []
        while len(ports) < count:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            udp = held.enter_context(socket.socket(family, socket.SOCK_DGRAM))
            udp.bind((address, 0))
            port: int = udp.getsockname()[1]
            tcp = held.enter_context(socket.socket(family, socket.SOCK_STREAM))
            with contextlib.suppress(OSError):
                tcp.bind((address, port))
                ports.append(port)
        return ports


class Sipp:
    """A running SIPp.

    Attributes:
        port: its SIP port.
        twin: our end of its twin connection, once there is one.
    """

    def __init__(
        self, process: asyncio.subprocess.Process, folder: Path, port: int, twin_port: int
    ) -> None:
        self.port = port
        self.twin: socket.socket | None = None
        self._twin_port = twin_port
        self._process = process
        self._folder = folder

    async def connect(self) -> bool:
        """Try to connect to its twin socket, and have it answer there."""
        loop = asyncio.get_running_loop()
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setblocking(False)  # noqa: FBT003  (the socket API)
        try:
            await loop.sock_connect(sock, ("127.0.0.1", self._twin_port))
            # Where nobody listens, a connection may meet itself.
            if sock.getsockname() != sock.getpeername():
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                # It listens before it has all its ports, and may end for want of the others.
                await loop.sock_sendall(sock, twin.command("hello", "hello", {}, {}))
                while data := await loop.sock_recv(sock, 4096):
                    if data.endswith(twin.END):
                        self.twin = sock
                        return True
        except OSError:
            # One that ends at once leaves a connection with nobody at its other end.
            pass
        except BaseException:
            sock.close()
            raise
        sock.close()
        return False

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    async def ended(self) -> int:
        """Wait for its end; gives the exit status."""
        return await self._process.wait()

    def log(self) -> str:
        """The end of what it said."""
        texts = []
        for name in ("output.log", "errors.log", "scenario.log"):
            with contextlib.suppress(OSError):
                text = (self._folder / name).read_text(encoding="utf-8", errors="replace")
                texts += [line.rstrip() for line in text.splitlines() if line.strip()][-_LOG_LINES:]
        return "\n".join(texts)

    async def stop(self) -> None:
        """End it, by force if it must be, and remove its folder."""
        try:
            if self._process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    self._process.terminate()
                try:
                    async with asyncio.timeout(STOP_S):
                        await self._process.wait()
                finally:
                    with contextlib.suppress(ProcessLookupError):
                        if self._process.returncode is None:
                            self._process.kill()
        except TimeoutError:
            await self._process.wait()
        finally:
            if self.twin is not None:
                self.twin.close()
            shutil.rmtree(self._folder, ignore_errors=True)


async def start(way: Way) -> Sipp:
    """Start SIPp and connect to its twin socket.

    Raises:
        PhoneError: it does not start; says what SIPp said.
    """
    said = ""
    for _ in range(TRIES):
        sipp = await _launch(way, *free_ports(way.address, 3))
        try:
            if await _connected(sipp):
                return sipp
            said = sipp.log()
        except BaseException:
            await sipp.stop()
            raise
        await sipp.stop()
        if "bind" not in said.lower():
            break
    raise PhoneError(f"SIPp does not start:\n{said}")


async def _launch(way: Way, sip: int, twin_port: int, control: int) -> Sipp:
    folder = Path(tempfile.mkdtemp(prefix="siaga-phone-"))
    try:
        with (folder / "output.log").open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *way.arguments(folder, sip, twin_port, control),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=output,
                cwd=folder,
                env={**os.environ, "LC_ALL": "C", "TERM": "dumb"},
                start_new_session=True,  # Ctrl-C is for us; we end it.
            )
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Sipp(process, folder, sip, twin_port)


async def _connected(sipp: Sipp) -> bool:
    """Connect to it; False when it ends before, or does not listen in time."""
    ended = asyncio.create_task(sipp.ended())
    try:
        async with asyncio.timeout(START_S):
            while not ended.done():
                if await sipp.connect():
                    return True
                await asyncio.sleep(_POLL_S)
    except TimeoutError:
        return False
    finally:
        ended.cancel()
    return False
