"""The properties of a project's events: how many have each, of which kind, with which values."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tallymark_collector.query.values import Value, identity_of, number_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping

    from tallymark_collector.govern.access import Scope
    from tallymark_collector.query.event import Event
    from tallymark_collector.query.events import Events
    from tallymark_collector.query.snapshot import Snapshot
    from tallymark_collector.reports.result import Result

MAX_PROPERTIES: Final = 300
MAX_VALUES: Final = 50
MAX_LENGTH: Final = 200
"""Characters of a value that is offered: longer ones are texts, nobody chooses them."""
MAX_TOLD_APART: Final = 10_000
"""Values of one property that are counted: of ids, only those that come first."""
_DEPTH: Final = 4


@dataclass(slots=True)
class _Counted:
    value: Value
    count: int = 0


@dataclass(slots=True)
class _Tally:
    count: int = 0
    numbers: int = 0
    events: set[str] = field(default_factory=set)
    values: dict[Hashable, _Counted] = field(default_factory=dict)

    def take(self, event: Event, value: Value) -> None:
        self.count += 1
        self.numbers += number_of(value) is not None
        self.events.add(event.name)
        # A filter holds for a list when one of its elements does: these are what is offered.
        for one in value if isinstance(value, list) else [value]:
            key = identity_of(one)
            if key in self.values:
                self.values[key].count += 1
            elif len(self.values) < MAX_TOLD_APART and not isinstance(one, list | dict):
                self.values[key] = _Counted(one, 1)

    def offered(self) -> list[_Counted]:
        short = [one for one in self.values.values() if len(str(one.value)) <= MAX_LENGTH]
        return sorted(short, key=lambda one: (-one.count, str(one.value)))[:MAX_VALUES]


class Properties:
    """The properties as of the newest event, counted once for each position of the log."""

    def __init__(self, events: Events) -> None:
        """Count over *events*."""
        self._events = events
        self._lock = threading.Lock()
        self._known: dict[int, tuple[int, Result]] = {}

    def of(self, scope: Scope) -> Result:
        """Return the properties of the scope's project, the most frequent first."""
        snapshot = self._events.snapshot(scope)
        with self._lock:
            pos, known = self._known.get(scope.project, (-1, {}))
            if pos != snapshot.pos:
                known = properties(snapshot)
                self._known[scope.project] = (snapshot.pos, known)
            return known


def properties(snapshot: Snapshot) -> Result:
    """Count the events that have each property, and the values it has most.

    `numbers` are the events whose value is one; `values` are scalars, of lists their elements.
    Names stand as questions take them: `plan`, `os.name` of the context, `$group.company`.
    """
    tallies: dict[str, _Tally] = {}
    for event in snapshot.events:
        for name, value in _of_event(event):
            tallies.setdefault(name, _Tally()).take(event, value)
    order = sorted(tallies, key=lambda name: (-tallies[name].count, name))
    return {
        "properties": [
            {
                "name": name,
                "count": tallies[name].count,
                "numbers": tallies[name].numbers,
                "events": sorted(tallies[name].events)[:MAX_PROPERTIES],
                "values": [
                    {"value": one.value, "count": one.count} for one in tallies[name].offered()
                ],
                "more_values": max(0, len(tallies[name].values) - MAX_VALUES),
            }
            for name in order[:MAX_PROPERTIES]
        ],
        "more_properties": max(0, len(order) - MAX_PROPERTIES),
    }


def _of_event(event: Event) -> Iterator[tuple[str, Value]]:
    """Iterate over what a question can ask of an event, each name once."""
    yield from event.properties.items()
    for name, value in _leaves(event.context, "", _DEPTH):
        if name not in event.properties:
            yield name, value
    for name, value in event.groups.items():
        yield f"$group.{name}", value


def _leaves(context: Mapping[str, Value], before: str, depth: int) -> Iterator[tuple[str, Value]]:
    for key, value in context.items():
        if isinstance(value, dict) and depth:
            yield from _leaves(value, f"{before}{key}.", depth - 1)
        else:
            yield f"{before}{key}", value
