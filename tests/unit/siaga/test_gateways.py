from __future__ import annotations

import pytest

from siaga import gateways
from siaga.errors import SettingsError
from siaga.settings import load


def test_gateways_are_read_and_spelled_out_again() -> None:
    """By kind; what is spelled out for the parts of the centre is read as the same."""
    env = {
        "SIAGA_NOTIFY_SMS": "json://user:s3cret@10.1.1.1/send?-to={to}",
        "SIAGA_NOTIFY_EMAIL": " mailtos://u:p@example.org?to={to} ",
        "SIAGA_PUBLIC_URL": "https://112.example.org/",
    }
    found = load(env).gateways
    assert dict(found.addresses) == {
        "sms": "json://user:s3cret@10.1.1.1/send?-to={to}",
        "email": "mailtos://u:p@example.org?to={to}",
    }
    assert found.public_url == "https://112.example.org"
    assert gateways.load(found.environment()) == found
    assert gateways.load({}) == gateways.load(gateways.load({}).environment())


def test_no_password_is_shown() -> None:
    """Neither when settings are printed nor when one is refused."""
    env = {"SIAGA_NOTIFY_SMS": "json://user:s3cret@10.1.1.1/send?-to={to}"}
    assert "s3cret" not in repr(load(env))
    with pytest.raises(SettingsError, match="SIAGA_NOTIFY_SMS") as refused:
        load({"SIAGA_NOTIFY_SMS": "json://user:s3cret@10.1.1.1/send"})
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(
    "address",
    [
        "112.example.org",
        "ftp://x.org",
        "https://",
        "https://u:p@x.org",
        "https://x.org/?a",
        "https://x.org/#a",
        "https://x.org/a b",
        "https://[x",
        "https://x.org/\x1b[2J",
    ],
)
def test_pages_have_a_web_address(address: str) -> None:
    with pytest.raises(SettingsError, match="SIAGA_PUBLIC_URL") as refused:
        load({"SIAGA_PUBLIC_URL": address})
    assert "\x1b" not in str(refused.value)
