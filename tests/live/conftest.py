"""Live tests: real Asterisk, SIPp, IVR and router; one centre a test worker."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from siaga.settings import PROJECT
from tests.live.centre import Centre, running_centre
from tests.live.hook import Hook, serving
from tests.live.phones import Phones, telephones

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

pytest.register_assert_rewrite("tests.live.calls")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test in this folder is a live one."""
    for item in items:
        if "tests/live/" in str(item.path):
            item.add_marker(pytest.mark.live)


@pytest.fixture(scope="session")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    """A running centre, shared by the tests of this worker."""
    with running_centre(tmp_path_factory.mktemp("centre")) as running:
        yield running


@pytest.fixture(scope="session")
def hook() -> Iterator[Hook]:
    """Who receives the brisk centre's notifications."""
    with serving() as receiver:
        yield receiver


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1 with its key, in one PEM file."""
    folder = tmp_path_factory.mktemp("tls")
    key, signed, both = (folder / f"{name}.pem" for name in ("key", "signed", "both"))
    words = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1"
    extra = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(signed)]
    subprocess.run([*words.split(), *extra], check=True, capture_output=True)
    both.write_bytes(key.read_bytes() + signed.read_bytes())
    return both


@pytest.fixture(scope="session")
def brisk(
    tmp_path_factory: pytest.TempPathFactory, hook: Hook, certificate: Path
) -> Iterator[Centre]:
    """A second centre of this worker: rings each agency for 5 s, notifies, speaks TLS.

    The handsets of BPBD ring one after another, and longer for a disaster; 102 may listen in, and
    what is handed over is accepted by a key. Who waits for 8 s where nobody rings is led on. Its
    operators have two officers.
    """
    folder = tmp_path_factory.mktemp("brisk")
    plan = folder / "plan.yaml"
    text = (PROJECT / "plans" / "kutim.yaml").read_text(encoding="utf-8")
    handsets = '    handsets: ["401", "402"]\n'
    assert handsets in text
    text = text.replace(handsets, f"{handsets}    strategy: linear\n    ring_each: 3s\n")
    text = text.replace(
        "centre:\n", 'centre:\n  supervisors: ["102"]\n  confirm: 6s\n  limits: {reach: 8s}\n', 1
    )
    operators = '    handsets: ["101", "102"]\n'
    assert operators in text
    text = text.replace(operators, f'{operators}    officers: {{"7101": Siti, "7102": Budi}}\n')
    text = re.sub(r"ring: \d+s", "ring: 5s", text)
    before, disaster, after = text.partition("  disaster:\n")
    assert disaster
    text = before + disaster + after.replace("ring: 5s", "ring: 20s", 1)
    plan.write_text(text, encoding="utf-8")
    with running_centre(
        folder / "home",
        plan=plan,
        node="brisk",
        webhook=hook.address,
        tls_certificate=certificate,
        absent_after=1,
    ) as running:
        yield running


@pytest_asyncio.fixture
async def phones(centre: Centre) -> AsyncIterator[Phones]:
    """Telephones at the shared centre."""
    await centre.until_ready()
    async with telephones(centre) as made:
        yield made
