"""The names of a project's events, with how often and by how many they happen."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from tallymark_collector.govern.access import Scope
    from tallymark_collector.query.events import Events
    from tallymark_collector.query.snapshot import Snapshot
    from tallymark_collector.reports.result import Result

MAX_NAMES: Final = 500


@dataclass(slots=True)
class _Tally:
    count: int = 0
    last_ts: int = 0
    users: set[str] = field(default_factory=set)


class Catalogue:
    """The names as of the newest event, counted once for each position of the log."""

    def __init__(self, events: Events) -> None:
        """Count over *events*."""
        self._events = events
        self._lock = threading.Lock()
        self._known: dict[int, tuple[int, Result]] = {}

    def of(self, scope: Scope) -> Result:
        """Return the names of the scope's project, the most frequent first, and what they span."""
        snapshot = self._events.snapshot(scope)
        with self._lock:
            pos, known = self._known.get(scope.project, (-1, {}))
            if pos != snapshot.pos:
                known = catalogue(snapshot)
                self._known[scope.project] = (snapshot.pos, known)
            return known


def catalogue(snapshot: Snapshot) -> Result:
    """Count the events of each name; names beyond the limit are only counted themselves."""
    tallies: dict[str, _Tally] = {}
    for event in snapshot.events:
        tally = tallies.setdefault(event.name, _Tally())
        tally.count += 1
        tally.last_ts = max(tally.last_ts, event.ts)
        user = snapshot.people.canonical(event)
        if user is not None:
            tally.users.add(user)
    order = sorted(tallies, key=lambda name: (-tallies[name].count, name))
    names: list[dict[str, Any]] = [
        {
            "name": name,
            "count": tallies[name].count,
            "users": len(tallies[name].users),
            "last_ts": tallies[name].last_ts,
        }
        for name in order[:MAX_NAMES]
    ]
    return {
        "first_ts": snapshot.bounds.first,
        "last_ts": snapshot.bounds.last,
        "names": names,
        "more_names": max(0, len(order) - MAX_NAMES),
    }
