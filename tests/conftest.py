"""For all tests: properties are searched without a time limit, which would judge the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings

from tests.order import turn

if TYPE_CHECKING:
    import pytest

settings.register_profile("siaga", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("siaga")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what lasts long, so that no processor waits for it in the end."""
    items.sort(key=turn)
