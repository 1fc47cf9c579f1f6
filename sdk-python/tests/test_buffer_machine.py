"""Random histories of calls, crashes and torn tails against a dictionary."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from tallymark.intervals import Intervals
from tallymark.queue import MemoryBuffers
from tallymark.spool import Bounds, SpoolBuffer, SpoolBuffers
from tallymark.spool.files import segment_numbers, segment_path
from tallymark.spool.format import encode_event
from tallymark.spool.owner import Owner, current_owner

if TYPE_CHECKING:
    from tallymark.buffer import Buffer, Buffers

STREAM = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
REASONS = st.sampled_from(["hook", "sampled", "expired"])
RANGES = st.lists(
    st.tuples(st.integers(1, 120), st.integers(0, 20)).map(lambda pair: (pair[0], sum(pair))),
    max_size=3,
).map(lambda pairs: Intervals(pairs).ranges())


class Oracle:
    """Keep what a buffer should know, one entry per number."""

    def __init__(self) -> None:
        """Begin with nothing assigned."""
        self.events: dict[int, bytes] = {}
        self.ended: dict[int, str] = {}
        self.assigned = 0
        self.live = True

    def end(self, seq: int, how: str) -> None:
        """Let a number end, once."""
        self.events.pop(seq, None)
        self.ended.setdefault(seq, how)

    def drops(self) -> dict[str, set[int]]:
        """Return the untold losses by reason."""
        drops: dict[str, set[int]] = {}
        for seq, how in self.ended.items():
            if how not in ("settled", "acked"):
                drops.setdefault(how, set()).add(seq)
        return drops

    def recover(self, torn: int) -> None:
        """Declare what a new process cannot find."""
        self.live = False
        self.assigned += torn
        for seq in range(1, self.assigned + 1):
            if seq not in self.events:
                self.ended.setdefault(seq, "storage_error")


class BufferMachine(RuleBasedStateMachine):
    """Drive one buffer and the oracle with the same calls."""

    def __init__(self) -> None:
        """Prepare a place for files."""
        super().__init__()
        self.directory = tempfile.TemporaryDirectory()
        self.buffers: Buffers = self.make()
        self.buffer: Buffer
        self.oracle = Oracle()

    def make(self) -> Buffers:
        """Return the implementation to be tested."""
        return MemoryBuffers()

    @initialize()
    def open(self) -> None:
        """Open an empty buffer."""
        self.buffer = self.buffers.open(STREAM, b"{}")
        self.oracle = Oracle()

    @rule(jump=st.integers(1, 3), size=st.integers(0, 900))
    def append(self, jump: int, size: int) -> None:
        """Append an event, now and then leaving numbers out."""
        seq = max(self.oracle.assigned, self.buffer.assigned()) + max(1, jump - 1)
        event = b"%d" % seq * (size // 3)
        kept = self.buffer.append(seq, event) is None
        assert kept == self.oracle.live
        if kept:
            self.oracle.events[seq] = event
            self.oracle.assigned = seq

    @rule(ranges=RANGES)
    def settle(self, ranges: tuple[tuple[int, int], ...]) -> None:
        """Settle any numbers."""
        self.buffer.settle(ranges)
        for low, high in ranges:
            for seq in range(low, min(high, self.oracle.assigned) + 1):
                self.oracle.end(seq, "settled")

    @rule(ranges=RANGES, reason=REASONS)
    def drop(self, ranges: tuple[tuple[int, int], ...], reason: str) -> None:
        """Declare any numbers lost."""
        self.buffer.drop(reason, ranges)
        for low, high in ranges:
            self.oracle.assigned = max(self.oracle.assigned, high)
            for seq in range(low, high + 1):
                self.oracle.end(seq, reason)

    @rule(ranges=RANGES)
    def acked_drops(self, ranges: tuple[tuple[int, int], ...]) -> None:
        """Acknowledge reports."""
        self.buffer.acked_drops(ranges)
        told = Intervals(ranges)
        for numbers in self.oracle.drops().values():
            for seq in numbers:
                if seq in told:
                    self.oracle.ended[seq] = "acked"

    @rule(ranges=RANGES, max_events=st.integers(0, 30), max_bytes=st.integers(1, 3_000))
    def peek(self, ranges: tuple[tuple[int, int], ...], max_events: int, max_bytes: int) -> None:
        """Look at the oldest events that are not in flight."""
        skip, room = Intervals(ranges), max_bytes
        expected: list[tuple[int, bytes]] = []
        for seq, event in sorted(self.oracle.events.items()):
            if seq in skip:
                continue
            if len(expected) == max_events or (expected and len(event) > room):
                break
            expected.append((seq, event))
            room -= len(event)
        assert self.buffer.peek(max_events, max_bytes, ranges) == expected

    @rule()
    def sync(self) -> None:
        """Tidy up."""
        self.buffer.sync()

    @rule()
    def purge(self) -> None:
        """Erase everything."""
        erased = {n for low, high in self.buffer.purge("reset") for n in range(low, high + 1)}
        assert erased == set(self.oracle.events)
        for seq in erased:
            self.oracle.end(seq, "reset")

    @invariant()
    def agrees(self) -> None:
        """Whatever can be asked has the oracle's answer."""
        if not hasattr(self, "buffer"):
            return
        drops = {
            reason: {n for low, high in ranges for n in range(low, high + 1)}
            for reason, ranges in self.buffer.drops().items()
        }
        assert drops == self.oracle.drops()
        assert self.buffer.pending() == len(self.oracle.events)
        assert self.buffer.pending_bytes() == sum(map(len, self.oracle.events.values()))
        assert self.buffer.assigned() == self.oracle.assigned
        assert Intervals(self.buffer.pending_ranges()).count == len(self.oracle.events)

    def teardown(self) -> None:
        """Close what is open."""
        if hasattr(self, "buffer"):
            self.buffer.close(fin=True)
        self.directory.cleanup()


class SpoolMachine(BufferMachine):
    """The same on disk, where a stream survives its process."""

    def make(self) -> Buffers:
        """Return a spool of small segments whose processes are dead as soon as they are gone."""
        me = current_owner()
        dead = Owner(me.boot, me.namespace, me.pid, me.start + 1)
        bounds = Bounds(first=4_096, largest=8_192)
        return SpoolBuffers(
            self.directory.name,
            "tmk_key",
            "http://x",
            memory=MemoryBuffers(),
            bounds=bounds,
            owner=dead,
        )

    def survive(self, torn: int = 0) -> None:
        """Let a new process find the stream."""
        found = self.buffers.adopt()
        self.oracle.recover(torn)
        if not self.oracle.assigned:
            assert list(found) == []
            self.open()
            return
        assert [buffer.stream for buffer in found] == [STREAM]
        self.buffer = found[0]

    @rule()
    def crash(self) -> None:
        """Kill the process: nothing is written any more."""
        self.buffer.abandon()
        self.survive()

    @rule()
    def leave(self) -> None:
        """End the process in order, with events pending."""
        self.buffer.close(fin=False)
        self.survive()

    @precondition(lambda self: self.oracle.live)
    @rule(cut=st.integers(5, 30))
    def crash_while_appending(self, cut: int) -> None:
        """Kill the process in the middle of an append, whose event is then a counted loss."""
        assert isinstance(self.buffer, SpoolBuffer)
        active = self.buffer._journal._active
        assert active is not None
        used, claim = active.used, self.buffer._journal.claim.path
        self.buffer.abandon()
        path = segment_path(claim, segment_numbers(claim)[-1])
        data = path.read_bytes()
        record = encode_event(self.oracle.assigned + 1, b"torn" * 10)[:cut]
        path.write_bytes(data[:used] + record + data[used + len(record) :])
        self.survive(torn=1)

    @precondition(lambda self: not self.oracle.live)
    @rule()
    def finish(self) -> None:
        """Be done with an adopted stream, and open the next."""
        self.buffer.close(fin=True)
        root = Path(str(self.buffers.location))
        assert list(root.iterdir()) == []
        self.open()


TestMemoryMachine = BufferMachine.TestCase
TestMemoryMachine.settings = settings(max_examples=40, stateful_step_count=40)
TestSpoolMachine = SpoolMachine.TestCase
TestSpoolMachine.settings = settings(max_examples=60, stateful_step_count=40)
