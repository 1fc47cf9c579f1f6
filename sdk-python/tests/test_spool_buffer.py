"""The spool keeps to its bound, survives a failing disk, and leaves nothing behind."""

from __future__ import annotations

import errno
import gc
import os
import resource
import subprocess
import sys
import tracemalloc
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

import pytest
from tallymark.queue import MemoryBuffer, MemoryBuffers
from tallymark.spool import Bounds, Notice, SpoolBuffer, SpoolBuffers, state_directory
from tallymark.spool.files import segment_numbers, segment_path, used_bytes
from tallymark.spool.format import MAX_EVENT

if TYPE_CHECKING:
    from tallymark.buffer import Buffer

STREAM = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
OTHER = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5c"
SMALL = Bounds(max_bytes=64 << 10, first=4_096, largest=8_192)


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


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    """Return an empty directory."""
    return Spool(tmp_path / "state")


def fill(buffer: Buffer, first: int, count: int, size: int = 400) -> list[str | None]:
    """Append events of one size; return the answers."""
    return [buffer.append(seq, b"x" * size) for seq in range(first, first + count)]


def open_descriptors() -> int:
    """Return how many descriptors this process has open."""
    gc.collect()
    return len(list(Path("/proc/self/fd").iterdir()))


def exhaust(held: list[int]) -> None:
    """Open descriptors until there are none left."""
    while True:
        held.append(os.open("/dev/null", os.O_RDONLY))


def test_files_are_private(spool: Spool) -> None:
    """Directories are 0700 and files 0600: a spool holds personal data (TM-SPL-03)."""
    buffer = spool.open()
    fill(buffer, 1, 60)
    modes = {
        path.relative_to(spool.directory): path.stat().st_mode & 0o777
        for path in [spool.directory, *spool.directory.rglob("*")]
    }
    assert len(modes) > 5
    for path, mode in modes.items():
        assert mode == (0o700 if (spool.directory / path).is_dir() else 0o600)
    buffer.close(fin=True)


@pytest.mark.parametrize("mapped", [True, False])
def test_settled_segments_go_away(spool: Spool, mapped: bool) -> None:  # noqa: FBT001
    """Disk use follows what is pending, and ends at nothing."""
    buffer = spool.open(mapped=mapped)
    assert set(fill(buffer, 1, 100)) == {None}
    assert used_bytes(spool.root) > 40_000
    buffer.settle(((1, 95),))
    buffer.sync()
    assert used_bytes(spool.root) <= 3 * SMALL.largest
    buffer.settle(((96, 100),))
    buffer.close(fin=True)
    assert list(spool.root.iterdir()) == []


def test_the_bound_holds(spool: Spool) -> None:
    """Beyond the bound events are refused, cheaply and until there is room again."""
    buffer = spool.open()
    answers = fill(buffer, 1, 400)
    kept = answers.index("queue_overflow")
    assert 100 < kept < 164
    assert set(answers[kept:]) == {"queue_overflow"}
    assert used_bytes(spool.root) <= SMALL.max_bytes
    buffer.drop("queue_overflow", ((kept + 1, 400),))
    buffer.settle(((1, 100),))
    buffer.sync()
    assert buffer.append(401, b"x" * 400) is None
    assert spool.codes() == []
    buffer.close(fin=True)


def test_the_bound_counts_other_streams(spool: Spool) -> None:
    """Streams share the bound, adopted and foreign processes' ones included."""
    first = spool.open()
    fill(first, 1, 80)
    second = spool.open(OTHER)
    answers = fill(second, 1, 80)
    assert answers[-1] == "queue_overflow"
    assert used_bytes(spool.root) <= SMALL.max_bytes + SMALL.first
    first.close(fin=True)
    second.sync()
    assert second.append(200, b"x" * 400) is None
    second.close(fin=True)


def test_losses_fit_into_a_full_spool(spool: Spool) -> None:
    """Declaring losses works while the spool is full, survives, and does not grow the files."""
    buffer = spool.open()
    kept = fill(buffer, 1, 400).index("queue_overflow")
    for seq in range(kept + 1, 10_000):
        buffer.drop("queue_overflow", ((seq, seq),))
        if seq % 100 == 0:
            buffer.sync()
    buffer.sync()
    assert used_bytes(spool.root) <= SMALL.max_bytes + 2 * SMALL.largest
    buffer.close(fin=False)
    (found,) = spool.buffers().adopt()
    assert found.drops() == {"queue_overflow": ((kept + 1, 9_999),)}
    assert found.pending() == kept
    found.close(fin=True)


def test_oldest_gives_way(spool: Spool) -> None:
    """With the other policy the oldest segment's events make room, and are declared."""
    buffer = spool.open(overflow="oldest")
    assert set(fill(buffer, 1, 400)) == {None}
    pending = buffer.pending_ranges()
    assert len(pending) == 1
    assert pending[0][1] == 400
    assert buffer.drops() == {"queue_overflow": ((1, pending[0][0] - 1),)}
    assert used_bytes(spool.root) <= SMALL.max_bytes + SMALL.largest
    buffer.close(fin=True)


def test_memory_per_event(spool: Spool) -> None:
    """No event's bytes stay in memory: a kept event costs its place only."""
    buffer = spool.open(bounds=Bounds())
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    fill(buffer, 1, 20_000)
    used = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert used / 20_000 < 364 / 4
    buffer.close(fin=True)


def test_event_sizes(spool: Spool) -> None:
    """The longest event is kept, one longer is refused by name, whatever the segment's size."""
    buffer = spool.open(bounds=Bounds(first=4_096, largest=8_192))
    sizes = [1, MAX_EVENT, MAX_EVENT + 1, 9_000]
    answers = [buffer.append(seq, b"x" * size) for seq, size in enumerate(sizes, 1)]
    assert answers == [None, None, "too_large", None]
    assert [len(event) for _, event in buffer.peek(9, 1 << 20, ())] == [1, MAX_EVENT, 9_000]
    buffer.close(fin=True)


def test_an_unusable_directory_is_said(tmp_path: Path) -> None:
    """Where no directory can be made, the same calls work on memory, and that is reported."""
    (tmp_path / "state").write_text("a file in the way")
    spool = Spool(tmp_path / "state")
    buffer = spool.buffers().open(STREAM, b"{}")
    assert isinstance(buffer, MemoryBuffer)
    assert spool.codes() == ["unusable"]
    assert (
        "NotADirectoryError" in spool.notices[0].detail or "FileExists" in spool.notices[0].detail
    )
    assert list(spool.buffers().adopt()) == []


@pytest.mark.parametrize("mapped", [True, False])
def test_a_failing_disk(spool: Spool, mapped: bool) -> None:  # noqa: FBT001
    """While no segment can be made, events go to memory; later they are moved to disk."""
    buffer = spool.open(mapped=mapped)
    fill(buffer, 1, 5)
    claim = buffer._journal.claim.path
    away = claim.with_name("away")
    claim.rename(away)
    assert set(fill(buffer, 6, 95)) == {None}
    assert buffer.degraded is not None
    assert buffer.degraded.startswith("FileNotFoundError")
    buffer.sync()
    assert spool.codes() == ["degraded"]
    away.rename(claim)
    assert [seq for seq, _ in buffer.peek(200, 1 << 20, ())] == list(range(1, 101))
    buffer.settle(((50, 60),))
    buffer.sync()
    assert not buffer.degraded
    assert spool.codes() == ["degraded", "recovered"]
    buffer.close(fin=False)
    (found,) = spool.buffers().adopt()
    assert found.pending_ranges() == ((1, 49), (61, 100))
    assert [len(event) for _, event in found.peek(200, 1 << 20, ())] == [400] * 89
    assert found.drops() == {}
    found.close(fin=True)


def test_deleting_comes_before_writing(spool: Spool) -> None:
    """On a full disk, settled segments go first, or there would never be room again."""
    buffer = spool.open(mapped=False)
    fill(buffer, 1, 60)
    buffer._degrade(OSError(errno.ENOSPC, "planted"))
    buffer.append(61, b"in memory")
    buffer.settle(((1, 55),))
    claim = buffer._journal.claim.path
    active = max(segment_numbers(claim))
    blocked = [segment_path(claim, active + more) for more in range(1, 10)]
    for path in blocked:
        path.mkdir()
    buffer.sync()
    assert not segment_path(claim, 1).exists()
    assert spool.codes() == ["degraded"]
    for path in blocked:
        path.rmdir()
    buffer.sync()
    assert spool.codes() == ["degraded", "recovered"]
    assert buffer.pending_ranges() == ((56, 61),)
    buffer.close(fin=True)


def test_memory_is_bounded_while_the_disk_fails(spool: Spool) -> None:
    """What does not fit into memory either is refused as `storage_error`."""
    buffer = spool.open()
    buffer._memory_bytes = 1_000
    claim = buffer._journal.claim.path
    away = claim.with_name("away")
    claim.rename(away)
    answers = fill(buffer, 1, 30)
    assert answers[-1] == "storage_error"
    kept = answers.count(None)
    buffer.settle(((1, kept),))
    assert buffer.append(31, b"x") is None
    away.rename(claim)
    buffer.close(fin=True)


def test_what_only_memory_held_is_declared(spool: Spool) -> None:
    """At the end, events the disk still does not take are counted, not forgotten."""
    buffer = spool.open()
    buffer.append(1, b"on disk")
    buffer._degrade(OSError("planted"))
    buffer.append(2, b"in memory")
    buffer._memory_bytes = 0
    root = spool.root
    moved = root.with_name("moved")
    root.rename(moved)
    buffer._leave()
    assert buffer.drops() == {"storage_error": ((2, 2),)}
    moved.rename(root)
    buffer.close(fin=False)
    (found,) = spool.buffers().adopt()
    assert (found.pending_ranges(), found.drops()) == (((1, 1),), {"storage_error": ((2, 2),)})
    found.close(fin=True)


FULL_DISK = """
import resource, sys
from tallymark.queue import MemoryBuffers
from tallymark.spool import SpoolBuffers
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
notices = []
buffers = SpoolBuffers(sys.argv[1], "key", "url", memory=MemoryBuffers(),
                       mapped=sys.argv[2] == "mapped", report=notices.append)
buffer = buffers.open("0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b", b"{}")
assert {buffer.append(seq, b"x" * 400) for seq in range(1, 1001)} == {None}
assert [seq for seq, _ in buffer.peek(2000, 1 << 20, ())] == list(range(1, 1001))
buffer.settle(((1, 900),))
buffer.sync()
print([notice.code for notice in notices], buffer.pending(), buffer.degraded)
"""


@pytest.mark.faults
@pytest.mark.parametrize("mode", ["mapped", "plain"])
def test_a_full_disk_kills_nobody(tmp_path: Path, mode: str) -> None:
    """No room for a file ends neither the process (SIGBUS, SIGXFSZ) nor the recording."""
    run = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path), mode],
        check=True,
        capture_output=True,
        text=True,
    )
    assert run.stdout == "['degraded', 'recovered'] 100 None\n"


def test_durable_sync_flushes_what_is_new(spool: Spool) -> None:
    """After a sync only the segment in use may hold bytes the disk does not have."""
    buffer = spool.open(durable=True)
    fill(buffer, 1, 60)
    pending = buffer._journal.unflushed()
    buffer._journal._unflushed.update(segment_numbers(buffer._journal.claim.path))
    assert len(pending) > 3
    assert spool.root in pending
    buffer.sync()
    assert buffer._journal._unflushed == {buffer._journal._number}
    assert buffer.degraded is None
    buffer.close(fin=True)


def test_descriptors_do_not_grow(spool: Spool) -> None:
    """However many segments there are, a stream needs a handful of descriptors."""
    before = open_descriptors()
    buffer = spool.open(bounds=Bounds(first=4_096, largest=8_192))
    fill(buffer, 1, 2_000)
    buffer.peek(2_000, 1 << 20, ())
    assert len(segment_numbers(buffer._journal.claim.path)) > 90
    assert open_descriptors() - before <= 4
    buffer.close(fin=True)
    assert open_descriptors() == before


def test_no_descriptor_left(spool: Spool) -> None:
    """A process without a free descriptor goes on in memory and takes no living stream."""
    buffer = spool.open()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (open_descriptors(), hard))
    held: list[int] = []
    try:
        with pytest.raises(OSError, match="Too many open files"):
            exhaust(held)
        answers = set(fill(buffer, 1, 30))
        adopted = list(spool.buffers().adopt())
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for descriptor in held:
            os.close(descriptor)
    assert (answers, adopted) == ({None}, [])
    buffer.sync()
    assert spool.codes() == ["degraded", "recovered"]
    buffer.close(fin=True)


def test_threads(spool: Spool) -> None:
    """While threads append, a worker peeks, settles and tidies: everything arrives once."""
    buffer = spool.open(bounds=Bounds(first=4_096, largest=8_192))
    owner, total, last = Lock(), 8_000, iter(range(1, 8_001))
    delivered: list[int] = []

    def record() -> None:
        while True:
            with owner:
                seq = next(last, None)
                if seq is None:
                    return
                assert buffer.append(seq, b"%d" % seq * 20) is None

    threads = [Thread(target=record) for _ in range(4)]
    for thread in threads:
        thread.start()
    while len(delivered) < total and (buffer.pending() or any(t.is_alive() for t in threads)):
        with owner:
            batch = buffer.peek(100, 1 << 20, ())
            if batch:
                buffer.settle(((batch[0][0], batch[-1][0]),))
        buffer.sync()
        assert all(event == b"%d" % seq * 20 for seq, event in batch)
        delivered += [seq for seq, _ in batch]
    for thread in threads:
        thread.join()
    assert delivered == list(range(1, total + 1))
    buffer.close(fin=True)
    assert list(spool.root.iterdir()) == []


def test_location(tmp_path: Path) -> None:
    """The directory is named after the destination, and tells neither key nor address."""
    spool = Spool(tmp_path)
    assert spool.root.parent == tmp_path / "tallymark"
    assert spool.root.name == "bda3035475c3785e8f04e924d5656af3"
    other = SpoolBuffers(tmp_path, "tmk_other", "http://x", memory=MemoryBuffers())
    assert other.location != spool.buffers().location


def test_state_directory() -> None:
    """XDG_STATE_HOME counts if it is absolute, as its specification asks."""
    home = Path("/people/x")
    assert state_directory({"XDG_STATE_HOME": "/state"}, home) == Path("/state")
    for environment in ({}, {"XDG_STATE_HOME": ""}, {"XDG_STATE_HOME": "relative"}):
        assert state_directory(environment, home) == Path("/people/x/.local/state")
