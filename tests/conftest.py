"""For all tests: properties are searched without a time limit, which would judge the machine."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("siaga", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("siaga")
