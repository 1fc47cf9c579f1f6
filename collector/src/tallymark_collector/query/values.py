"""Property values: what is equal, what is a number, how a value is named in a table."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping


class Undefined(Enum):
    """The type of `UNDEFINED`: a property an event does not have, which is not null and not ""."""

    UNDEFINED = "$undefined"


UNDEFINED: Final = Undefined.UNDEFINED
OTHER: Final = "$other"

Scalar = str | int | float | bool | None
Value = Scalar | list["Value"] | dict[str, "Value"]
Found = Value | Literal[Undefined.UNDEFINED]


def identity_of(value: Found) -> Hashable:
    """Return a key that is equal for equal JSON values: 1 is 1.0, but neither is true or "1"."""
    if isinstance(value, bool):
        return ("bool", value)
    if isinstance(value, int | float):
        return ("number", value)
    if isinstance(value, list | dict):
        return ("json", json.dumps(value, sort_keys=True, ensure_ascii=False))
    return value


def number_of(value: Found) -> int | float | None:
    """Return the value when it is a number, else None; true and "1" are no numbers."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value


def label_of(value: Found) -> str:
    """Name a value in a table or a sentence."""
    if isinstance(value, Undefined):
        return "(undefined)"
    if isinstance(value, str):
        return value or '""'
    return json.dumps(value, ensure_ascii=False)


def shown(value: Found) -> Value:
    """Return the value as a result's JSON carries it; an undefined one is `$undefined`."""
    return value.value if isinstance(value, Undefined) else value


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """The values of a breakdown's properties that one group of events or attempts shares."""

    values: tuple[Found, ...]

    @property
    def key(self) -> tuple[Hashable, ...]:
        """Equal for segments of equal values."""
        return tuple(identity_of(value) for value in self.values)

    def __eq__(self, other: object) -> bool:
        """Compare by value, so that true is not 1."""
        return isinstance(other, Segment) and other.key == self.key

    def __hash__(self) -> int:
        """Hash by value."""
        return hash(self.key)

    @property
    def label(self) -> str:
        """The values in words."""
        return ", ".join(label_of(value) for value in self.values)


EVERYTHING: Final = Segment(())
THE_REST: Final = Segment((OTHER,))


def largest(sizes: Mapping[Segment, int | float | None], limit: int) -> list[Segment]:
    """Return the *limit* largest segments, largest first, ties by name."""

    def order(segment: Segment) -> tuple[float, str]:
        size = sizes[segment]
        return (float("inf") if size is None else -size, segment.label)

    return sorted(sizes, key=order)[:limit]
