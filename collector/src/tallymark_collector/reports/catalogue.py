"""The names of a project's events, with how often and by how many they happen, and first steps."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from tallymark_collector.govern.access import Scope
    from tallymark_collector.query.events import Events
    from tallymark_collector.query.snapshot import Snapshot
    from tallymark_collector.reports.result import Result

MAX_NAMES: Final = 500
MIDDLE_STEPS: Final = 2
FAIR_SHARE: Final = 0.1
"""Of the users of the most common event: what fewer do is no goal to begin with."""

_GOAL: Final = re.compile(
    r"purchase|order|checkout|paid|subscri|sign.?up|regist|convert", re.IGNORECASE
)
_MISHAP: Final = re.compile(r"error|fail|bug|cancel|refund|abort", re.IGNORECASE)


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
        "first_steps": first_steps({name: tally.users for name, tally in tallies.items()}),
    }


def first_steps(users: Mapping[str, AbstractSet[str]]) -> list[str]:
    """Suggest a first funnel from who did what: where most begin, a goal, and what leads there.

    The goal sounds like one, or else is the rarest event that a fair share did. Between stand the
    events that those who reached it did more than everybody: lift in users, the widest first.
    """
    order = sorted((name for name in users if users[name]), key=lambda n: (-len(users[n]), n))
    if len(order) < 2:  # noqa: PLR2004 -- no step to go to
        return order
    entry, others = order[0], [name for name in order[1:] if not _MISHAP.search(name)]
    everybody = len(users[entry])
    fair = [name for name in others if len(users[name]) >= everybody * FAIR_SHARE] or order[1:]
    goal = next((name for name in reversed(fair) if _GOAL.search(name)), fair[-1])

    def lift(name: str) -> float:
        together = len(users[name] & users[goal]) / len(users[goal])
        return together - len(users[name]) / everybody

    between = [name for name in fair if len(users[goal]) < len(users[name]) < everybody]
    best = sorted(between, key=lift, reverse=True)[:MIDDLE_STEPS]
    return [entry, *(name for name in order if name in best), goal]
