"""What one answer is computed from, as columns: the counterpart of a snapshot of events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tallymark_collector.query.plan import Bounds
from tallymark_collector.segments.identity import name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from collections.abc import Set as AbstractSet

    import numpy.typing as npt

    from tallymark_collector.query.snapshot import Snapshot
    from tallymark_collector.segments.actors import Actors
    from tallymark_collector.segments.identity import Identity
    from tallymark_collector.segments.part import Part
    from tallymark_collector.segments.segment import Segment


@dataclass(frozen=True, slots=True)
class Summary:
    """How many rows can be seen, from when to when, and of which events."""

    rows: int
    bounds: Bounds
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Columns:
    """All rows of a project up to `pos`: segments, the tail, who is who, and who is erased.

    It never changes. `plain` gives the same events, or later ones, to the plain evaluator.
    """

    segments: tuple[Segment, ...]
    identity: Identity
    actors: Actors
    summary: Summary
    pos: int
    received_at: int | None
    plain: Callable[[], Snapshot]

    @property
    def bounds(self) -> Bounds:
        """The first and the last event's time."""
        return self.summary.bounds

    def event_names(self) -> AbstractSet[str]:
        """Return the names of the stored events."""
        return self.summary.names

    def parts(self) -> Iterator[tuple[int, Part]]:
        """Iterate over all parts, each with the number of its segment in order of position."""
        for number, segment in enumerate(self.segments):
            for part in segment.parts:
                yield number, part

    def user(self, number: int) -> str:
        """Return the name of a canonical number."""
        return name_of(self.actors, number)


def summarise(segments: Sequence[Segment], hidden: npt.NDArray[np.bool_] | None) -> Summary:
    """Return what can be seen of segments."""
    rows, names = 0, set[str]()
    firsts: list[int] = []
    lasts: list[int] = []
    for segment in segments:
        for part in segment.parts:
            if hidden is None or not hidden[part.actor].any():
                rows += part.rows
                names.update(part.head.names)
                firsts.append(part.head.first)
                lasts.append(part.head.last)
            else:
                seen = ~hidden[part.actor]
                rows += int(seen.sum())
                if seen.any():
                    firsts.append(int(part.ts[seen].min()))
                    lasts.append(int(part.ts[seen].max()))
                    codes = [0] if part.event is None else np.unique(part.event[seen])
                    names.update(part.head.names[code] for code in codes)
    bounds = Bounds(min(firsts, default=None), max(lasts, default=None))
    return Summary(rows, bounds, frozenset(names))
