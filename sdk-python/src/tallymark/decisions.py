"""Name what a delivery decides, and what an answer did: values without behaviour."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from tallymark_protocol.ranges import EMPTY, Ranges

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tallymark.answer import Rejection
    from tallymark.batch import Batch


@dataclass(frozen=True, slots=True)
class Send:
    """Send this now: a batch, or (batch None) the question how far the stream is settled."""

    ticket: int
    batch: Batch | None
    attempt: int
    identity: bool


@dataclass(frozen=True, slots=True)
class Wait:
    """Do nothing until then (steady ms); None = until something is added or answered."""

    until: int | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing is left and nothing will come: the stream is closed and told."""


Decision: TypeAlias = "Send | Wait | Done"


@dataclass(frozen=True)
class Outcome:
    """Say what an answer did: the events that ended, and those that go out again."""

    stored: Ranges = EMPTY
    rejected: tuple[Rejection, ...] = ()
    lost: Mapping[str, Ranges] = field(default_factory=dict)
    again: Ranges = EMPTY
    detail: str = ""
