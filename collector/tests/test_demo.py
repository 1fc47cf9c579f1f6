"""The demo, run as a person or a script runs it."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from tallymark_collector.demo.check import differences
from tallymark_collector.demo.collector import did_not_start, free_port
from tallymark_collector.demo.ecom import STEPS, rows
from tallymark_collector.demo.shop import made
from tallymark_collector.govern.access import Scope
from tallymark_collector.store.sqlite import SqliteLog, SqliteMeta, SqliteReader

sys.path.insert(0, str(Path(__file__).parent))
from by_pandas import daily, first_entry, load

ROWS = 31_106
WAIT_S = 140.0
READ = frozenset({"read"})


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


@dataclass(frozen=True)
class Runs:
    """A folder of two runs, and what each printed."""

    data: Path
    first: dict[str, Any]
    second: dict[str, Any]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Run the demo twice on the same folder."""
    data = tmp_path_factory.mktemp("demo") / "data"
    return Runs(data, once(data), once(data))


@pytest.mark.parametrize("project", ["shop", "ecom"])
def test_everything_is_stored_once(runs: Runs, project: str) -> None:
    """The first run must store both histories, equal rows too; a second one nothing (LED-12)."""
    first, second = runs.first[project], runs.second[project]
    counts = ("stored", "new", "duplicate", "rejected")
    total = first["stored"]
    assert (total, total, 0, 0) == tuple(first[name] for name in counts)
    assert (total, 0, total, 0) == tuple(second[name] for name in counts)
    kept = json.loads((runs.data / "demo.json").read_text(encoding="utf-8"))
    assert total == (ROWS if project == "ecom" else len(made(kept["end"], kept["seed"])[0].calls))


def test_the_shop_is_as_it_was_made(runs: Runs) -> None:
    """Trend, funnel and retention must be those the generator knows, in both runs."""
    kept = json.loads((runs.data / "demo.json").read_text(encoding="utf-8"))
    _, known = made(kept["end"], kept["seed"])
    for run in (runs.first, runs.second):
        assert run["shop"]["as_made"] is True
        assert differences(known, run["shop"]) == []
    assert list(known.funnel) == [step["count"] for step in runs.first["shop"]["funnel"]["steps"]]


def test_the_real_shop_is_as_pandas_says(runs: Runs) -> None:
    """The daily trend and the funnel of the file must be those of pandas, in both runs."""
    table = load()
    counts, times = first_entry(table)
    expected = daily(table, "total")
    for run in (runs.first, runs.second):
        steps = run["ecom"]["funnel"]["steps"]
        assert list(STEPS) == [step["event"] for step in steps]
        assert counts == [step["count"] for step in steps]
        assert times == pytest.approx([step["avg_time_from_start_s"] for step in steps])
        for series in run["ecom"]["trends"]["series"]:
            name = series["name"]
            assert {
                point["at"]: point["value"] for point in series["points"] if point["value"]
            } == {day: count for (event, day), count in expected.items() if event == name}


def test_rows_are_events_of_the_log(runs: Runs) -> None:
    """Each row must be an event with its user, session, time and properties, in file order."""
    reader = SqliteReader.open(runs.data)
    stored = list(reader.scan(Scope(project_number(runs.data, "ecom"), "test", READ)))
    reader.close()
    _, table = rows()
    assert list(range(1, ROWS + 1)) == sorted(one.seq or 0 for one in stored)
    for one in stored[:: ROWS // 200]:
        row, body = table[(one.seq or 0) - 1], json.loads(one.body)
        at = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(one.ts / 1000))
        assert (row["event"], row["user_id"], row["session_id"], row["timestamp"]) == (
            body["e"], body["u"], body["s"], at
        )  # fmt: skip
        assert row.keys() - body["p"].keys() == {"user_id", "session_id", "event", "timestamp"}


def test_no_secret_key_is_left(runs: Runs) -> None:
    """The keys the demo imported with must be revoked, and be in no file of its folder."""
    meta = SqliteMeta.open(runs.data)
    secrets = [key for key in list(meta.keys()) if key.kind == "secret"]
    meta.close()
    assert len(secrets) == 4
    assert all(key.revoked_at is not None for key in secrets)
    assert b"tms_" not in (runs.data / "collector.log").read_bytes()


def test_visitors_keep_coming_until_it_is_told(runs: Runs) -> None:
    """Without --once new events must arrive, the page open on the shop, SIGTERM end it."""
    with demo("--json", "--data", runs.data) as process:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        assert "shop" == opened_project(url)
        before = count(runs.data, "shop")
        deadline = time.monotonic() + WAIT_S
        while count(runs.data, "shop") < before + 3 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert count(runs.data, "shop") >= before + 3
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=WAIT_S)
    assert (0, True) == (process.returncode, "stopped" in err)
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{url}/healthz", timeout=WAIT_S)


def test_ctrl_c_ends_it_well(runs: Runs) -> None:
    """Ctrl-C must end the demo with exit code 0 and its collector gracefully."""
    before = (runs.data / "collector.log").stat().st_size
    with demo("--json", "--data", runs.data) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=WAIT_S)
    log = (runs.data / "collector.log").read_bytes()[before:]
    assert (0, False) == (process.returncode, "Traceback" in err)
    assert b"The collector has stopped." in log


def opened_project(url: str) -> str:
    """Return the project that the dashboard opens with, asked as its page asks."""
    with requests.Session() as browser:
        browser.get(url, timeout=WAIT_S)
        own = {"Sec-Fetch-Site": "same-origin"}
        name: str = browser.get(f"{url}/v1/ui/start", headers=own, timeout=WAIT_S).json()["project"]
        return name


def project_number(data: Path, name: str) -> int:
    """Return the number of a project."""
    meta = SqliteMeta.open(data)
    project = meta.project(name)
    meta.close()
    assert project is not None
    return project.id


def count(data: Path, name: str) -> int:
    """Return how many events a project has stored."""
    reader = SqliteReader.open(data)
    found = reader.count(Scope(project_number(data, name), "test", READ))
    reader.close()
    return found


def test_a_taken_port_gives_the_next_free_one() -> None:
    """A port somebody listens on must be passed over; 0 is left to the system."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found = free_port(port)
    assert (True, 0) == (port < found < port + 50, free_port(0))


def test_a_folder_in_use_is_told(tmp_path: Path) -> None:
    """A folder another collector writes to must end the demo with the reason, in words."""
    log = SqliteLog.open(tmp_path, ballast=0)
    try:
        with demo("--once", "--data", tmp_path) as process:
            _, err = process.communicate(timeout=WAIT_S)
    finally:
        log.close()
    assert 1 == process.returncode
    assert "another collector writes to" in err.splitlines()[0]
    assert "Stop it, or give this one a folder of its own with --data." in err
    assert "{" not in err


@pytest.mark.parametrize(
    ("said", "detail", "code"),
    [
        (b'x\n{"error": {"code": "c", "detail": "d", "advice": "a"}}\n', "d", "c"),
        (b"Traceback\nboom", "the collector did not start: Traceback\nboom", "demo_failed"),
        (b"[]", "the collector did not start: []", "demo_failed"),
        (b"", "the collector did not start: exit code 9", "demo_failed"),
    ],
)
def test_why_a_collector_did_not_start(said: bytes, detail: str, code: str) -> None:
    """The reason must be the error the collector ended with, or else whatever it said."""
    failed = did_not_start(said, 9)
    assert (detail, code) == (str(failed), failed.code)
