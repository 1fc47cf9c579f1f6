"""Who an event belongs to, decided at query time from the links and merges stored so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tallymark_protocol import merge

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tallymark_collector.query.event import Event, Operation

DEVICE_PREFIX = "$device:"


@dataclass(frozen=True, slots=True)
class People:
    """The mapping from ids as sent to canonical users (M1-M6); no stored event ever changes."""

    identities: merge.Identities = field(default_factory=merge.Identities)
    aliased: frozenset[str] = frozenset()

    def canonical(self, event: Event) -> str | None:
        """Return the user of an event, None for an event of nobody.

        A device that belongs to no user is one of its own, named so that no user id is equal.
        """
        if event.user is None and event.device is None:
            return None
        if event.user is None and event.device not in self.identities.devices:
            return f"{DEVICE_PREFIX}{event.device}"
        return self.identities.canonical(event.user, event.device, event.ts)

    def merges(self, user: str) -> bool:
        """Tell whether a user was ever aliased: then it matters when they were first seen."""
        return user in self.aliased


def resolve(operations: Iterable[Operation], first_seen: Mapping[str, int]) -> People:
    """Return the mapping a set of stored operations gives, whatever their order.

    *first_seen* is when each user id first came in an event, in ms.
    """
    known = [one for operation in operations for one in _operation(operation)]
    merged = {
        user for one in known if isinstance(one, merge.Alias) for user in (one.source, one.target)
    }
    seen = [merge.Seen(first_seen[user], user) for user in merged if user in first_seen]
    return People(merge.resolve([*known, *seen]), frozenset(merged))


def _operation(stored: Operation) -> Iterator[merge.Identify | merge.Alias]:
    """Read the ids of an operation; one without both of them says nothing."""
    tag = merge.Tag(stored.ts, stored.stream or stored.id or "", stored.seq or 0)
    names = ("d", "u") if stored.kind == "identify" else ("from", "to")
    first, second = (stored.body.get(name) for name in names)
    if not (isinstance(first, str) and isinstance(second, str)):
        return
    if stored.kind == "identify":
        yield merge.Identify(tag, first, second)
    else:
        yield merge.Alias(tag, first, second, stored.body.get("undo") is True)
