"""Who each number stands for at query time: an array to gather from, and devices that moved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tallymark_collector.query.people import DEVICE_PREFIX
from tallymark_collector.segments.actors import DEVICE, NOBODY, USER

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from tallymark_collector.query.people import People
    from tallymark_collector.segments.actors import Actors

    U32 = npt.NDArray[np.uint32]
    I64 = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Moved:
    """A device that was linked to several users: `users[i + 1]` from `since[i]` on."""

    since: I64
    users: U32


@dataclass(frozen=True, slots=True)
class Identity:
    """The mapping from numbers as stored to canonical ones; no stored row ever changes.

    `plain` says that every number stands for itself. `hidden` are the erased, by number as stored.
    """

    canon: U32
    moved: Mapping[int, Moved]
    plain: bool
    hidden: npt.NDArray[np.bool_] | None = None

    def grown(self, size: int) -> Identity:
        """Return the mapping over *size* numbers: those it did not know stand for themselves."""
        known = len(self.canon)
        if known >= size:
            return self
        canon = np.concatenate((self.canon, np.arange(known, size, dtype=np.uint32)))
        hidden = self.hidden
        if hidden is not None:
            hidden = np.concatenate((hidden, np.zeros(size - known, bool)))
        return replace(self, canon=canon, hidden=hidden)

    def users(self, actor: U32, ts: I64) -> U32:
        """Return the canonical number of rows, 0 for rows of nobody."""
        if self.plain:
            return actor
        found: U32 = self.canon[actor]
        for number, moved in self.moved.items():
            (rows,) = np.nonzero(actor == number)
            if len(rows):
                found[rows] = moved.users[np.searchsorted(moved.since, ts[rows], side="right")]
        return found


def identity(people: People, actors: Actors, hidden: npt.NDArray[np.bool_] | None) -> Identity:
    """Return the mapping of *people* over the numbers given so far."""
    canon = np.arange(len(actors), dtype=np.uint32)
    users = people.identities.users

    def canonical(name: str) -> int:
        return actors.known(USER, users.get(name, name))

    for name in users:
        number = actors.known(USER, name)
        if number:
            canon[number] = canonical(name)
    for name in actors.lookalikes:
        device = name.removeprefix(DEVICE_PREFIX)
        if device not in people.identities.devices:
            canon[actors.known(DEVICE, device)] = actors.known(USER, name)
    canon[NOBODY] = NOBODY
    moved: dict[int, Moved] = {}
    for device, links in people.identities.devices.items():
        number = actors.known(DEVICE, device)
        if not number:
            continue
        canon[number] = canonical(links[0][1])
        if len(links) > 1:
            moved[number] = Moved(
                np.array([since or 0 for since, _ in links[1:]], np.int64),
                np.array([canonical(user) for _, user in links], np.uint32),
            )
    plain = not moved and bool((canon == np.arange(len(canon), dtype=np.uint32)).all())
    return Identity(canon, moved, plain, hidden)


def name_of(actors: Actors, number: int) -> str:
    """Return the name of a canonical number: a user's id, or that of a device of no user."""
    kind, name = actors.key(number)
    return name if kind == USER else DEVICE_PREFIX + name
