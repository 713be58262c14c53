"""For all tests: properties are searched without a time limit, which would judge the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    import pytest

LONGEST = "tests/soak/test_soak.py"

settings.register_profile("siaga", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("siaga")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the test that lasts for minutes, so that no processor waits for it in the end."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))
