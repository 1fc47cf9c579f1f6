"""All scenarios that are shipped, and which of them a run is about."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING

from tallymark_conformance.errors import ConfigurationError, ScenarioError
from tallymark_conformance.scenario.python import python_scenarios
from tallymark_conformance.scenario.yaml import shipped

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tallymark_conformance.scenario.header import Role, Scenario


@cache
def catalogue() -> tuple[Scenario, ...]:
    """Return every shipped scenario, sorted by id; two with one id are a ScenarioError."""
    found: dict[str, Scenario] = {}
    for scenario in (*shipped(), *python_scenarios()):
        if scenario.id in found:
            places = f"{found[scenario.id].source} and {scenario.source}"
            raise ScenarioError(f"two scenarios have the id {scenario.id}: in {places}")
        found[scenario.id] = scenario
    return tuple(found[name] for name in sorted(found))


def select(
    scenarios: Iterable[Scenario],
    role: Role,
    *,
    only: Sequence[str] = (),
    tiers: Sequence[str] = (),
    smoke: bool = False,
) -> list[Scenario]:
    """Return the scenarios of *role* that match a pattern of *only* (`net.*`) and a tier.

    Raises ConfigurationError for a pattern that names none.
    """
    found = [scenario for scenario in scenarios if scenario.role == role]
    for pattern in only:
        if not any(fnmatchcase(scenario.id, pattern) for scenario in found):
            raise ConfigurationError(f"no {role} scenario is called {pattern!r}; see `list`")
    return [
        scenario
        for scenario in found
        if (not only or any(fnmatchcase(scenario.id, pattern) for pattern in only))
        and (not tiers or scenario.tier in tiers)
        and (not smoke or scenario.smoke)
    ]
