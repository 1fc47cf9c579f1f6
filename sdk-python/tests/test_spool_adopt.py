"""What a process leaves is taken over whole, or counted; what is erased stays away."""

from __future__ import annotations

import gc
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tallymark.queue import MemoryBuffers
from tallymark.spool import Bounds, Notice, SpoolBuffer, SpoolBuffers
from tallymark.spool.files import segment_path
from tallymark.spool.format import PREAMBLE, encode_event
from tallymark.spool.owner import current_owner

if TYPE_CHECKING:
    from tallymark.buffer import Buffer

STREAM = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
SMALL = Bounds(max_bytes=64 << 10, first=4_096, largest=8_192)
CANARY = b'{"e":"canary-7f3a"}'


class Spool:
    """Hold a spool directory, what it reported, and short ways to its files."""

    def __init__(self, directory: Path) -> None:
        """Begin with nothing reported."""
        self.directory = directory
        self.notices: list[Notice] = []

    def buffers(self, **options: Any) -> SpoolBuffers:  # noqa: ANN401
        """Return buffers of the directory, small ones if nothing else is asked for."""
        options = {
            "memory": MemoryBuffers(),
            "bounds": SMALL,
            "report": self.notices.append,
            **options,
        }
        return SpoolBuffers(self.directory, "tmk_key", "http://x", **options)

    def open(self, stream: str = STREAM, **options: Any) -> SpoolBuffer:  # noqa: ANN401
        """Open a stream that must be on disk."""
        buffer = self.buffers(**options).open(stream, b"{}")
        assert isinstance(buffer, SpoolBuffer)
        return buffer

    @property
    def root(self) -> Path:
        """Return the directory of the destination."""
        return Path(str(self.buffers().location))

    def codes(self) -> list[str]:
        """Return the codes that were reported."""
        return [notice.code for notice in self.notices]

    def holds(self, data: bytes) -> bool:
        """Tell whether any file holds these bytes."""
        return any(data in path.read_bytes() for path in self.root.rglob("*") if path.is_file())


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    """Return an empty directory."""
    return Spool(tmp_path / "state")


def fill(buffer: Buffer, first: int, count: int, size: int = 400) -> list[str | None]:
    """Append events of one size; return the answers."""
    return [buffer.append(seq, b"x" * size) for seq in range(first, first + count)]


def test_purge_erases_the_bytes(spool: Spool) -> None:
    """Erased events are in no file any more when the call returns (TM-SPL-40)."""
    buffer = spool.open()
    for seq in range(1, 200):
        buffer.append(seq, CANARY + b" " * 100)
    buffer.settle(((1, 20),))
    assert spool.holds(b"canary")
    assert buffer.purge("consent_withdrawn") == ((21, 199),)
    assert not spool.holds(b"canary")
    buffer.append(200, b"{}")
    buffer.abandon()
    dead = replace(current_owner(), start=1)
    claim = next(spool.root.iterdir())
    claim.rename(claim.with_name(dead.claim_name(STREAM)))
    (found,) = spool.buffers().adopt()
    assert found.peek(9, 99, ()) == [(200, b"{}")]
    assert found.drops() == {"consent_withdrawn": ((21, 199),)}
    assert found.purge("reset") == ((200, 200),)
    found.close(fin=True)
    assert list(spool.root.iterdir()) == []


def test_an_unfinished_erasure_is_finished(spool: Spool) -> None:
    """A process killed while it erased leaves nothing that comes back (TM-SPL-41)."""
    buffer = spool.open()
    buffer.append(1, CANARY)
    claim = buffer._journal.claim.path
    before = segment_path(claim, 1).read_bytes()
    buffer.purge("reset")
    buffer.close(fin=False)
    (released,) = spool.root.iterdir()
    segment_path(released, 1).write_bytes(before)
    (found,) = spool.buffers().adopt()
    assert (found.pending(), found.drops()) == (0, {"reset": ((1, 1),)})
    assert not spool.holds(b"canary")
    found.close(fin=True)


def test_an_adopted_stream(spool: Spool) -> None:
    """A stream taken over keeps id, numbers, context and losses, and takes no event (LED-9)."""
    first = spool.buffers().open(STREAM, b'{"lib":"x"}')
    fill(first, 1, 50)
    first.drop("expired", ((3, 4),))
    first.close(fin=False)
    (found,) = spool.buffers().adopt()
    assert (found.stream, found.context, found.clock) == (STREAM, b'{"lib":"x"}', "wall")
    assert (found.assigned(), found.pending()) == (50, 48)
    assert found.append(51, b"{}") == "sdk_error"
    assert list(spool.buffers().adopt()) == []
    found.settle(((1, 49),))
    found.acked_drops(((3, 4),))
    found.sync()
    found.close(fin=False)
    (again,) = spool.buffers().adopt()
    assert (again.pending_ranges(), again.drops(), again.assigned()) == (((50, 50),), {}, 50)
    again.settle(((50, 50),))
    again.close(fin=True)
    assert list(spool.root.iterdir()) == []


def test_a_settled_stream_can_still_say_that_it_ended(spool: Spool) -> None:
    """A stream left without `fin` is handed out once more, even with nothing pending."""
    buffer = spool.open()
    fill(buffer, 1, 3)
    buffer.settle(((1, 3),))
    buffer.close(fin=False)
    (found,) = spool.buffers().adopt()
    assert (found.assigned(), found.pending(), found.drops()) == (3, 0, {})
    found.close(fin=True)
    spool.open().close(fin=False)
    assert list(spool.buffers().adopt()) == []
    assert list(spool.root.iterdir()) == []


def test_another_version_is_kept_aside(spool: Spool) -> None:
    """Files of another format version are neither read nor deleted, and said (TM-SPL-14)."""
    buffer = spool.open()
    fill(buffer, 1, 2)
    buffer.close(fin=False)
    (claim,) = spool.root.iterdir()
    newer = PREAMBLE[:7] + b"\x09" + b"what version 9 writes" * 100
    segment_path(claim, 7).write_bytes(newer)
    assert list(spool.buffers().adopt()) == []
    assert spool.codes() == ["kept_aside"]
    assert list(spool.buffers().adopt()) == []
    (kept,) = (spool.root / "aside").iterdir()
    assert segment_path(kept, 7).read_bytes() == newer
    assert spool.codes() == ["kept_aside"]
    # An SDK that knows every segment takes the stream from there.
    segment_path(kept, 7).unlink()
    (found,) = spool.buffers().adopt()
    assert found.pending() == 2
    found.close(fin=True)


def test_a_corrupt_file_is_counted(spool: Spool) -> None:
    """A damaged record is a `storage_error`, said once; its neighbours are delivered."""
    buffer = spool.open()
    fill(buffer, 1, 5)
    buffer.close(fin=False)
    (claim,) = spool.root.iterdir()
    path = segment_path(claim, 1)
    data = bytearray(path.read_bytes())
    data[data.find(encode_event(3, b"x" * 400)) + 100] ^= 0xFF
    path.write_bytes(data)
    (found,) = spool.buffers().adopt()
    assert (found.pending_ranges(), spool.codes()) == (((1, 2), (4, 5)), ["damaged"])
    assert found.drops() == {"storage_error": ((3, 3),)}
    found.close(fin=True)


def test_damage_after_the_index_was_made(spool: Spool) -> None:
    """An event that cannot be read back is dropped and counted; the others are returned."""
    buffer = spool.open(mapped=False)
    fill(buffer, 1, 60)
    path = segment_path(buffer._journal.claim.path, 2)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x01
    path.write_bytes(data)
    assert len(buffer.peek(100, 1 << 20, ())) == 59
    assert sum(high - low + 1 for low, high in buffer.drops()["storage_error"]) == 1
    segment_path(buffer._journal.claim.path, 1).unlink()
    buffer._journal._close_reader()
    assert len(buffer.peek(100, 1 << 20, ())) == buffer.pending() < 59
    buffer.sync()
    assert spool.codes() == ["damaged", "damaged"]
    buffer.close(fin=True)


def test_unreadable_files_wait(spool: Spool) -> None:
    """A segment that cannot be read now is kept for the next attempt."""
    buffer = spool.open()
    fill(buffer, 1, 2)
    buffer.close(fin=False)
    (claim,) = spool.root.iterdir()
    segment_path(claim, 2).mkdir()
    assert list(spool.buffers().adopt()) == []
    assert spool.codes() == ["unreadable"]
    (claim,) = spool.root.iterdir()
    segment_path(claim, 2).rmdir()
    (found,) = spool.buffers().adopt()
    assert found.pending() == 2
    found.close(fin=True)


def test_a_forked_child_touches_nothing(spool: Spool) -> None:
    """A child that abandons its copy changes no file and does not free the parent's claim."""
    buffer = spool.open()
    fill(buffer, 1, 30)
    before = {p: p.read_bytes() for p in spool.root.rglob("*") if p.is_file()}
    child = os.fork()
    if child == 0:
        buffer.abandon()
        buffer.close(fin=True)
        del buffer
        gc.collect()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert {p: p.read_bytes() for p in spool.root.rglob("*") if p.is_file()} == before
    assert buffer.append(31, b"{}") is None
    assert list(spool.buffers().adopt()) == []
    buffer.close(fin=True)


def test_a_child_that_only_forgets_touches_nothing(spool: Spool) -> None:
    """Garbage collection in a forked child writes nothing either."""
    buffer = spool.open()
    fill(buffer, 1, 3)
    before = {p: p.read_bytes() for p in spool.root.rglob("*") if p.is_file()}
    child = os.fork()
    if child == 0:
        del buffer
        gc.collect()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert {p: p.read_bytes() for p in spool.root.rglob("*") if p.is_file()} == before
    buffer.close(fin=True)


def test_a_forgotten_buffer_is_adopted(spool: Spool) -> None:
    """A buffer that was never closed leaves its stream to the next one who looks."""
    buffer = spool.open()
    fill(buffer, 1, 3)
    del buffer
    gc.collect()
    (found,) = spool.buffers().adopt()
    assert found.pending() == 3
    found.close(fin=True)
