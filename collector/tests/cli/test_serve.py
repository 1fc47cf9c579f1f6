"""`tallymark serve`, as a real process."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import requests
from tallymark_collector.store.sqlite import SqliteMeta

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WAIT_S = 30.0


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
