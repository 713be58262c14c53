"""The doctor on gateways: the wrong, the missing, the right; no password is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.doctor import Status
from ops.doctor.gateways import gateways
from siaga.settings import PROJECT, load

if TYPE_CHECKING:
    from pathlib import Path


def test_each_kind_of_contact_is_looked_at(tmp_path: Path) -> None:
    """The plan has three kinds and another is set; one is right, one wrong, two are missing."""
    found = gateways(
        load(
            {
                "SIAGA_HOME": str(tmp_path),
                "SIAGA_PLAN": str(PROJECT / "plans" / "contoh-lengkap.yaml"),
                "SIAGA_NOTIFY_EMAIL": "mailtos://ann:s3cret@example.org?to={to}",
                "SIAGA_NOTIFY_SMS": "nosuch://ann:s3cret@example.org/{to}",
            }
        )
    )
    by_name = {finding.name: finding for finding in found}
    assert {name: finding.status for name, finding in by_name.items()} == {
        "gateway-email": Status.OK,
        "gateway-sms": Status.FAIL,
        "gateway-telegram": Status.WARN,
        "gateway-whatsapp": Status.WARN,
    }
    assert "s3cret" not in repr(by_name)
    assert "SIAGA_NOTIFY_TELEGRAM" in by_name["gateway-telegram"].todo


def test_a_plan_without_contacts_needs_none(tmp_path: Path) -> None:
    assert list(gateways(load({"SIAGA_HOME": str(tmp_path)}))) == []
