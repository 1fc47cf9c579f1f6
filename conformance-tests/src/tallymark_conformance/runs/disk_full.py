"""The disk fills up under load: 503 and no false ack; space returns: healthy in ten seconds.

As root the data folder is a small tmpfs that is filled by a file; otherwise every write below the
folder fails with ENOSPC through the preload library.
"""

from __future__ import annotations

import errno
import http.client
import os
import shutil
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from tallymark_conformance.errors import ProcessError, RunError
from tallymark_conformance.load import Loader, Refusal, acked_by, start_loaders, stop_loaders
from tallymark_conformance.powercut.build import build
from tallymark_conformance.powercut.disk import Disk, FailingCalls
from tallymark_conformance.processes import Collector, wait_until
from tallymark_conformance.runs.judge import judge_load
from tallymark_conformance.runs.options import Options, Report, Watch
from tallymark_conformance.verdict import Verdict, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

NAME: Final = "disk-full"
CYCLES: Final = 3
LOADERS: Final = 3
ROOM: Final = 512 * 1024
"""Bytes that are left when the disk is nearly full: the load takes them within a moment."""
TMPFS: Final = "256m"
FULL_S: Final = 30
HEALTHY_S: Final = 10
CHUNK: Final = 1 << 20


class Space(Protocol):
    """A data folder whose room can be taken and given back."""

    data: Path
    env: Mapping[str, str]

    def take(self) -> None:
        """Leave hardly any room."""

    def give(self) -> None:
        """Give the room back."""


@dataclass(slots=True)
class Tmpfs:
    """A file system in memory that a filler file fills up."""

    data: Path
    filler: Path
    env: Mapping[str, str] = field(default_factory=dict)

    def take(self) -> None:
        """Leave hardly any room."""
        with self.filler.open("wb") as file:
            while (left := shutil.disk_usage(self.filler).free - ROOM) > 0:
                file.write(bytes(min(CHUNK, left)))
                file.flush()

    def give(self) -> None:
        """Give the room back."""
        self.filler.unlink()


@dataclass(slots=True)
class Denied:
    """A folder in which writes are made to fail."""

    data: Path
    calls: FailingCalls
    env: Mapping[str, str]

    def take(self) -> None:
        """Leave no room at all."""
        self.calls.arm("write", "truncate", error=errno.ENOSPC, times=-1)

    def give(self) -> None:
        """Give the room back."""
        self.calls.disarm()


def run(options: Options, *, tmpfs: bool | None = None) -> Report:
    """Fill and free the disk again and again under load; *tmpfs* None chooses what is possible."""
    rng, watch = options.rng(NAME), Watch()
    cycles = CYCLES if options.kills is None else options.kills
    real = os.geteuid() == 0 if tmpfs is None else tmpfs
    with options.folder(NAME) as folder, space(folder, real=real) as disk:
        env = {**disk.env, **options.env}
        collector = Collector(disk.data, folder / "logs", options.collector, env)
        with collector:
            loaders = start_loaders(collector.url, collector.key, LOADERS, rng)
            found: list[Violation] = []
            try:
                healthy = [_cycle(disk, collector, loaders, found) for _ in range(cycles)]
            finally:
                sent = stop_loaders(loaders)
            verdict = judge_load(collector, sent)
            found += _improper(sent.refusals)
    notes = {
        "disk": "tmpfs" if real else "failing writes",
        "cycles": cycles,
        "refusals": len(sent.refusals),
        "healthy_after_s": max(healthy, default=0),
        "seconds": watch.seconds,
    }
    return Report(NAME, options.seed, verdict + Verdict({}, tuple(found)), notes)


@contextmanager
def space(folder: Path, *, real: bool) -> Iterator[Space]:
    """Give a data folder whose room can be taken: a *real* small file system, or failing writes."""
    if not real:
        disk = Disk.make(folder, build(folder / "library"))
        calls = FailingCalls(folder / "control")
        env = {key: value for key, value in disk.env.items() if key != "TALLYMARK_SHADOW"}
        yield Denied(disk.data, calls, {**env, **calls.env})
        calls.close()
        return
    mount = folder / "disk"
    mount.mkdir()
    argv = ["mount", "-t", "tmpfs", "-o", f"size={TMPFS}", "tallymark", str(mount)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RunError(f"a tmpfs cannot be mounted: {done.stderr.strip()}")
    try:
        yield Tmpfs(mount / "data", mount / "filler")
    finally:
        subprocess.run(["umount", "-l", str(mount)], check=True)  # noqa: S607 (as mount above)


def _cycle(
    disk: Space, collector: Collector, loaders: Sequence[Loader], found: list[Violation]
) -> float:
    """Fill the disk, see the refusals, free it; return the seconds until an ack came again."""
    before = acked_by(loaders)
    wait_until(lambda: acked_by(loaders) > before, FULL_S, "an ack before the disk is full")
    disk.take()
    known = _refused(loaders)
    wait_until(lambda: _refused(loaders) > known, FULL_S, "a refusal on a full disk")
    if ready(collector) == http.client.OK:
        # The refusal and the probe are two moments; a server that is not ready stays so.
        wait_until(
            lambda: ready(collector) != http.client.OK, HEALTHY_S, "/readyz to tell of a full disk"
        )
    disk.give()
    freed, acked = time.monotonic(), acked_by(loaders)
    try:
        wait_until(lambda: acked_by(loaders) > acked, HEALTHY_S, "an ack after space returned")
    except ProcessError as error:
        found.append(Violation("promise", str(error)))
    return round(time.monotonic() - freed, 2)


def ready(collector: Collector) -> int:
    """Return the status of the collector's readiness."""
    client = http.client.HTTPConnection("127.0.0.1", collector.port, timeout=5)
    try:
        client.request("GET", "/readyz")
        return client.getresponse().status
    finally:
        client.close()


def _refused(loaders: Sequence[Loader]) -> int:
    return sum(len(loader.sent.refusals) for loader in loaders)


def _improper(refusals: Sequence[Refusal]) -> Iterator[Violation]:
    """Find refusals for a full disk without Retry-After (TM-ERR-03)."""
    for refusal in refusals:
        if refusal.retry_after is None:
            yield Violation("promise", f"TM-ERR-03 no Retry-After with {refusal.code}")
