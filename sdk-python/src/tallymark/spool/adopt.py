"""Take over what dead processes left in a spool directory."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, NamedTuple

from tallymark_protocol import limits

from tallymark.spool import claim as claims
from tallymark.spool import files
from tallymark.spool.notice import Notice
from tallymark.spool.owner import released_name
from tallymark.spool.replay import Replay
from tallymark.spool.scan import foreign_version

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tallymark.spool.claim import Claim
    from tallymark.spool.notice import Report
    from tallymark.spool.owner import Owner

LARGEST = limits.SPOOL_READ_MAX
"""No segment is longer; of one that is, only this much is read."""
_BEGINNING = 512
"""Enough of a segment to know its version."""


class Found(NamedTuple):
    """Hold an adopted claim, what its segments say, and their sizes by number."""

    claim: Claim
    replay: Replay
    sizes: dict[int, int]


def adopt(root: Path, me: Owner, report: Report) -> Iterator[Found]:
    """
    Claim the streams of dead processes in *root*, one after the other (TM-SPL-31 to -36).

    Of any number of processes that adopt at once, exactly one gets each stream.
    """
    for path in files.claim_paths(root) + files.claim_paths(root / files.ASIDE):
        if path.parent != root and _foreign(path) is not None:
            continue
        claim = claims.take(path, root, me)
        if claim is None:
            continue
        try:
            found = _read(claim, root, report)
        except OSError as error:
            claim.release()
            report(Notice("unreadable", str(path), str(error)))
            continue
        if found is not None:
            yield found


def _read(claim: Claim, root: Path, report: Report) -> Found | None:
    version = _foreign(claim.path)
    if version is not None:
        _put_aside(claim, root, version, report)
        return None
    replay = Replay()
    sizes = {}
    for number in files.segment_numbers(claim.path):
        path = files.segment_path(claim.path, number)
        with path.open("rb") as file:
            replay.read(number, file.read(LARGEST))
        sizes[number] = path.stat().st_size
    _delete_void(claim, replay.void_before, sizes)
    if replay.damaged:
        detail = f"{replay.damaged} stretches of bytes were no records"
        report(Notice("damaged", str(claim.path), detail))
    if not sizes:
        claim.remove()
        return None
    return Found(claim, replay, sizes)


def _delete_void(claim: Claim, before: int | None, sizes: dict[int, int]) -> None:
    """Finish an erasure that was cut short."""
    for number in [n for n in sizes if before is not None and n < before]:
        files.segment_path(claim.path, number).unlink(missing_ok=True)
        del sizes[number]


def _foreign(path: Path) -> int | None:
    """Return the format version of the first segment this code cannot read; None = it can."""
    try:
        for number in files.segment_numbers(path):
            with files.segment_path(path, number).open("rb") as file:
                version = foreign_version(file.read(_BEGINNING))
            if version is not None:
                return version
    except OSError:
        # `_read` meets the same error and reports it.
        return None
    return None


def _put_aside(claim: Claim, root: Path, version: int, report: Report) -> None:
    """Keep a stream for an SDK that knows its version; nothing of it is deleted (TM-SPL-14)."""
    aside = root / files.ASIDE
    files.make_private(aside)
    target = aside / released_name(claim.stream)
    with contextlib.suppress(OSError):
        (claim.path / claims.LOCK).unlink(missing_ok=True)
    claim.path.rename(target)
    claim.abandon()
    report(Notice("kept_aside", str(target), f"format version {version}, this code reads 1"))
