"""Settings: the ``SIAGA_*`` environment, checked once, handed down as one frozen object."""

from __future__ import annotations

import ipaddress
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from siaga import console, edge, gateways, limits, shared
from siaga.console import ConsoleRules
from siaga.errors import SettingsError
from siaga.gateways import Gateways
from siaga.storage import StorageRules, storage_rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from siaga.edge import Edge
    from siaga.limits import Limits

PROJECT = shared.PROJECT
KUTIM = Path(__file__).resolve().parent / "data" / "kutim.csv"
"""Districts and villages of Kutai Timur."""

_NODE = re.compile(r"[A-Za-z0-9-]{1,32}")


@dataclass(frozen=True, slots=True)
class Ports:
    """UDP and TCP ports of one instance.

    ``http`` is the console's, ``router`` what it asks; at ``ws`` it hands browsers' SIP on.
    """

    sip: int = 5060
    sip_tls: int = 5061
    ami: int = 5038
    agi: int = 4573
    http: int = 8112
    public: int = 8113
    router: int = 8114
    ws: int = 8115
    rtp_start: int = 10000
    rtp_end: int = 10999

    @property
    def rtp_ports(self) -> int:
        """How many there are for audio."""
        return self.rtp_end - self.rtp_start + 1


@dataclass(frozen=True, slots=True)
class CallbackRule:
    """The rule of repeated tries to call somebody back.

    Attributes:
        tries: unanswered ones after which a task is closed.
        gap_s: seconds from the end of a try to when the next is due.
    """

    tries: int = 3
    gap_s: int = 300


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything one instance is started with.

    Attributes:
        home: state of this instance (``SIAGA_HOME``): database, recordings, configuration, logs.
        runtime: tools unpacked by set-up (``SIAGA_RUNTIME``), shared by all instances.
        plan: routing plan to start with (``SIAGA_PLAN``).
        node: name of this Asterisk node (``SIAGA_NODE``); becomes the prefix of unique ids.
        bind: address that SIP and RTP listen on (``SIAGA_BIND``).
        trunks: addresses or networks calls to 112 may come from (``SIAGA_TRUNKS``).
        edge: the proxy that calls to 112 come by, if any (``SIAGA_EDGE``).
        secret_file: what the nodes of one centre share (``SIAGA_SECRET_FILE``), see
            :mod:`siaga.secrets`; None: this one stands alone.
        tls_certificate: PEM file with certificate and key for SIP over TLS, if any.
        tls_required: no SIP but over TLS, no audio but SRTP (``SIAGA_TLS_REQUIRED=1``).
        block_s: seconds that an address of failed logins is blocked (``SIAGA_BLOCK_S``); 0: never.
        webhook: address that agencies' notifications are posted to, if any (``SIAGA_WEBHOOK``).
        hook_networks: of the centre's own, that webhooks may go to beside public addresses
            (``SIAGA_HOOK_NETWORKS``).
        gateways: who sends messages to contacts (``SIAGA_NOTIFY_…``, ``SIAGA_PUBLIC_URL``).
        limits: how many calls at once (``SIAGA_MAX_CALLS``, ``SIAGA_HARD_CALLS``,
            ``SIAGA_MAX_LOAD``).
        canary_every: seconds between two test calls (``SIAGA_CANARY_EVERY``); 0: none are made.
        absent_after: seconds without any handset after which an agency is missed
            (``SIAGA_ABSENT_AFTER``).
        test_clock: tests may give a call its own time (``SIAGA_TEST_CLOCK=1``).
        geolocation: where callers are is read of what carriers send (``SIAGA_GEOLOCATION=1``).
        places: file of the regency's districts and villages (``SIAGA_PLACES``).
        callbacks: the rule of calling back (``SIAGA_CALLBACK_TRIES``, ``SIAGA_CALLBACK_GAP``).
        console: how it is reached (``SIAGA_HTTP_…``), and how long a log-in lasts
            (``SIAGA_SESSION_…``).
        storage: room that must stay free, and how long what is stored is kept.
        test_speed: ringing lasts so much shorter (``SIAGA_TEST_SPEED``); for tests only.
    """

    home: Path
    runtime: Path
    plan: Path
    node: str = "node1"
    bind: str = "127.0.0.1"
    trunks: tuple[str, ...] = ("127.0.0.1",)
    edge: Edge | None = None
    ports: Ports = field(default_factory=Ports)
    database_url: str = ""
    secret_file: Path | None = None
    tls_certificate: Path | None = None
    tls_required: bool = False
    block_s: float = 600.0
    webhook: str | None = None
    hook_networks: tuple[str, ...] = ()
    gateways: Gateways = field(default_factory=Gateways)
    limits: Limits | None = None
    canary_every: int = 300
    absent_after: int = 180
    test_clock: bool = False
    test_speed: float = 1.0
    geolocation: bool = False
    places: Path = KUTIM
    callbacks: CallbackRule = field(default_factory=CallbackRule)
    console: ConsoleRules = field(default_factory=ConsoleRules)
    storage: StorageRules = field(default_factory=StorageRules)

    @property
    def admission(self) -> Limits:
        """How many calls at once: as set, else by the machine; never more than have ports."""
        count = self.ports.rtp_ports
        return self.limits.within(count) if self.limits else limits.derived(count)

    @property
    def own_edge(self) -> Edge | None:
        """The edge that this instance runs itself; None: there is none, or it is run apart."""
        return None if self.edge is None or self.edge.apart else self.edge

    @property
    def handsets_at_edge(self) -> bool:
        """Handsets log in at the edge, and it speaks for them."""
        return self.edge is not None and self.edge.handsets

    @property
    def handset_server(self) -> str:
        """Where handsets log in."""
        if self.edge is not None and self.edge.handsets:
            return str(self.edge)
        port = self.ports.sip_tls if self.tls_required else self.ports.sip
        return f"{self.bind}:{port}"

    @property
    def database(self) -> str:
        """SQLAlchemy address of the database; SQLite in ``home`` when none was given."""
        return self.database_url or f"sqlite+aiosqlite:///{self.home / 'siaga.db'}"

    @property
    def recordings(self) -> Path:
        """Folder of the recordings, by date below it."""
        return self.home / "recordings"

    @property
    def cel_file(self) -> Path:
        """The CEL file Asterisk writes, the durable record of what happened."""
        return self.home / "cel" / "cel.csv"

    @property
    def logs(self) -> Path:
        """Folder of every log of this instance."""
        return self.home / "log"

    @property
    def etc(self) -> Path:
        """Folder of the rendered Asterisk configuration."""
        return self.home / "etc"

    @property
    def compiled_plan(self) -> Path:
        """The plan in force, compiled to JSON for the menu's tiers."""
        return self.home / "plan" / "compiled.json"

    @property
    def plan_in_force(self) -> Path:
        """The plan this instance runs on: ``plan`` as it was when it was last valid."""
        return self.home / "plan" / "routing.yaml"

    @property
    def secrets(self) -> Path:
        """Random passwords made at first start, readable by the owner only."""
        return self.home / "secrets.json"

    @property
    def sounds(self) -> Path:
        """Folder of this instance's prompts, a folder a language below it."""
        return self.home / "sounds"

    @property
    def takes(self) -> Path:
        """Folder of the recordings that people made of prompts, see :mod:`siaga.takes`."""
        return self.home / "takes"


def _port(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name, "").strip()
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise SettingsError(f"{name}={text!r} is not a port: give a number from 1 to 65535.")
    return int(text)


def _seconds(env: Mapping[str, str], name: str, default: int, least: int) -> int:
    text = env.get(name, "").strip()
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= 86_400:
        raise SettingsError(f"{name}={text[:20]!r}: give whole seconds, {least} to 86400.")
    return int(text)


def _switch(env: Mapping[str, str], name: str) -> bool:
    text = env.get(name, "").strip()
    if text not in ("", "0", "1"):
        raise SettingsError(f"{name}={text[:20]!r}: give 1 for yes, 0 for no.")
    return text == "1"


def _canary(env: Mapping[str, str]) -> int:
    name = "SIAGA_CANARY_EVERY"
    return 0 if env.get(name, "").strip() == "0" else _seconds(env, name, 300, 30)


def _callbacks(env: Mapping[str, str]) -> CallbackRule:
    name, default = "SIAGA_CALLBACK_TRIES", CallbackRule()
    text = env.get(name, "").strip() or str(default.tries)
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 20:
        raise SettingsError(f"{name}={text[:20]!r}: give a whole number from 1 to 20.")
    return CallbackRule(int(text), _seconds(env, "SIAGA_CALLBACK_GAP", default.gap_s, 0))


def _networks(name: str, text: str) -> tuple[str, ...]:
    found = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        try:
            found.append(str(ipaddress.ip_network(part, strict=False)))
        except ValueError as error:
            raise SettingsError(
                f"{name}: {part!r} is not an address or network: give for example 10.1.2.3 "
                f"or 10.1.2.0/24, separated by commas."
            ) from error
    return tuple(found)


def _ports(env: Mapping[str, str]) -> Ports:
    default = Ports()
    sip = _port(env, "SIAGA_SIP_PORT", default.sip)
    start = _port(env, "SIAGA_RTP_START", default.rtp_start)
    end = _port(env, "SIAGA_RTP_END", max(default.rtp_end, start + 199))
    if end - start < 19:
        raise SettingsError(
            f"SIAGA_RTP_START={start} and SIAGA_RTP_END={end} leave no room for calls: "
            f"each call takes about 4 ports, give at least 20."
        )
    return Ports(
        sip=sip,
        sip_tls=_port(env, "SIAGA_SIP_TLS_PORT", min(sip + 1, 65535)),
        ami=_port(env, "SIAGA_AMI_PORT", default.ami),
        agi=_port(env, "SIAGA_AGI_PORT", default.agi),
        http=_port(env, "SIAGA_HTTP_PORT", default.http),
        public=_port(env, "SIAGA_PUBLIC_PORT", default.public),
        router=_port(env, "SIAGA_ROUTER_PORT", default.router),
        ws=_port(env, "SIAGA_WS_PORT", default.ws),
        rtp_start=start,
        rtp_end=end,
    )


def _speed(text: str) -> float:
    try:
        speed = float(text or 1)
    except ValueError:
        speed = 0.0
    if not 1 <= speed <= 1000:
        raise SettingsError(f"SIAGA_TEST_SPEED={text!r}: give a number from 1 to 1000.")
    return speed


def _block(text: str) -> float:
    try:
        seconds = float(text or 600)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 86400:
        raise SettingsError(
            f"SIAGA_BLOCK_S={text!r}: give seconds from 1 to 86400, or 0 to block nobody."
        )
    return seconds


def _file(env: Mapping[str, str], name: str) -> Path | None:
    text = env.get(name, "").strip()
    return Path(text).absolute() if text else None


def _database(env: Mapping[str, str]) -> str:
    """The database's address, with the password that a file holds (``…_PASSWORD_FILE``) in it."""
    address, name = env.get("SIAGA_DATABASE_URL", ""), "SIAGA_DATABASE_PASSWORD_FILE"
    file = _file(env, name)
    if file is None:
        return address
    try:
        password = file.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise SettingsError(f"{name}={str(file)!r} cannot be read: {error}.") from error
    scheme, between, rest = address.partition("://")
    user, at, place = rest.rpartition("@")
    if not password or not between or not at or ":" in user:
        raise SettingsError(
            f"{name} is set, so SIAGA_DATABASE_URL must name the user and no password, for example "
            f"postgresql://siaga@host/siaga, and the file must not be empty."
        )
    return f"{scheme}://{user}:{quote(password, safe='')}@{place}"


def load(env: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment.

    Raises:
        SettingsError: a value cannot be used; says which and what to give instead.
    """
    env = os.environ if env is None else env
    node = env.get("SIAGA_NODE", "node1")
    if not _NODE.fullmatch(node):
        raise SettingsError(
            f"SIAGA_NODE={node!r}: use 1 to 32 letters, digits and '-', for example node1."
        )
    bind = env.get("SIAGA_BIND", "127.0.0.1")
    try:
        ipaddress.ip_address(bind)
    except ValueError as error:
        raise SettingsError(f"SIAGA_BIND={bind!r} is not an IP address.") from error
    home = Path(env.get("SIAGA_HOME") or shared.state("var", env)).absolute()
    if not re.fullmatch(r"[A-Za-z0-9_./@+-]+", str(home)):
        raise SettingsError(
            f"SIAGA_HOME={str(home)!r}: Asterisk cannot use this path; "
            f"use letters, digits and _ . / @ + - only."
        )
    ports = _ports(env)
    certificate = env.get("SIAGA_TLS_CERTIFICATE")
    required = _switch(env, "SIAGA_TLS_REQUIRED")
    if required and not certificate:
        raise SettingsError(
            "SIAGA_TLS_REQUIRED=1 needs a certificate: set SIAGA_TLS_CERTIFICATE to a PEM file."
        )
    return Settings(
        home=home,
        runtime=Path(env.get("SIAGA_RUNTIME") or shared.state(".runtime", env)).absolute(),
        plan=Path(env.get("SIAGA_PLAN") or shared.shared("plans", "kutim.yaml")).absolute(),
        node=node,
        bind=bind,
        trunks=_networks("SIAGA_TRUNKS", env.get("SIAGA_TRUNKS", "127.0.0.1")),
        edge=edge.load(env, bind, ports.sip, tls_required=required),
        ports=ports,
        database_url=_database(env),
        secret_file=_file(env, "SIAGA_SECRET_FILE"),
        tls_certificate=Path(certificate).absolute() if certificate else None,
        tls_required=required,
        block_s=_block(env.get("SIAGA_BLOCK_S", "")),
        webhook=env.get("SIAGA_WEBHOOK") or None,
        hook_networks=_networks("SIAGA_HOOK_NETWORKS", env.get("SIAGA_HOOK_NETWORKS", "")),
        gateways=gateways.load(env),
        limits=limits.load(env, ports.rtp_ports),
        canary_every=_canary(env),
        absent_after=_seconds(env, "SIAGA_ABSENT_AFTER", 180, 1),
        test_clock=env.get("SIAGA_TEST_CLOCK") == "1",
        test_speed=_speed(env.get("SIAGA_TEST_SPEED", "")),
        geolocation=_switch(env, "SIAGA_GEOLOCATION"),
        places=Path(env.get("SIAGA_PLACES") or KUTIM).absolute(),
        callbacks=_callbacks(env),
        console=console.load(env),
        storage=storage_rules(env),
    )
