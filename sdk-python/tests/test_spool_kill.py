"""A killed process loses nothing it was told is kept."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tallymark.queue import MemoryBuffers
from tallymark.spool import SpoolBuffers

if TYPE_CHECKING:
    from pathlib import Path

KILLS = int(os.environ.get("TALLYMARK_TEST_KILLS", "4"))
"""How many processes each case kills; a soak sets more."""

WRITER = """
import os, sys
from tallymark.queue import MemoryBuffers
from tallymark.spool import Bounds, SpoolBuffers
buffers = SpoolBuffers(sys.argv[1], "key", "url", memory=MemoryBuffers(),
                       mapped=sys.argv[2] == "mapped", bounds=Bounds(first=4096, largest=32768))
buffer = buffers.open("0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b", b"{}")
seq = settled = 0
while True:
    seq += 1
    if buffer.append(seq, b"%d:" % seq + b"x" * (seq * 7919 % 700)) is None:
        os.write(1, b"%d %d\\n" % (seq, settled))
    if seq % 97 == 0:
        buffer.settle(((1, seq - 60),))
        settled = seq - 60
    if seq % 500 == 0:
        buffer.sync()
"""


def event(seq: int) -> bytes:
    """Return what the writer appends under a number."""
    return b"%d:" % seq + b"x" * (seq * 7919 % 700)


@pytest.mark.faults
@pytest.mark.parametrize("mode", ["mapped", "plain"])
@pytest.mark.parametrize("kill", range(KILLS))
def test_kill(tmp_path: Path, mode: str, kill: int) -> None:
    """Every append that returned is found, in order, byte for byte; nothing settled comes back."""
    lines = random.Random(f"{mode} {kill}").randrange(1, 3_000)
    command = [sys.executable, "-c", WRITER, str(tmp_path), mode]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        reported = [writer.stdout.readline() for _ in range(lines)]
        writer.kill()
        reported += writer.stdout.read().splitlines()
    last, settled = map(int, next(line for line in reversed(reported) if b" " in line).split())

    (found,) = SpoolBuffers(tmp_path, "key", "url", memory=MemoryBuffers()).adopt()
    kept = found.peek(1_000_000, 1 << 30, ())
    assert kept[0][0] > settled
    assert [seq for seq, _ in kept] == list(range(kept[0][0], kept[-1][0] + 1))
    assert kept[0][0] <= last - 60 + 97
    assert last <= kept[-1][0] <= last + 1
    assert all(data == event(seq) for seq, data in kept)
    # The one append that was cut short, if there was one, is a counted loss.
    assert found.assigned() <= last + 1
    assert found.drops().get("storage_error", ()) in ((), ((last + 1, last + 1),))
    found.close(fin=True)
    assert list(tmp_path.glob("tallymark/*/*")) == []


TWO = """
import sys
from tallymark.queue import MemoryBuffers
from tallymark.spool import SpoolBuffers
buffers = SpoolBuffers(sys.argv[1], "key", "url", memory=MemoryBuffers())
buffer = buffers.open(sys.argv[2], b"{}")
for seq in range(1, 2001):
    assert buffer.append(seq, b"%s %d" % (sys.argv[2].encode(), seq)) is None
    if seq % 200 == 0:
        assert list(buffers.adopt()) == []
        buffer.sync()
print("written", flush=True)
sys.stdin.readline()
"""


@pytest.mark.faults
def test_two_processes_one_directory(tmp_path: Path) -> None:
    """Processes that share a directory lose nothing and take nothing from each other."""
    streams = [f"0197a1b2-c3d4-7e5f-8a9b-{n:012x}" for n in (1, 2)]
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", TWO, str(tmp_path), stream],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for stream in streams
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"written\n"
    for writer in writers:
        writer.kill()
        writer.communicate()
    found = SpoolBuffers(tmp_path, "key", "url", memory=MemoryBuffers()).adopt()
    kept = {buffer.stream: buffer.peek(10_000, 1 << 30, ()) for buffer in found}
    assert kept == {
        stream: [(seq, b"%s %d" % (stream.encode(), seq)) for seq in range(1, 2_001)]
        for stream in streams
    }
    for buffer in found:
        buffer.close(fin=True)
