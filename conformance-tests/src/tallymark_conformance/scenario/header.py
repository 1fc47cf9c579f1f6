"""What every scenario says about itself, whichever form it is written in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from tallymark_conformance.errors import ScenarioError

Level = Literal["MUST", "SHOULD", "MAY"]
Tier = Literal["bronze", "silver", "gold", "device"]
Role = Literal["sdk", "server"]
Place = Literal["shared", "own"]

LEVELS: Final = ("MUST", "SHOULD", "MAY")
TIERS: Final = ("bronze", "silver", "gold", "device")
ROLES: Final = ("sdk", "server")
PLACES: Final = ("shared", "own")
LIMIT_S: Final = 60.0

Body = Callable[[Any], None]
"""What a scenario does on its stage: SdkStage or ServerStage, by its role."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario.

    *req* are the requirements it can find violated. *level* is how much the protocol asks for it,
    *tier* the level of an SDK that it belongs to (the levels above include it; device stands for
    itself). *needs* are capabilities without which it is shown as absent and caps the level; those
    of *when* (`threads`, `fork`, `page`, …) belong to a platform, so it is absent without capping.
    *platforms* are those it makes sense on. *collector* and *process* "own" ask for a collector or
    an adapter process that no other scenario shares. *faults* is the proxy's script at the start.
    *clean_stdout* False allows noise on the adapter's stdout. *source* is its file.
    """

    id: str
    title: str
    req: tuple[str, ...]
    level: Level
    tier: Tier
    body: Body
    role: Role = "sdk"
    since: str = "1.0.0"
    profile: str = "core"
    needs: frozenset[str] = frozenset()
    when: frozenset[str] = frozenset()
    platforms: frozenset[str] = frozenset({"server", "browser"})
    collector: Place = "shared"
    process: Place = "shared"
    faults: Mapping[str, Any] = field(default_factory=dict)
    smoke: bool = False
    limit_s: float = LIMIT_S
    source: str = ""
    steps: str = ""

    def __post_init__(self) -> None:
        """Refuse a header that cannot mean anything."""
        _choice(self.id, "level", self.level, LEVELS)
        _choice(self.id, "tier", self.tier, TIERS)
        _choice(self.id, "role", self.role, ROLES)
        _choice(self.id, "collector", self.collector, PLACES)
        _choice(self.id, "process", self.process, PLACES)
        if not self.req:
            raise ScenarioError(f"{self.id}: names no requirement; req is a list of their ids")

    @property
    def group(self) -> str:
        """Return the part of its id before the first dot."""
        return self.id.partition(".")[0]


def _choice(scenario: str, name: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ScenarioError(f"{scenario}: {name} is one of {', '.join(allowed)}, not {value!r}")
