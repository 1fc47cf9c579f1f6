"""A stream has one owner: the living keep it, and of many adopters one gets it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tallymark.spool import claim as claims
from tallymark.spool.owner import (
    UNKNOWN,
    ClaimName,
    Owner,
    current_owner,
    fate,
    parse_claim_name,
    read_process,
    released_name,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STREAM = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
ME = current_owner()
DEAD = replace(ME, start=ME.start + 1)
ELSEWHERE = replace(ME, namespace=ME.namespace + 1)
"""A process of another container on this machine."""
REBOOTED = replace(ME, boot="0" * 32)
NOWHERE = Owner(UNKNOWN, 0, 1, 0)
"""A process of a platform without /proc."""


def names(root: Path) -> list[str]:
    """Return what lies in a directory."""
    return sorted(path.name for path in root.iterdir())


def test_names_come_back() -> None:
    """A claim's name says stream and owner; every name is new (TM-SPL-31)."""
    for owner in (ME, NOWHERE):
        assert parse_claim_name(owner.claim_name(STREAM)) == ClaimName(STREAM, owner)
    assert parse_claim_name(released_name(STREAM)) == ClaimName(STREAM, None)
    assert ME.claim_name(STREAM) != ME.claim_name(STREAM)


@pytest.mark.parametrize("name", ["", "aside", STREAM, f"{STREAM}.released", f"../{STREAM}.x"])
def test_other_names_are_no_claims(name: str) -> None:
    """What is not named as a claim is left alone."""
    assert parse_claim_name(name) is None


def test_fate() -> None:
    """The name alone tells a reused pid and a released claim; not another boot or container."""
    fates = [fate(owner, ME) for owner in (ME, DEAD, None, ELSEWHERE, REBOOTED, NOWHERE)]
    assert fates == ["live", "dead", "dead", "unknown", "unknown", "unknown"]
    assert fate(ME, NOWHERE) == "unknown"


def test_fate_of_an_ended_process() -> None:
    """A process that ended is dead, even while nobody has waited for it."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        before = read_process(process.pid)
        assert before is not None
        owner = replace(ME, pid=process.pid, start=before[1])
        assert fate(owner, ME) == "live"
        process.kill()
        deadline = time.monotonic() + 10
        while fate(owner, ME) == "live" and time.monotonic() < deadline:
            time.sleep(0.01)
        assert read_process(process.pid) is not None
        assert fate(owner, ME) == "dead"
    assert read_process(process.pid) is None
    assert fate(owner, ME) == "dead"


@pytest.mark.parametrize(
    ("owner", "taken"),
    [(ME, False), (DEAD, True), (ELSEWHERE, False), (REBOOTED, False), (NOWHERE, False)],
)
def test_a_held_lock(tmp_path: Path, owner: Owner, taken: bool) -> None:  # noqa: FBT001
    """Where the name tells nothing, a held lock says alive; a dead owner's is an heir's."""
    held = claims.create(tmp_path, STREAM, owner)
    claim = claims.take(held.path, tmp_path, ME)
    assert (claim is not None) == taken
    if claim is not None:
        # The new owner's lock is in place: to another container it is alive.
        assert claims.take(claim.path, tmp_path, ELSEWHERE) is None
        claim.abandon()
    held.abandon()


@pytest.mark.parametrize(
    ("owner", "taken"),
    [(ME, False), (DEAD, True), (ELSEWHERE, True), (REBOOTED, True), (NOWHERE, True)],
)
def test_a_free_lock(tmp_path: Path, owner: Owner, taken: bool) -> None:  # noqa: FBT001
    """A lock nobody holds says dead, except of a process the name shows alive."""
    left = claims.create(tmp_path, STREAM, owner)
    left.abandon()
    claim = claims.take(left.path, tmp_path, ME)
    assert (claim is not None) == taken
    if claim is not None:
        assert parse_claim_name(claim.path.name) == ClaimName(STREAM, ME)
        claim.abandon()


@pytest.mark.parametrize(
    ("owner", "idle_s", "taken"),
    [
        (ME, claims.IDLE_S * 2, False),
        (ELSEWHERE, 0, False),
        (ELSEWHERE, claims.IDLE_S + 60, True),
        (NOWHERE, 0, False),
        (NOWHERE, claims.IDLE_S + 60, True),
        (REBOOTED, 0, True),
    ],
)
def test_no_lock_file(
    tmp_path: Path,
    owner: Owner,
    idle_s: int,
    taken: bool,  # noqa: FBT001
) -> None:
    """Without a lock (a Node process) only name, reboot or a week without change tell."""
    left = claims.create(tmp_path, STREAM, owner)
    left.abandon()
    (left.path / claims.LOCK).unlink()
    changed = time.time() - idle_s
    os.utime(left.path, (changed, changed))
    claim = claims.take(left.path, tmp_path, ME)
    assert (claim is not None) == taken
    if claim is not None:
        claim.abandon()


def test_release_and_remove(tmp_path: Path) -> None:
    """A released stream is taken by the next one who looks; a removed one is gone."""
    claim = claims.create(tmp_path, STREAM, ME)
    claim.release()
    (released,) = names(tmp_path)
    assert parse_claim_name(released) == ClaimName(STREAM, None)
    again = claims.take(tmp_path / released, tmp_path, ME)
    assert again is not None
    assert claims.take(tmp_path / released, tmp_path, ME) is None
    again.remove()
    assert names(tmp_path) == []


def test_modes(tmp_path: Path) -> None:
    """Nobody else may look into a claim (TM-SPL-03)."""
    claim = claims.create(tmp_path, STREAM, ME)
    assert claim.path.stat().st_mode & 0o777 == 0o700
    assert (claim.path / claims.LOCK).stat().st_mode & 0o777 == 0o600
    claim.remove()


def test_a_forked_child_keeps_the_parents_claim_alone(tmp_path: Path) -> None:
    """A child that lets go of its copy of the lock does not let go of the parent's."""
    claim = claims.create(tmp_path, STREAM, ELSEWHERE)
    child = os.fork()
    if child == 0:
        claim.abandon()
        os._exit(0)
    os.waitpid(child, 0)
    assert claims.take(claim.path, tmp_path, ME) is None
    claim.remove()


RACER = """
import sys
from pathlib import Path
from tallymark.queue import MemoryBuffers
from tallymark.spool import SpoolBuffers
buffers = SpoolBuffers(sys.argv[1], "key", "url", memory=MemoryBuffers())
print("ready", flush=True)
sys.stdin.readline()
adopted = buffers.adopt()
for buffer in adopted:
    print(buffer.stream, buffer.pending(), flush=True)
print("done", flush=True)
sys.stdin.readline()
"""
DYING = """
import os, sys
from tallymark.queue import MemoryBuffers
from tallymark.spool import SpoolBuffers
buffers = SpoolBuffers(sys.argv[1], "key", "url", memory=MemoryBuffers())
opened = [buffers.open(f"0197a1b2-c3d4-7e5f-8a9b-{n:012x}", b"{}") for n in range(40)]
for buffer in opened:
    buffer.append(1, b"{}")
print("written", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def start(tmp_path: Path) -> Callable[[str], subprocess.Popen[str]]:
    """Start a process that works on the test's spool directory."""

    def popen(code: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    return popen


@pytest.mark.faults
def test_eight_adopters(start: Callable[[str], subprocess.Popen[str]]) -> None:
    """Of eight processes that adopt at once, exactly one gets each stream (TM-SPL-33)."""
    with start(DYING) as dying:
        assert dying.stdout is not None
        assert dying.stdout.readline() == "written\n"
        racers = [start(RACER) for _ in range(8)]
        for racer in racers:
            assert racer.stdout is not None
            assert racer.stdout.readline() == "ready\n"
        dying.kill()
        dying.wait()
        for racer in racers:
            assert racer.stdin is not None
            racer.stdin.write("go\n")
            racer.stdin.flush()
        found: list[str] = []
        # All stay alive until all have looked: what a dead one took would be taken again.
        for racer in racers:
            assert racer.stdout is not None
            found += iter(racer.stdout.readline, "done\n")
        for racer in racers:
            racer.communicate("\n", timeout=60)
    assert sorted(found) == [f"0197a1b2-c3d4-7e5f-8a9b-{n:012x} 1\n" for n in range(40)]


@pytest.mark.faults
def test_the_living_are_left_alone(start: Callable[[str], subprocess.Popen[str]]) -> None:
    """No stream of a process that lives is taken."""
    with start(DYING) as living:
        assert living.stdout is not None
        assert living.stdout.readline() == "written\n"
        with start(RACER) as racer:
            out, _ = racer.communicate("\n\n", timeout=60)
            assert out == "ready\ndone\n"
        living.kill()
