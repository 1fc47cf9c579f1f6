"""Records cut into requests: of one stream each, by number and by bytes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import orjson

from tallymark_collector.connect.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tallymark_collector.connect.record import Item

MAX_EVENTS: Final = 1_000
MAX_BYTES: Final = 700_000
WINDOW: Final = 5_000
"""Records looked at together, so that those of one stream share requests."""


@dataclass(slots=True)
class Batch:
    """One request: events in ascending places of *stream*, or events with ids if it is None.

    `places` are sequence numbers, `numbers` the records' numbers in the file, both as the events;
    `lost` are places whose record is no event, `corrected` the numbers of records whose time is.
    """

    stream: str | None
    places: list[int] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    events: list[bytes] = field(default_factory=list)
    lost: list[int] = field(default_factory=list)
    bytes: int = 0
    corrected: set[int] = field(default_factory=set)

    @property
    def last(self) -> int:
        """The highest place in it."""
        return max([*self.places[-1:], *self.lost[-1:]])

    def takes(self, place: int, size: int) -> bool:
        """Tell whether an event of that place and size still fits."""
        if not self.events and not self.lost:
            return True
        full = len(self.events) + len(self.lost) >= MAX_EVENTS or self.bytes + size > MAX_BYTES
        return not full and (self.stream is None or place > self.last)

    def without(self, settled: frozenset[int]) -> Batch:
        """Return the batch without the events at places that are settled."""
        kept = [index for index, place in enumerate(self.places) if place not in settled]
        return Batch(
            self.stream,
            [self.places[index] for index in kept],
            [self.numbers[index] for index in kept],
            [self.events[index] for index in kept],
            [place for place in self.lost if place not in settled],
        )


def batches(items: Iterable[Item], stream: str | None) -> Iterator[Batch]:
    """Cut records into batches; *stream* is that of the file, for records without an identity.

    What cannot be read is declared in the file's stream, if it has one.
    """
    window: list[Item] = []
    for item in items:
        window.append(item)
        if len(window) >= WINDOW:
            yield from _of_window(window, stream)
            window = []
    yield from _of_window(window, stream)


def envelope(batch: Batch) -> bytes:
    """Return the body of a batch; events are encoded already and only joined."""
    head: dict[str, Any] = {"v": 1, "t0": 0}
    first = 0
    if batch.stream is not None:
        first = batch.places[0] if batch.places else batch.last + 1
        head |= {"stream": batch.stream, "seq": first, "hwm": batch.last}
        if batch.lost:
            ranges = [[place, place] for place in batch.lost]
            head["drops"] = [{"reason": "unserialisable", "ranges": ranges}]
    parts = [
        event if batch.stream is None or place == first + index else b'{"n":%d,' % place + event[1:]
        for index, (place, event) in enumerate(zip(batch.places, batch.events, strict=True))
    ]
    return orjson.dumps(head)[:-1] + b',"events":[' + b",".join(parts) + b"]}"


def _of_window(window: Iterable[Item], stream: str | None) -> Iterator[Batch]:
    open_: dict[str | None, Batch] = {}
    for item in window:
        own = _stream_of(item, stream)
        if own is None and not isinstance(item, Record):
            continue
        place = item.seq if isinstance(item, Record) and item.seq is not None else item.number
        data = orjson.dumps(item.event) if isinstance(item, Record) else b""
        batch = open_.setdefault(own, Batch(own))
        if not batch.takes(place, len(data)):
            yield batch
            batch = open_[own] = Batch(own)
        if isinstance(item, Record):
            batch.places.append(place)
            batch.numbers.append(item.number)
            batch.events.append(data)
            batch.bytes += len(data)
            if item.corrected:
                batch.corrected.add(item.number)
        else:
            batch.lost.append(place)
    yield from open_.values()


def _stream_of(item: Item, file: str | None) -> str | None:
    if not isinstance(item, Record):
        return file
    if item.stream is not None:
        return item.stream
    return None if "id" in item.event else file
