"""Attempts at a funnel, all users at once: one search per step among the keys of its rows."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tallymark_collector.engine.local.clock import NEVER, Clock

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    I64 = npt.NDArray[np.int64]
    Mask = npt.NDArray[np.bool_]

FEW = 24
"""Users left at which going on one by one is faster than by arrays."""


@dataclass(frozen=True, slots=True)
class Barrier:
    """Keys of rows that end an attempt which has reached from `after` to below `before` steps."""

    keys: I64
    after: int
    before: int


@dataclass(frozen=True, slots=True)
class Course:
    """A funnel to go through: the keys of each step's rows in order, and what ends an attempt."""

    clock: Clock
    steps: Sequence[I64]
    barriers: Sequence[Barrier]
    window: int


@dataclass(frozen=True, slots=True)
class Attempts:
    """What became of each entry: `hits[j]` are places among the keys of step *j*, -1 for none.

    `ends` is the key after which the user may enter again.
    """

    hits: list[I64]
    depth: I64
    excluded: Mask
    ends: I64

    def __len__(self) -> int:
        """Return how many attempts there are."""
        return len(self.depth)


def following(keys: I64, after: I64) -> I64:
    """Return the place of the first key after each of *after*, however far it is."""
    return np.searchsorted(keys, after, side="right")


def at(keys: I64, places: I64) -> I64:
    """Return the keys at places, NEVER behind the last."""
    if not len(keys):
        return np.full(len(places), NEVER)
    found: I64 = np.where(places < len(keys), keys[np.minimum(places, len(keys) - 1)], NEVER)
    return found


def attempt(course: Course, entries: I64) -> Attempts:
    """Follow the attempts that begin at places among the first step's keys."""
    size = len(entries)
    start = course.steps[0][entries]
    limit = course.clock.limit(start, course.window)
    hits = [entries, *(np.full(size, -1, np.int64) for _ in course.steps[1:])]
    depth, excluded, ends = np.ones(size, np.int64), np.zeros(size, bool), limit.copy()
    live, last = np.arange(size), start
    for reached, keys in enumerate(course.steps[1:], 1):
        place = following(keys, last)
        key = at(keys, place)
        found = key <= limit[live]
        stop = _stopped(course, reached, last, limit[live], np.where(found, key, NEVER))
        stopped = stop != NEVER
        excluded[live[stopped]], ends[live[stopped]] = True, stop[stopped]
        found &= ~stopped
        live, last = live[found], key[found]
        hits[reached][live] = place[found]
        depth[live] = reached + 1
    ends[live] = last
    return Attempts(hits, depth, excluded, ends)


def _stopped(course: Course, reached: int, last: I64, limit: I64, before: I64) -> I64:
    """Return the key that ends each attempt before its next step, NEVER where none does."""
    first = np.full(len(last), NEVER)
    for barrier in course.barriers:
        if barrier.after <= reached < barrier.before:
            first = np.minimum(first, at(barrier.keys, following(barrier.keys, last)))
    return np.where((first < before) & (first <= limit), first, NEVER)


def repeated(course: Course, entries: I64, group: I64) -> tuple[Attempts, I64]:
    """Follow attempts from the first entries on, and enter again after each, within its group.

    *entries* are the places of the first entry of each user and group, *group* is that of every
    place among the first step's keys. Return the attempts and the place of each one's entry.
    """
    rounds: list[Attempts] = []
    keys = course.steps[0]
    while len(entries) > FEW:
        made = attempt(course, entries)
        rounds.append(made)
        place = following(keys, made.ends)
        again = course.clock.user(at(keys, place)) == course.clock.user(keys[entries])
        again &= group[np.minimum(place, len(keys) - 1)] == group[entries]
        entries = place[again]
    if len(entries):
        rounds.append(_one_by_one(course, entries, group))
    if not rounds:
        rounds.append(attempt(course, entries))
    whole = Attempts(
        [np.concatenate(hits) for hits in zip(*(one.hits for one in rounds), strict=True)],
        np.concatenate([one.depth for one in rounds]),
        np.concatenate([one.excluded for one in rounds]),
        np.concatenate([one.ends for one in rounds]),
    )
    return whole, whole.hits[0]


def _one_by_one(course: Course, entries: I64, group: I64) -> Attempts:
    """Go on with the last few users, each by itself."""
    hits: list[list[int]] = []
    excluded: list[bool] = []
    ends: list[int] = []
    for entry in entries.tolist():
        lane = _Lane(course, entry)
        place = entry
        while place < lane.stop and group[place] == group[entry]:
            filled, stopped, end = lane.attempt(place)
            hits.append(filled + [-1] * (len(course.steps) - len(filled)))
            excluded.append(stopped)
            ends.append(end)
            place = lane.next_entry(end)
    table = np.array(hits, np.int64).reshape(-1, len(course.steps))
    return Attempts(
        list(table.T),
        (table >= 0).sum(axis=1),
        np.array(excluded, bool),
        np.array(ends, np.int64),
    )


class _Lane:
    """The keys of one user, as plain lists."""

    def __init__(self, course: Course, entry: int) -> None:
        self._course = course
        clock, keys = course.clock, course.steps[0]
        user = int(clock.user(keys[entry : entry + 1])[0])
        low, high = user << clock.user_shift, ((user + 1) << clock.user_shift) - 1
        self._starts: list[int] = []
        self._steps: list[list[int]] = []
        for own in course.steps:
            first, last = (int(place) for place in np.searchsorted(own, [low, high + 1]))
            self._starts.append(first)
            self._steps.append(own[first:last].tolist())
        self._limits = clock.limit(
            keys[self._starts[0] : self._starts[0] + len(self._steps[0])], course.window
        ).tolist()
        self._barriers = [
            (one, one.keys[slice(*np.searchsorted(one.keys, [low, high + 1]))].tolist())
            for one in course.barriers
        ]
        self.stop = self._starts[0] + len(self._steps[0])

    def attempt(self, place: int) -> tuple[list[int], bool, int]:
        """Return the places that fill steps, whether it was excluded, and the key it ends at."""
        own = place - self._starts[0]
        last, limit = self._steps[0][own], self._limits[own]
        filled = [place]
        for reached, keys in enumerate(self._steps[1:], 1):
            found = bisect_right(keys, last)
            key = keys[found] if found < len(keys) and keys[found] <= limit else None
            stop = self._stop(reached, last, limit if key is None else key - 1)
            if stop is not None:
                return filled, True, stop
            if key is None:
                return filled, False, limit
            filled.append(self._starts[reached] + found)
            last = key
        return filled, False, last

    def next_entry(self, end: int) -> int:
        """Return the place of the first entry after a key."""
        return self._starts[0] + bisect_right(self._steps[0], end)

    def _stop(self, reached: int, last: int, until: int) -> int | None:
        firsts: list[int] = []
        for barrier, keys in self._barriers:
            if barrier.after <= reached < barrier.before:
                found = bisect_right(keys, last)
                if found < len(keys) and keys[found] <= until:
                    firsts.append(keys[found])
        return min(firsts, default=None)
