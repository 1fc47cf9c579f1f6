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
