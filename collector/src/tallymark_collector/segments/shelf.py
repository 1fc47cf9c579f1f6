"""The sealed segments of one project: written, published, and taken up again after a restart."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import orjson

from tallymark_collector.query.event import Operation
from tallymark_collector.segments.files import ACTORS, OPERATIONS, Entry, Manifest, Unusable
from tallymark_collector.segments.segment import EventSource, Harvest, Segment, digest_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from tallymark_collector.govern.access import Scope
    from tallymark_collector.segments.actors import Actors
    from tallymark_collector.segments.files import Folder
    from tallymark_collector.segments.part import Part


class Shelf:
    """The segments a manifest names, in order; one builder at a time changes it."""

    def __init__(self, folder: Folder) -> None:
        """Begin with nothing; `restore` takes up what *folder* holds."""
        self._folder = folder
        self._manifest = Manifest()
        self.segments: tuple[Segment, ...] = ()

    @property
    def high(self) -> int:
        """The position up to which the log is sealed."""
        return self._manifest.high

    @property
    def erased(self) -> tuple[int, ...]:
        """Numbers whose rows may still be on disk, and are never shown."""
        return self._manifest.erased

    def restore(self, log: EventSource, scope: Scope, actors: Actors) -> None:
        """Take up what is published; raise Unusable when it is not of this log, or not whole."""
        manifest = self._folder.manifest()
        self._folder.tidy(manifest)
        if manifest.entries:
            _check(manifest, log, scope)
        segments: list[Segment] = []
        for entry in manifest.entries:
            parts = tuple(self._folder.parts(entry))
            if sum(part.rows for part in parts) != entry.events:
                raise Unusable(f"{entry.folder} has other rows than the manifest says.")
            actors.restore(_keys(self._folder.text(entry, ACTORS), entry))
            _see(parts, actors)
            operations = _operations(self._folder.text(entry, OPERATIONS))
            segments.append(_segment(entry, parts, operations))
        actors.erase(manifest.erased)
        self._manifest, self.segments = manifest, tuple(segments)

    def write(self, gathered: Harvest, numbers: tuple[int, int], actors: Actors) -> Segment:
        """Write a segment that nothing shows yet, and read it back through its files."""
        parts = gathered.shredder.parts()
        self._manifest = replace(self._manifest, serial=self._manifest.serial + 1)
        folder = f"{gathered.low}-{gathered.high}-{self._manifest.serial}"
        texts = {
            ACTORS: orjson.dumps(list(actors.keys(*numbers))),
            OPERATIONS: orjson.dumps([_plain(one) for one in gathered.operations]),
        }
        files = self._folder.write(folder, parts, texts)
        entry = Entry(
            folder=folder,
            low=gathered.low,
            high=gathered.high,
            events=len(gathered.shredder),
            others=gathered.stored - len(gathered.shredder),
            received_at=gathered.received_at,
            numbers=numbers,
            digest=gathered.digest,
            files=files,
        )
        return _segment(entry, tuple(self._folder.parts(entry)), tuple(gathered.operations))

    def publish(self, segments: Sequence[Segment]) -> None:
        """Let *segments* be all there are."""
        entries = tuple(one.entry for one in segments if one.entry is not None)
        manifest = replace(self._manifest, entries=entries)
        self._folder.publish(manifest)
        self._manifest, self.segments = manifest, tuple(segments)

    def mark_erased(self, numbers: Iterable[int]) -> None:
        """Publish that rows of *numbers* are no longer shown; of none: that there are none left."""
        manifest = replace(self._manifest, erased=tuple(sorted(numbers)))
        self._folder.publish(manifest)
        self._manifest = manifest

    def clear(self) -> None:
        """Throw everything away: it is built again from the log."""
        self._folder.clear()
        self._manifest, self.segments = Manifest(serial=self._manifest.serial), ()


def touches(segment: Segment, numbers: Collection[int], actors: Actors) -> bool:
    """Tell whether a segment holds rows, names or operations of any of *numbers*."""
    first, following = segment.numbers
    if any(first <= number < following for number in numbers):
        return True
    wanted = np.array(sorted(numbers), np.uint32)
    if any(bool(np.isin(part.actor, wanted).any()) for part in segment.parts):
        return True
    return any(number in numbers for one in segment.operations for number in actors.named_by(one))


def _check(manifest: Manifest, log: EventSource, scope: Scope) -> None:
    """Raise Unusable unless the log holds what the last segment was made of."""
    pos, digest = manifest.entries[-1].digest
    found = log.read(scope, pos - 1, 1) if digest else ()
    if digest and not (found and found[0].pos == pos and digest_of(found[0]) == digest):
        raise Unusable(f"The log has another event at position {pos} than the segments.")
    ranges = [(entry.low, entry.high) for entry in manifest.entries]
    if any(after[0] != before[1] for before, after in pairwise(ranges)):
        raise Unusable("The segments do not follow one another.")


def _segment(entry: Entry, parts: tuple[Part, ...], operations: tuple[Operation, ...]) -> Segment:
    return Segment(
        low=entry.low,
        high=entry.high,
        last=entry.digest[0],
        rows=entry.events,
        others=entry.others,
        received_at=entry.received_at,
        numbers=entry.numbers,
        parts=parts,
        operations=operations,
        entry=entry,
    )


def _keys(text: bytes, entry: Entry) -> list[str]:
    keys: list[str] = orjson.loads(text)
    first, following = entry.numbers
    if len(keys) != following - first:
        raise Unusable(f"{entry.folder} names {len(keys)} actors, not {following - first}.")
    return keys


def _see(parts: Sequence[Part], actors: Actors) -> None:
    """Remember the first time of each actor: rows are sorted by actor, then time."""
    for part in parts:
        starts = np.flatnonzero(np.diff(part.actor, prepend=np.uint32(0)) != 0)
        actors.see_all(part.actor[starts], part.ts[starts])


def _plain(one: Operation) -> list[object]:
    return [one.pos, one.ts, one.kind, one.stream, one.seq, one.id, dict(one.body)]


def _operations(text: bytes) -> tuple[Operation, ...]:
    return tuple(Operation(*one) for one in orjson.loads(text))
