from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from siaga import settings
from siaga.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SIAGA_HOME", "/srv/with space"),
        ("SIAGA_HOME", "/srv/a;b"),
        ("SIAGA_SIP_PORT", "abc"),
        ("SIAGA_SIP_PORT", "70000"),
        ("SIAGA_SIP_PORT", "٥٠٦٠"),
        ("SIAGA_TRUNKS", "10.0.0.0/99"),
        ("SIAGA_HOOK_NETWORKS", "inside"),
        ("SIAGA_BIND", "localhost"),
        ("SIAGA_RTP_END", "10001"),
        ("SIAGA_EDGE", "edge.example"),
        ("SIAGA_EDGE", "10.1.2.3:0"),
        ("SIAGA_EDGE", "10.1.2.3:65536"),
        ("SIAGA_EDGE", "10.1.2.3:5060; listen=udp:1.2.3.4:5060"),
        ("SIAGA_EDGE", "10.1.2.300"),
        ("SIAGA_EDGE", "0.0.0.0:5080"),
        ("SIAGA_EDGE", "::1"),  # its port is not told from the address
        ("SIAGA_EDGE", "[::1]:5080"),  # Asterisk is on IPv4
        ("SIAGA_EDGE", "127.0.0.1"),  # Asterisk's own port
        ("SIAGA_TLS_REQUIRED", "yes"),
        ("SIAGA_TLS_REQUIRED", "1"),  # without a certificate
        ("SIAGA_BLOCK_S", "-1"),
        ("SIAGA_BLOCK_S", "nan"),
        ("SIAGA_BLOCK_S", "long"),
    ],
)
def test_setting_that_cannot_be_used_is_refused_by_name(name: str, value: str) -> None:
    """A wrong setting is an error of usage that names the setting."""
    with pytest.raises(SettingsError, match="SIAGA_") as caught:
        settings.load({name: value})
    assert caught.value.exit_status == 2


def test_defaults_need_no_environment() -> None:
    """Without any setting an instance runs on loopback and SQLite, in the project's own folder."""
    found = settings.load({})
    assert found.bind == "127.0.0.1"
    assert found.database.startswith("sqlite+aiosqlite:///")
    assert found.home.is_relative_to(settings.PROJECT)


def test_networks_of_trunks_are_kept_as_networks() -> None:
    """Addresses and networks both stand in the list, as Asterisk's ACL takes them."""
    found = settings.load({"SIAGA_TRUNKS": "10.1.2.3, 10.2.0.0/16"})
    assert found.trunks == ("10.1.2.3/32", "10.2.0.0/16")


@pytest.mark.parametrize(
    ("written", "bind", "host", "port", "node"),
    [
        ("203.0.113.5:5080", "0.0.0.0", "203.0.113.5", 5080, "203.0.113.5"),
        ("203.0.113.5", "203.0.113.6", "203.0.113.5", 5060, "203.0.113.6"),
        ("[2001:db8::0005]:5080", "::", "2001:db8::5", 5080, "2001:db8::5"),
    ],
)
def test_the_edge_stands_where_carriers_send_calls_to(
    written: str, bind: str, host: str, port: int, node: str
) -> None:
    """Its address and port; it reaches Asterisk where that listens, and is handed on as it is."""
    edge = settings.load({"SIAGA_EDGE": written, "SIAGA_BIND": bind}).edge
    assert edge is not None
    assert (edge.host, edge.port, edge.node(bind)) == (host, port, node)
    again = settings.load({"SIAGA_EDGE": str(edge), "SIAGA_BIND": bind}).edge
    assert again == edge


def test_an_edge_is_handed_on_as_it_is() -> None:
    """All that is set of it reaches the parts of the instance."""
    env = {
        "SIAGA_EDGE": "203.0.113.5:5080",
        "SIAGA_EDGE_APART": "1",
        "SIAGA_EDGE_HANDSETS": "1",
        "SIAGA_SECRET_FILE": "/run/secrets/centre",
        "SIAGA_EDGE_OTHERS": "203.0.113.6, 203.0.113.7",
        "SIAGA_EDGE_RATE": "0",
        "SIAGA_EDGE_TLS_PORT": "5443",
    }
    found = settings.load(env)
    assert found.edge is not None
    assert found.edge.hosts == ("203.0.113.5", "203.0.113.6", "203.0.113.7")
    assert (found.edge.rate, found.edge.tls_port) == (0, 5443)
    assert found.handset_server == "203.0.113.5:5080"
    again = {**found.edge.environment(), "SIAGA_SECRET_FILE": "/run/secrets/centre"}
    assert settings.load(again).edge == found.edge
    with pytest.raises(SettingsError, match="SIAGA_SECRET_FILE"):
        settings.load(found.edge.environment())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SIAGA_EDGE_HANDSETS", "1"),  # without one apart
        ("SIAGA_EDGE_HANDSETS", "yes"),
        ("SIAGA_EDGE_OTHERS", "203.0.113.6"),  # the same
        ("SIAGA_EDGE_OTHERS", "edge2.example"),
        ("SIAGA_EDGE_RATE", "-1"),
        ("SIAGA_EDGE_RATE", "1000000"),
        ("SIAGA_EDGE_TLS_PORT", "0"),
        ("SIAGA_EDGE_TLS_PORT", "sip"),
    ],
)
def test_what_cannot_be_said_of_an_edge(name: str, value: str) -> None:
    """Refused by the setting's name."""
    with pytest.raises(SettingsError, match=name):
        settings.load({"SIAGA_EDGE": "203.0.113.5", name: value})


def test_an_edge_does_not_go_with_tls_alone(tmp_path: Path) -> None:
    """It would take calls in the clear where the settings want none."""
    env = {"SIAGA_TLS_REQUIRED": "1", "SIAGA_TLS_CERTIFICATE": str(tmp_path / "cert.pem")}
    with pytest.raises(SettingsError, match="SIAGA_EDGE"):
        settings.load({**env, "SIAGA_EDGE": "127.0.0.1:5080"})
