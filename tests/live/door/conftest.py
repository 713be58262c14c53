"""A centre of its own for the door: with a way out to a carrier, and blocks that end soon."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from siaga.settings import PROJECT
from tests.live.centre import Centre, running_centre
from tests.live.door.carrier import Carrier, connected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.live.hook import Hook

NUMBER = "0549123456"
"""The one number outside that the plan has dialled."""
BLOCK_S = 3.0
BIND = "127.0.0.40"
"""Where SIP is, and nothing else may be."""
TOKEN = "wh-6b1f0c9e7a"
"""Secret part of the webhook's address."""


@pytest.fixture(scope="session")
def carrier() -> Iterator[Carrier]:
    """The far side of the guarded centre's trunk."""
    with connected() as made:
        yield made


@pytest.fixture(scope="session")
def guarded(
    tmp_path_factory: pytest.TempPathFactory, carrier: Carrier, hook: Hook
) -> Iterator[Centre]:
    """The guarded centre."""
    folder = tmp_path_factory.mktemp("guarded")
    plan = folder / "plan.yaml"
    text = (PROJECT / "plans" / "kutim.yaml").read_text(encoding="utf-8")
    out = f"trunks:\n  carrier: {{host: 127.0.0.1, port: {carrier.port}, may_send: ['0549']}}\n"
    known = 'handsets: ["101", "102"]'
    assert known in text
    text = text.replace(known, f'{known}\n    pstn: "{NUMBER}"')
    plan.write_text(out + text, encoding="utf-8")
    with running_centre(
        folder / "home",
        plan=plan,
        node="guarded",
        bind=BIND,
        block_s=BLOCK_S,
        webhook=f"{hook.address}?{TOKEN}",
    ) as running:
        yield running
