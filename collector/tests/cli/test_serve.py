"""`tallymark serve`, as a real process."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests
from tallymark_collector.store.sqlite import SqliteMeta

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tallymark_conformance.runs.postgres_cluster import Cluster

WAIT_S = 30.0
PATIENT_S = 120.0
"""For the start of several processes one after the other on a busy machine."""


@contextmanager
def serving(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Run a collector until the block ends."""
    command = [sys.executable, "-m", "tallymark_collector", "serve", *map(str, arguments)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def first_line(process: subprocess.Popen[str]) -> str:
    """Return the first line of stdout."""
    assert process.stdout is not None
    return process.stdout.readline()


def test_the_ready_line(tmp_path: Path) -> None:
    """The first line must say where it listens and with which key, once requests are answered."""
    with serving("--json", "--port", 0, "--data", tmp_path / "data") as process:
        ready = json.loads(first_line(process))
        assert ("ready", str(tmp_path / "data"), process.pid) == (
            ready["event"], ready["data"], ready["pid"]
        )  # fmt: skip
        assert requests.get(f"{ready['url']}/healthz", timeout=WAIT_S).status_code == 200
        meta = SqliteMeta.open(tmp_path / "data")
        key = meta.find_key(ready["write_key"])
        meta.close()
        assert key is not None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_gracefully(tmp_path: Path, number: signal.Signals) -> None:
    """SIGTERM and SIGINT must end it with exit code 0, its log on stderr only."""
    with serving("--json", "--port", 0, "--data", tmp_path) as process:
        first_line(process)
        process.send_signal(number)
        out, err = process.communicate(timeout=WAIT_S)
    assert (0, "") == (process.returncode, out)
    assert "The collector has stopped." in err


def test_words_for_people(tmp_path: Path) -> None:
    """Without --json it must say in words where it collects, and the write key."""
    with serving("--port", 0, "--data", tmp_path) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline().split() for _ in range(4)]
    assert ["Tallymark", "collects", "at"] == lines[0][:3]
    assert (["data", str(tmp_path)], "write", "tmk_") == (lines[1], lines[2][0], lines[2][2][:4])


def test_a_taken_port(tmp_path: Path) -> None:
    """A port somebody else listens on must be exit code 3, and say what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with serving("--port", port, "--data", tmp_path) as process:
            _, err = process.communicate(timeout=WAIT_S)
    said = " ".join(err.split())
    assert (3, True, True) == (process.returncode, str(port) in said, "--port" in said)


def test_a_folder_in_use(tmp_path: Path) -> None:
    """A folder another collector writes to must be exit code 3, as JSON if so asked."""
    with serving("--json", "--port", 0, "--data", tmp_path) as first:
        first_line(first)
        with serving("--json", "--port", 0, "--data", tmp_path) as second:
            out, err = second.communicate(timeout=WAIT_S)
    assert (3, "") == (second.returncode, out)
    assert json.loads(err.splitlines()[-1])["error"]["code"] == "data_in_use"


def test_a_wrong_setting(tmp_path: Path) -> None:
    """A value that cannot be must be exit code 2 and name the setting."""
    with serving("--port", 70_000, "--data", tmp_path) as process:
        _, err = process.communicate(timeout=WAIT_S)
    assert (2, True) == (process.returncode, "port" in err)


def workers_of(process: subprocess.Popen[str]) -> set[int]:
    """Return the pids of the processes that serve: all children but Python's own tracker."""
    with Path(f"/proc/{process.pid}/task/{process.pid}/children").open() as file:
        children = {int(pid) for pid in file.read().split()}
    return {pid for pid in children if "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text()}


def test_several_processes(cluster: Cluster, eventually: Callable[..., None]) -> None:
    """Killed ones are replaced, SIGHUP replaces all, and SIGTERM ends them all with exit code 0."""
    cluster.sql("CREATE DATABASE several")
    arguments = ("--json", "--port", 0, "--workers", 2, "--database-url", cluster.url("several"))
    with serving(*arguments) as process:
        ready = json.loads(first_line(process))
        assert "data" not in ready
        first = workers_of(process)
        killed = min(first)
        os.kill(killed, signal.SIGKILL)
        eventually(lambda: len(workers_of(process) - {killed}), 2, PATIENT_S)
        second = workers_of(process)
        process.send_signal(signal.SIGHUP)
        eventually(
            lambda: (len(workers_of(process)), len(workers_of(process) & second)), (2, 0), PATIENT_S
        )
        assert requests.get(f"{ready['url']}/healthz", timeout=PATIENT_S).status_code == 200
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=PATIENT_S)
    assert (2, 0) == (len(first), process.returncode)
    assert "A process ended unasked." in err
    assert "Traceback" not in err


def test_processes_end_with_their_parent(cluster: Cluster, eventually: Callable[..., None]) -> None:
    """When the parent is killed its processes stop, so that the port is free again."""
    cluster.sql("CREATE DATABASE orphans")
    arguments = ("--json", "--port", 0, "--workers", 2, "--database-url", cluster.url("orphans"))
    with serving(*arguments) as process:
        first_line(process)
        children = workers_of(process)
        process.kill()
        process.wait(PATIENT_S)
        eventually(
            lambda: [pid for pid in children if Path(f"/proc/{pid}/task").exists()], [], PATIENT_S
        )


def test_a_parent_tells_what_keeps_it(cluster: Cluster) -> None:
    """What stops one process from starting stops them all, with its own exit code and words."""
    url = cluster.url("nowhere")
    with serving("--json", "--port", 0, "--workers", 2, "--database-url", url) as process:
        _, err = process.communicate(timeout=PATIENT_S)
    said = json.loads(err.splitlines()[-1])["error"]
    assert (3, "unreachable", True) == (process.returncode, said["code"], "nowhere" in str(said))
