"""The projects a page can show: found by name, and the one it opens with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tallymark_collector.govern.access import Permission, Scope
from tallymark_collector.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tallymark_collector.store.log import Log
    from tallymark_collector.store.meta import MetaStore, Project

_READS: frozenset[Permission] = frozenset({"read"})


class Projects:
    """All projects of a collector, for whoever reads by a session of its dashboard."""

    def __init__(self, log: Log, meta: MetaStore, default: str) -> None:
        """Open with the project named *default*, which must exist."""
        self._log = log
        self._meta = meta
        self._default = default
        self._known: dict[str, Project] = {}

    def scope(self, name: str | None) -> Scope:
        """Return what a session reads under; raise Problem `not_found` for an unknown *name*."""
        return self._scope(self.opening() if name is None else self._named(name))

    def opening(self) -> Project:
        """Return the project shown unasked.

        It is the default one; while that has no events, the oldest that has some.
        """
        default = self._named(self._default)
        if self._stored(default):
            return default
        others = sorted(self._meta.projects(), key=lambda one: one.id)
        return next((one for one in others if self._stored(one)), default)

    def listed(self) -> Sequence[dict[str, Any]]:
        """Return each project's name and how many events it has, by name."""
        return [{"name": one.name, "stored": self._stored(one)} for one in self._meta.projects()]

    def _named(self, name: str) -> Project:
        """Return a project; its number never changes, so it is looked up once."""
        found = self._known.get(name) or self._meta.project(name)
        if found is None:
            raise Problem("not_found", f"there is no project {name!r}", path="project")
        self._known[name] = found
        return found

    def _stored(self, project: Project) -> int:
        return self._log.count(self._scope(project))

    @staticmethod
    def _scope(project: Project) -> Scope:
        return Scope(project.id, "session", _READS)
