from __future__ import annotations

import pytest

from siaga import settings
from siaga.errors import SettingsError


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SIAGA_HOME", "/srv/with space"),
        ("SIAGA_HOME", "/srv/a;b"),
        ("SIAGA_SIP_PORT", "abc"),
        ("SIAGA_SIP_PORT", "70000"),
        ("SIAGA_SIP_PORT", "٥٠٦٠"),
        ("SIAGA_TRUNKS", "10.0.0.0/99"),
        ("SIAGA_BIND", "localhost"),
        ("SIAGA_RTP_END", "10001"),
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
