"""Numbers for those who act: users and devices, in the order the log first names them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from tallymark_collector.query.people import DEVICE_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy.typing as npt

    from tallymark_collector.query.event import Event, Operation

    U32 = npt.NDArray[np.uint32]
    I64 = npt.NDArray[np.int64]

NOBODY: Final = 0
USER: Final = "u"
DEVICE: Final = "d"
_NEVER: Final = np.iinfo(np.int64).max
_LINKED: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "identify": (("d", DEVICE), ("u", USER)),
    "alias": (("from", USER), ("to", USER)),
}


class Actors:
    """A number from 1 on for each user and each device, and when each was first seen in ms.

    Whoever reads a log in order of position gives the same numbers. 0 is nobody.
    """

    def __init__(self) -> None:
        """Begin without any."""
        self._numbers: dict[str, int] = {}
        self._keys: list[str] = [""]
        self._seen: I64 = np.full(1024, _NEVER, np.int64)
        self.lookalikes: list[str] = []
        """Users whose id is how a device of no user is named."""

    def __len__(self) -> int:
        """Return the highest number and one: the size of an array by number."""
        return len(self._keys)

    def number(self, kind: str, name: str) -> int:
        """Return the number of a user or device, given now if it has none."""
        key = kind + name
        known = self._numbers.get(key)
        if known is None:
            known = len(self._keys)
            self._add(key)
        return known

    def known(self, kind: str, name: str) -> int:
        """Return the number of a user or device, 0 when the log has never named it."""
        return self._numbers.get(kind + name, NOBODY)

    def of_event(self, event: Event) -> int:
        """Return who did an event as it was sent: the user, else the device, else nobody."""
        if event.user is not None:
            return self.number(USER, event.user)
        return NOBODY if event.device is None else self.number(DEVICE, event.device)

    def take_operation(self, operation: Operation) -> None:
        """Give numbers to all that an operation names: each may become who somebody is."""
        for kind, name in _names(operation):
            self.number(kind, name)

    def named_by(self, operation: Operation) -> list[int]:
        """Return the numbers of all that an operation names."""
        return [self.known(kind, name) for kind, name in _names(operation)]

    def key(self, number: int) -> tuple[str, str]:
        """Return kind and name of a number."""
        key = self._keys[number]
        return key[:1], key[1:]

    def keys(self, first: int, following: int) -> Sequence[str]:
        """Return kind and name, as one text, of the numbers from *first* to *following*."""
        return self._keys[first:following]

    def restore(self, keys: Iterable[str]) -> None:
        """Give the next numbers to keys that `keys` returned; blank ones are of the erased."""
        for key in keys:
            self._add(key)

    def _add(self, key: str) -> None:
        if key:
            self._numbers[key] = len(self._keys)
        if key.startswith(USER + DEVICE_PREFIX):
            self.lookalikes.append(key.removeprefix(USER))
        self._keys.append(key)

    def erase(self, numbers: Iterable[int]) -> None:
        """Forget the names of numbers; the numbers are not given again."""
        for number in numbers:
            self._numbers.pop(self._keys[number], None)
            self._keys[number] = ""

    def see(self, number: int, ts: int) -> bool:
        """Remember that a number was seen at *ts*; tell whether it is the earliest time so far."""
        self._grow()
        earlier = ts < self._seen[number]
        if earlier:
            self._seen[number] = ts
        return bool(earlier)

    def see_all(self, numbers: U32, times: I64) -> None:
        """Remember when each of several numbers was seen."""
        self._grow()
        np.minimum.at(self._seen, numbers, times)

    def first_seen(self, number: int) -> int | None:
        """Return when a number was first seen in an event, None when never."""
        if number >= len(self._seen) or self._seen[number] == _NEVER:
            return None
        return int(self._seen[number])

    def _grow(self) -> None:
        if len(self._keys) > len(self._seen):
            larger = np.full(max(len(self._keys), 2 * len(self._seen)), _NEVER, np.int64)
            larger[: len(self._seen)] = self._seen
            self._seen = larger


def _names(operation: Operation) -> list[tuple[str, str]]:
    named = ((kind, operation.body.get(field)) for field, kind in _LINKED[operation.kind])
    return [(kind, name) for kind, name in named if isinstance(name, str)]
