"""Look into a spool without taking anything from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tallymark.spool import files
from tallymark.spool.owner import current_owner, fate, parse_claim_name
from tallymark.spool.replay import Replay

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tallymark.spool.owner import ClaimName, Owner

Holder = Literal["this process", "a live process", "nobody", "unknown"]


@dataclass(frozen=True)
class Waiting:
    """Hold what waits in one stream; *damaged* counts stretches of bytes that are no records."""

    stream: str
    events: int
    bytes: int
    holder: Holder
    damaged: int = 0


def waiting(root: Path) -> Iterator[Waiting]:
    """
    Yield the streams below one destination's directory, the oldest first.

    What a live process holds may change while it is read. What cannot be read is left out.
    """
    me = current_owner()
    for path in files.claim_paths(root):
        name = parse_claim_name(path.name)
        if name is None:
            continue
        try:
            yield _read(path, name, me)
        except OSError:
            # Renamed or removed by its owner meanwhile: it is somebody else's to tell.
            continue


def _read(path: Path, name: ClaimName, me: Owner) -> Waiting:
    replay, size = Replay(), 0
    for number in files.segment_numbers(path):
        segment = files.segment_path(path, number)
        size += segment.stat().st_size
        replay.read(number, segment.read_bytes())
    events = sum(1 for _ in replay.finish())
    return Waiting(name.stream, events, size, _holder(name.owner, me), replay.damaged)


def _holder(owner: Owner | None, me: Owner) -> Holder:
    if owner == me:
        return "this process"
    judged = fate(owner, me)
    return {"live": "a live process", "dead": "nobody", "unknown": "unknown"}[judged]  # type: ignore[return-value]
