from __future__ import annotations

import errno
import subprocess
import sys
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallymark_conformance.powercut.build import build
from tallymark_conformance.powercut.disk import SHORT_WRITE, Disk, FailingCalls, _tear

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "import mmap, os, sys; os.chdir(sys.argv[1])\n"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile the preload library once."""
    return build(tmp_path_factory.mktemp("library"))


@pytest.fixture
def disk(tmp_path: Path, library: Path) -> Disk:
    """Make an empty disk."""
    return Disk.make(tmp_path, library)


def run(disk: Disk, program: str, calls: FailingCalls | None = None) -> str:
    """Run *program* with the disk as its folder; return what it printed."""
    env = disk.env if calls is None else {**disk.env, **calls.env}
    argv = [sys.executable, "-c", HEAD + program, str(disk.data)]
    return subprocess.run(argv, env=env, check=True, capture_output=True, text=True).stdout


def left(disk: Disk) -> dict[str, str]:
    """Cut the power; return the files that are left."""
    disk.cut()
    files = [path for path in disk.data.rglob("*") if path.is_file()]
    return {str(path.relative_to(disk.data)): path.read_text() for path in files}


def test_only_synced_bytes_survive(disk: Disk) -> None:
    """Bytes written after the last sync are gone, and so is a file that never had one."""
    run(
        disk,
        "f = open('a', 'w'); f.write('one'); f.flush(); os.fsync(f.fileno())\n"
        "f.write('two'); f.flush()\n"
        "open('b', 'w').write('never')\n",
    )
    assert {"a": "one"} == left(disk)


def test_fdatasync_counts_as_well(disk: Disk) -> None:
    """A file in a folder below the disk survives with its fdatasync."""
    run(
        disk,
        "os.mkdir('deep'); f = open('deep/a', 'w'); f.write('one'); f.flush()\n"
        "os.fdatasync(f.fileno())\n",
    )
    assert {"deep/a": "one"} == left(disk)


def test_a_mapped_file_survives_with_its_msync(disk: Disk) -> None:
    """What a process wrote into a mapping is durable after msync and not before."""
    run(
        disk,
        "f = open('a', 'w+b'); f.truncate(4); m = mmap.mmap(f.fileno(), 4)\n"
        "m[:4] = b'abcd'; m.flush(); m[:4] = b'efgh'\n",
    )
    assert {"a": "abcd"} == left(disk)


RENAME = (
    "f = open('a', 'w'); f.write('new'); f.flush(); os.fsync(f.fileno())\n"
    "g = open('b', 'w'); g.write('old'); g.flush(); os.fsync(g.fileno())\n"
    "os.rename('a', 'b')\n"
)
SYNC_FOLDER = "os.fsync(os.open('.', os.O_RDONLY))\n"


def test_a_rename_needs_the_folders_sync(disk: Disk) -> None:
    """Without a sync of the folder the old names come back."""
    run(disk, RENAME)
    assert {"a": "new", "b": "old"} == left(disk)


def test_a_rename_survives_with_the_folders_sync(disk: Disk) -> None:
    """With it the new name stands, and the old one is gone."""
    run(disk, RENAME + SYNC_FOLDER)
    assert {"b": "new"} == left(disk)


def test_an_unlink_needs_the_folders_sync(disk: Disk) -> None:
    """A file that was removed comes back unless the folder was synced."""
    program = "f = open('a', 'w'); f.write('x'); f.flush(); os.fsync(f.fileno()); os.unlink('a')\n"
    run(disk, program)
    assert {"a": "x"} == left(disk)
    run(disk, program + SYNC_FOLDER)
    assert {} == left(disk)


def test_a_name_used_again_is_not_removed_later(disk: Disk) -> None:
    """The pending removal of an old file does not hit the new one of the same name."""
    run(
        disk,
        "f = open('a', 'w'); f.write('x'); f.flush(); os.fsync(f.fileno()); os.unlink('a')\n"
        "f = open('a', 'w'); f.write('y'); f.flush(); os.fsync(f.fileno())\n" + SYNC_FOLDER,
    )
    assert {"a": "y"} == left(disk)


def test_a_truncation_survives_with_the_files_sync(disk: Disk) -> None:
    """The length is data like any other."""
    run(
        disk,
        "f = open('a', 'w+'); f.write('abcdef'); f.flush(); os.fsync(f.fileno())\nf.truncate(2)\n",
    )
    assert {"a": "abcdef"} == left(disk)


def test_files_of_shared_memory_are_left_out(disk: Disk) -> None:
    """An index that SQLite rebuilds is no part of the shadow."""
    run(disk, "f = open('x-shm', 'w'); f.write('x'); f.flush(); os.fsync(f.fileno())\n")
    assert not (disk.shadow / "x-shm").exists()


def test_files_outside_of_the_disk_are_left_alone(disk: Disk, tmp_path: Path) -> None:
    """A sync elsewhere leaves nothing in the shadow."""
    outside = tmp_path / "outside"
    run(
        disk,
        f"f = open({str(outside)!r}, 'w'); f.write('x'); f.flush(); os.fsync(f.fileno())\n",
    )
    assert "x" == outside.read_text()
    assert {} == left(disk)


@given(st.binary(max_size=3_000), st.binary(max_size=3_000), st.integers())
def test_a_torn_file_is_made_of_whole_sectors(live: bytes, kept: bytes, seed: int) -> None:
    """Each sector is the new one or the old one, the length one of the two."""
    torn = _tear(live, kept, Random(seed))
    assert len(torn) in (len(live), len(kept))
    for start in range(0, len(torn), 512):
        size = min(512, len(torn) - start)
        choices = [source[start : start + size].ljust(size, b"\0") for source in (live, kept)]
        assert torn[start : start + size] in choices


WRITE_TWICE = (
    "f = os.open('a', os.O_WRONLY | os.O_CREAT)\n"
    "for _ in range(2):\n"
    "    try: print(os.write(f, b'abcd'))\n"
    "    except OSError as e: print(e.errno)\n"
)


@pytest.mark.parametrize(
    ("error", "after", "expected"),
    [
        (errno.ENOSPC, 0, ["28", "4"]),
        (errno.EIO, 1, ["4", "5"]),
        (SHORT_WRITE, 0, ["2", "4"]),
        (errno.EIO, 2, ["4", "4"]),
    ],
)
def test_the_nth_write_fails(
    disk: Disk, tmp_path: Path, error: int, after: int, expected: list[str]
) -> None:
    """Exactly the write that was armed fails, with the error that was asked for."""
    calls = FailingCalls(tmp_path / "control")
    calls.arm("write", error=error, after=after)
    assert expected == run(disk, WRITE_TWICE, calls).split()
    assert 2 == calls.seen()["write"]
    assert (expected != ["4", "4"]) == (calls.failed == 1)
    calls.close()


@pytest.mark.parametrize(
    ("call", "program"),
    [
        ("open", "os.open('new', os.O_WRONLY | os.O_CREAT)"),
        ("sync", "os.fsync(os.open('old', os.O_RDONLY))"),
        ("truncate", "os.ftruncate(os.open('old', os.O_RDWR), 1)"),
    ],
)
def test_other_calls_fail_too(disk: Disk, tmp_path: Path, call: str, program: str) -> None:
    """Opening, syncing and truncating below the disk fail while they are armed."""
    (disk.data / "old").write_text("old")
    calls = FailingCalls(tmp_path / "control")
    attempt = f"try: {program}\nexcept OSError as e: print(e.errno)\nelse: print('fine')\n"
    calls.arm(call, error=errno.EMFILE, times=-1)  # type: ignore[arg-type]
    assert ["24"] == run(disk, attempt, calls).split()
    calls.disarm()
    assert ["fine"] == run(disk, attempt, calls).split()
    calls.close()
