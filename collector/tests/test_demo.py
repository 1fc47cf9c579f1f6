"""The demo, run as a person or a script runs it."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
import requests
from tallymark_collector.demo import STEPS, free_port, shop
from tallymark_collector.govern.access import Scope
from tallymark_collector.store.sqlite import SqliteLog, SqliteMeta, SqliteReader

if TYPE_CHECKING:
    from pathlib import Path

ROWS = 31_106
WAIT_S = 60.0


def demo(*arguments: object) -> subprocess.Popen[str]:
    """Start the demo on a free port."""
    command = [sys.executable, "-m", "tallymark_collector", "demo", "--port", "0"]
    return subprocess.Popen(
        [*command, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def once(data: Path) -> dict[str, Any]:
    """Run the demo to its end and return the one object it prints."""
    with demo("--once", "--json", "--data", data) as process:
        out, err = process.communicate(timeout=WAIT_S)
    assert (0, 1) == (process.returncode, len(out.splitlines())), err
    result: dict[str, Any] = json.loads(out)
    return result


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any], dict[str, Any]]:
    """Return the folder of two runs, and what each printed."""
    data = tmp_path_factory.mktemp("demo") / "data"
    return data, once(data), once(data)


def test_every_row_is_stored_once(runs: tuple[Path, dict[str, Any], dict[str, Any]]) -> None:
    """The first run must store all rows, equal ones too; a second one nothing (LED-12)."""
    _, first, second = runs
    counts = ("stored", "new", "duplicate", "rejected")
    assert (ROWS, ROWS, 0, 0) == tuple(first[name] for name in counts)
    assert (ROWS, 0, ROWS, 0) == tuple(second[name] for name in counts)


def test_the_reports_are_the_shops(runs: tuple[Path, dict[str, Any], dict[str, Any]]) -> None:
    """Trend and funnel must be those of the file, in both runs."""
    _, first, second = runs
    views = sum(row["event"] == "product_view" for row in shop().rows)
    assert views == first["trend"]["series"][0]["total"]
    assert list(STEPS) == [step["event"] for step in first["funnel"]["steps"]]
    assert [598, 194, 94, 37, 14] == [step["count"] for step in first["funnel"]["steps"]]
    same = ("series", "definition")
    assert [first["trend"][name] for name in same] == [second["trend"][name] for name in same]


def test_rows_are_events_of_the_log(runs: tuple[Path, dict[str, Any], dict[str, Any]]) -> None:
    """Each row must be an event with its user, session, time and properties, in file order."""
    data, _, _ = runs
    reader = SqliteReader.open(data)
    stored = list(reader.read(Scope(1, "test", frozenset({"read"})), 0, ROWS))
    reader.close()
    rows = shop().rows
    assert [number + 1 for number in range(ROWS)] == sorted(one.seq or 0 for one in stored)
    for one in stored[:: ROWS // 200]:
        row, body = rows[(one.seq or 0) - 1], json.loads(one.body)
        at = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(one.ts / 1000))
        assert (row["event"], row["user_id"], row["session_id"], row["timestamp"]) == (
            body["e"], body["u"], body["s"], at
        )  # fmt: skip
        assert row.keys() - body["p"].keys() == {"user_id", "session_id", "event", "timestamp"}


def test_no_secret_key_is_left(runs: tuple[Path, dict[str, Any], dict[str, Any]]) -> None:
    """The keys the demo imported with must be revoked, and be in no file of its folder."""
    data, _, _ = runs
    meta = SqliteMeta.open(data)
    secrets = [key for key in meta.keys(1) if key.kind == "secret"]
    meta.close()
    assert len(secrets) >= 2
    assert all(key.revoked_at is not None for key in secrets)
    assert b"tms_" not in (data / "collector.log").read_bytes()


def test_it_stays_up_until_it_is_told(runs: tuple[Path, dict[str, Any], dict[str, Any]]) -> None:
    """Without --once the collector must stay up, and both end well on SIGTERM."""
    with demo("--json", "--data", runs[0]) as process:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        assert requests.get(f"{url}/healthz", timeout=WAIT_S).status_code == 200
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=WAIT_S)
    assert (0, True) == (process.returncode, "stopped" in err)
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{url}/healthz", timeout=WAIT_S)


def test_a_taken_port_gives_the_next_free_one() -> None:
    """A port somebody listens on must be passed over; 0 is left to the system."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found = free_port(port)
    assert (True, 0) == (port < found < port + 50, free_port(0))


def test_a_folder_in_use_is_told(tmp_path: Path) -> None:
    """A folder another collector writes to must end the demo with the reason."""
    log = SqliteLog.open(tmp_path, ballast=0)
    try:
        with demo("--once", "--data", tmp_path) as process:
            _, err = process.communicate(timeout=WAIT_S)
    finally:
        log.close()
    assert (1, True) == (process.returncode, "another collector writes to" in err)
