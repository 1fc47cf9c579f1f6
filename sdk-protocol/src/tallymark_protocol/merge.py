"""Identity: who a device or user id stands for, as a pure function of the set of operations."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from tallymark_protocol.canonical import utf16_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Tag(NamedTuple):
    """When an operation happened and its place, which orders operations of the same moment."""

    ts: int
    stream: str = ""
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """A user id met in an event at *ts*; only the earliest matters."""

    ts: int
    user: str


@dataclass(frozen=True, slots=True)
class Identify:
    """A device linked to a user from a moment on."""

    tag: Tag
    device: str
    user: str


@dataclass(frozen=True, slots=True)
class Alias:
    """Two user ids declared the same, or with *undo* no longer."""

    tag: Tag
    source: str
    target: str
    undo: bool = False


@dataclass(frozen=True, slots=True)
class Identities:
    """The mapping the operations give.

    *users* maps each merged user id to its canonical one. *devices* maps a device to the users it
    was linked to as (since, user), the first without a beginning: it claims earlier events too.
    """

    users: Mapping[str, str] = field(default_factory=dict)
    devices: Mapping[str, tuple[tuple[int | None, str], ...]] = field(default_factory=dict)

    def canonical(self, user: str | None, device: str | None, ts: int) -> str | None:
        """Return whom an event belongs to, a user or else a device (TM-IDN-01)."""
        if user is not None:
            return self.users.get(user, user)
        links = self.devices.get(device or "")
        if not links:
            return device
        at = bisect_right(links[1:], ts, key=_since)
        linked = links[at][1]
        return self.users.get(linked, linked)


def resolve(operations: Iterable[Seen | Identify | Alias]) -> Identities:
    """Return the mapping of a set of operations, whatever the order they come in (TM-IDN-06)."""
    known = set(operations)
    aliases = [operation for operation in known if isinstance(operation, Alias)]
    links = [operation for operation in known if isinstance(operation, Identify)]
    return Identities(_users(_edges(aliases), _first_seen(known)), _devices(links))


def _first_seen(operations: Iterable[Seen | Identify | Alias]) -> dict[str, int]:
    first: dict[str, int] = {}
    for operation in operations:
        if isinstance(operation, Seen):
            sightings = [(operation.user, operation.ts)]
        elif isinstance(operation, Identify):
            sightings = [(operation.user, operation.tag.ts)]
        else:
            sightings = [(name, operation.tag.ts) for name in (operation.source, operation.target)]
        for user, ts in sightings:
            first[user] = min(ts, first.get(user, ts))
    return first


def _edges(aliases: Iterable[Alias]) -> list[tuple[str, str]]:
    """Return the pairs that hold: of each pair the last word counts, an undo before a redo."""
    last: dict[tuple[str, str], Alias] = {}
    for alias in sorted(aliases, key=lambda a: (a.tag, not a.undo)):
        low, high = sorted((alias.source, alias.target))
        last[low, high] = alias
    return [pair for pair, alias in last.items() if not alias.undo]


def _users(edges: Iterable[tuple[str, str]], first_seen: Mapping[str, int]) -> dict[str, str]:
    """Map each id to the smallest of its component by (first seen, id)."""
    parent: dict[str, str] = {}

    def root(user: str) -> str:
        while parent.setdefault(user, user) != user:
            parent[user] = parent[parent[user]]
            user = parent[user]
        return user

    for a, b in edges:
        low, high = sorted(
            (root(a), root(b)), key=lambda user: (first_seen[user], utf16_order(user))
        )
        parent[high] = low
    return {user: root(user) for user in sorted(parent) if root(user) != user}


def _devices(links: Iterable[Identify]) -> dict[str, tuple[tuple[int | None, str], ...]]:
    found: dict[str, list[tuple[int | None, str]]] = {}
    for link in sorted(links, key=lambda link: (link.device, link.tag, utf16_order(link.user))):
        spans = found.setdefault(link.device, [])
        if not spans:
            spans.append((None, link.user))
        elif spans[-1][1] != link.user:
            spans.append((link.tag.ts, link.user))
    return {device: tuple(spans) for device, spans in found.items()}


def _since(link: tuple[int | None, str]) -> int:
    return link[0] or 0
