"""Settings every test folder shares."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# Derandomised: the same commit gives the same verdict; the soak targets search with fresh seeds.
settings.register_profile(
    "test",
    deadline=None,
    derandomize=True,
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("soak", deadline=None, max_examples=2_000)
settings.load_profile("test")
