"""What a shop says to the SDK: one call, with the time it is about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Call:
    """One event at *ts* (ms since 1970); without a name it links *device* to *user*."""

    ts: int
    name: str | None
    user: str | None
    device: str | None
    properties: Mapping[str, object] = field(default_factory=dict)
    session: str | None = None


@dataclass(frozen=True, slots=True)
class History:
    """Calls in an order that never changes, and the stream they are sent as.

    A call's place is its sequence number: sending the same history again stores nothing (LED-12).
    """

    stream: str
    calls: tuple[Call, ...]
