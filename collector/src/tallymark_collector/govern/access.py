"""The scope every read of a store is made under."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Permission = Literal["public", "write", "import", "read", "admin"]


@dataclass(frozen=True, slots=True)
class Scope:
    """A project, who asks, and what they may do; no store can be read without one."""

    project: int
    principal: str
    permissions: frozenset[Permission]

    def allows(self, permission: Permission) -> bool:
        """Tell whether this scope carries *permission* (`public` is always carried)."""
        return permission == "public" or permission in self.permissions

    def require(self, *wanted: Permission) -> None:
        """Raise PermissionError unless this scope carries one of these permissions.

        Routes are what refuses callers; this stops a handler that its route let through by mistake.
        """
        if not any(self.allows(permission) for permission in wanted):
            raise PermissionError(f"{self.principal} has none of: {', '.join(wanted)}")
