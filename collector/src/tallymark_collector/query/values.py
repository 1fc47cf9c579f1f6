"""Property values: what is equal, what is a number, how a value is named in a table."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from enum import Enum
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

MOST_SEGMENTS: Final = 1_000
_INTEGERS: Final = 2**63
_MARK: Final = re.compile(r"\$+(other|undefined)")


class Undefined(Enum):
    """The type of `UNDEFINED`: a property an event does not have, which is not null and not ""."""

    UNDEFINED = "$undefined"


class Other(Enum):
    """The type of `OTHER`: all segments that are not shown, which is no value of any event."""

    OTHER = "$other"


UNDEFINED: Final = Undefined.UNDEFINED
OTHER: Final = Other.OTHER

Scalar = str | int | float | bool | None
Value = Scalar | list["Value"] | dict[str, "Value"]
Found = Value | Literal[Undefined.UNDEFINED]


def identity_of(value: Found | Other) -> Hashable:
    """Return a key that is equal for equal JSON values: 1 is 1.0, but neither is true or "1"."""
    if isinstance(value, bool):
        return ("bool", value)
    if isinstance(value, int | float):
        return ("number", value)
    if isinstance(value, list | dict):
        return ("json", json.dumps(value, sort_keys=True, ensure_ascii=False))
    return value


def canonical(value: Found) -> Found:
    """Return the one way in which equal values are written: 1 for 1.0, objects by sorted key."""
    if isinstance(value, float) and value.is_integer() and -_INTEGERS <= value < _INTEGERS:
        return int(value)
    if isinstance(value, list | dict):
        found: Value = json.loads(json.dumps(value, sort_keys=True))
        return found
    return value


def number_of(value: Found) -> int | float | None:
    """Return the value when it is a number, else None; true and "1" are no numbers."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value


def label_of(value: Found | Other) -> str:
    """Name a value in a table or a sentence."""
    if isinstance(value, Undefined):
        return "(undefined)"
    if isinstance(value, Other):
        return "(others)"
    if isinstance(value, str):
        return value or '""'
    return json.dumps(value, ensure_ascii=False)


def shown(value: Found | Other) -> Value:
    """Return the value as a result's JSON carries it.

    An undefined one is `$undefined`, the rest `$other`; text that says so itself gets a `$` more.
    """
    if isinstance(value, Undefined | Other):
        return str(value.value)
    return f"${value}" if isinstance(value, str) and _MARK.fullmatch(value) else value


def elements(value: Found) -> list[Found]:
    """Return the different elements of a list, and of any other value (or an empty list) itself."""
    if not isinstance(value, list) or not value:
        return [value]
    return list({identity_of(one): one for one in value}.values())


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """The values of a breakdown's properties that one group of events or attempts shares.

    `key` is equal for segments of equal values.
    """

    values: tuple[Found | Other, ...]
    key: tuple[Hashable, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Find the key once: segments are compared more often than made."""
        object.__setattr__(self, "key", tuple(identity_of(value) for value in self.values))

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


def segments(values: Sequence[Found]) -> tuple[Segment, ...]:
    """Return the segments that something with these values is in.

    Equal values are written in one way, whichever of them was met first. A list puts it into the
    segment of each of its elements; lists that together would make more than 1,000 segments stay
    whole.
    """
    parts = [[canonical(one) for one in elements(value)] for value in values]
    if prod(map(len, parts)) > MOST_SEGMENTS:
        return (Segment(tuple(canonical(value) for value in values)),)
    return tuple(Segment(one) for one in product(*parts))


EVERYTHING: Final = Segment(())
THE_REST: Final = Segment((OTHER,))


def largest(sizes: Mapping[Segment, int | float | None], limit: int) -> list[Segment]:
    """Return the *limit* largest segments, largest first, ties by name and then by type."""

    def order(segment: Segment) -> tuple[float, str, str]:
        size = sizes[segment]
        return (float("inf") if size is None else -size, segment.label, repr(segment.key))

    return sorted(sizes, key=order)[:limit]
