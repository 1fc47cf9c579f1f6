"""Hold what every event of a call's surroundings shares: ids, groups and super properties."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Scope:
    """Hold the surroundings of a call; never changed, so threads and tasks can share it."""

    user: str | None = None
    device: str | None = None
    groups: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    properties: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)

    def within(self, inner: Scope) -> Scope:
        """Return *inner* as seen inside this scope: what it says wins."""
        return Scope(
            self.user if inner.user is None else inner.user,
            self.device if inner.device is None else inner.device,
            {**self.groups, **inner.groups},
            {**self.properties, **inner.properties},
        )

    def without(self, names: tuple[str, ...]) -> Scope:
        """Return this scope without the named properties; all of them if none is named."""
        kept = {key: value for key, value in self.properties.items() if names and key not in names}
        return Scope(self.user, self.device, self.groups, kept)
