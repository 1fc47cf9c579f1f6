"""The joined collector as a process: it starts, says it is ready, and loses nothing at its end."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from tallymark_collector import app
from tallymark_collector.govern.access import Scope
from tallymark_collector.settings import Settings
from tallymark_collector.store.sqlite import SqliteLog, SqliteMeta, WriterLocked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conftest import Running

PROGRAM = """
import json, sys
from tallymark_collector import app, settings
app.serve(
    settings.load({"data": sys.argv[1], "port": 0, "log_format": "json"}, {}),
    lambda ready: print(json.dumps({"url": ready.url, "key": ready.write_key}), flush=True),
)
"""
SECRET = "tms_0123456789012345678901"
READER = Scope(1, "test", frozenset({"read"}))


class Process:
    """A collector in a process of its own."""

    def __init__(self, data: Path) -> None:
        """Start it and wait until it is ready."""
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(data)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert self.process.stdout is not None
        ready = json.loads(self.process.stdout.readline())
        self.key: str = ready["key"]
        self.port = int(ready["url"].rsplit(":", 1)[1])

    def stop(self, number: signal.Signals) -> tuple[int, float, list[dict[str, Any]]]:
        """Send a signal; return the exit code, the seconds it took, and the log lines."""
        began = time.monotonic()
        self.process.send_signal(number)
        _, lines = self.process.communicate(timeout=30)
        took = time.monotonic() - began
        return self.process.returncode, took, [json.loads(line) for line in lines.splitlines()]


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    """Start a collector as a process."""
    started = Process(tmp_path / "data")
    yield started
    if started.process.poll() is None:
        started.process.kill()
    started.process.communicate()


def stored(data: Path) -> dict[tuple[str | None, int | None], bytes]:
    """Return what a stopped collector has left."""
    log = SqliteLog.open(data)
    try:
        return {(event.stream, event.seq): event.body for event in log.scan(READER)}
    finally:
        log.close()


def producer(process: Process, number: int, acked: list[tuple[str, int]]) -> None:
    """Send batches of five until the collector is gone; note what was acknowledged."""
    stream = f"0197a1b2-c3d4-7e5f-8a9b-{number:012x}"
    connection = http.client.HTTPConnection("127.0.0.1", process.port, timeout=20)
    headers = {"Authorization": f"Bearer {process.key}", "Content-Type": "application/json"}
    seq = 1
    try:
        while True:
            events = [{"e": "seen", "p": {"i": seq + i}} for i in range(5)]
            envelope = {"v": 1, "stream": stream, "seq": seq, "hwm": seq + 4, "t0": 0}
            connection.request(
                "POST", "/v1/batch", json.dumps(envelope | {"events": events}), headers
            )
            response = connection.getresponse()
            body = response.read()
            if response.status != 200 or "tallymark-ack" not in response.headers:
                return
            acked.extend((stream, n) for n in range(seq, json.loads(body)["ack"]["upto"] + 1))
            seq += 5
    except (OSError, http.client.HTTPException):
        return
    finally:
        connection.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_under_load_loses_nothing_that_was_acknowledged(
    process: Process, tmp_path: Path, number: signal.Signals
) -> None:
    """Every 200 is in the log, the exit code is 0, and it takes less than ten seconds."""
    acked: list[tuple[str, int]] = []
    producers = [threading.Thread(target=producer, args=(process, i, acked)) for i in range(8)]
    for thread in producers:
        thread.start()
    while len(acked) < 500:
        time.sleep(0.01)

    code, took, lines = process.stop(number)
    for thread in producers:
        thread.join()

    assert (0, True) == (code, took < 10)
    assert set(acked) <= stored(tmp_path / "data").keys()
    assert "The collector has stopped." in [line["message"] for line in lines]
    assert not [line for line in lines if line["level"] == "error"]


def test_requests_of_clients_that_are_gone_are_finished_at_a_stop(
    process: Process, tmp_path: Path
) -> None:
    """What was received before the signal is stored although nobody waits for it."""
    http_head = (
        f"POST /v1/e HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {process.key}\r\n"
        "Content-Length: 13\r\n\r\n"
    )
    connection = http.client.HTTPConnection("127.0.0.1", process.port)
    connection.connect()
    assert connection.sock is not None
    connection.sock.sendall((http_head + '{"e":"bye-x"}').encode() * 200)
    # One answer: the server is reading this connection now.
    assert connection.sock.recv(12) == b"HTTP/1.1 204"
    code, _, _ = process.stop(signal.SIGTERM)
    connection.close()

    assert code == 0
    assert len(stored(tmp_path / "data")) == 1  # keyed by (stream, seq): all without either
    log = SqliteLog.open(tmp_path / "data")
    assert log.count(READER) == 200
    log.close()


def test_a_half_sent_request_does_not_hold_up_a_stop(process: Process) -> None:
    """Who does not finish a body is given two seconds."""
    connection = http.client.HTTPConnection("127.0.0.1", process.port)
    connection.putrequest("POST", "/v1/batch")
    connection.putheader("Authorization", f"Bearer {process.key}")
    connection.putheader("Content-Length", "1000")
    connection.endheaders()
    connection.send(b"{")
    code, took, _ = process.stop(signal.SIGTERM)
    connection.close()

    assert (0, True) == (code, took < 8)


def test_the_first_start_makes_a_project_and_a_key_and_the_next_keeps_them(tmp_path: Path) -> None:
    """The default project and its write key outlive a restart."""
    first = app.build(Settings(data=tmp_path))
    first.stop(5)
    second = app.build(Settings(data=tmp_path))
    second.stop(5)
    meta = SqliteMeta.open(tmp_path)
    names = [project.name for project in meta.projects()]
    meta.close()

    assert first.write_key == second.write_key
    assert names == ["default"]


def test_given_keys_are_provisioned_once(tmp_path: Path) -> None:
    """Keys from the settings work from the first start on, and a second start adds none."""
    write = "tmk_0123456789012345678901"
    settings = Settings.model_validate({"data": tmp_path, "write_key": write, "secret_key": SECRET})
    for _ in range(2):
        application = app.build(settings)
        kinds = sorted(key.kind for key in application.meta.keys(1))
        application.stop(5)

    assert application.write_key == write
    assert kinds == ["secret", "write"]


def test_a_revoked_write_key_is_not_announced(tmp_path: Path) -> None:
    """When all write keys are revoked a new one is made."""
    first = app.build(Settings(data=tmp_path))
    (key,) = first.meta.keys()
    first.meta.revoke_key(key.id, 1)
    first.stop(5)
    second = app.build(Settings(data=tmp_path))
    second.stop(5)

    assert first.write_key != second.write_key


def test_two_collectors_never_write_to_one_folder(tmp_path: Path) -> None:
    """The second one says so instead of starting."""
    first = app.build(Settings(data=tmp_path))
    try:
        with pytest.raises(WriterLocked):
            app.build(Settings(data=tmp_path))
    finally:
        first.stop(5)


def test_an_address_that_is_taken_is_an_error_of_the_start(
    start: Callable[..., Running], tmp_path: Path
) -> None:
    """Nothing is opened when the port cannot be had."""
    port = start().port
    with pytest.raises(OSError, match="in use"):
        app.serve(Settings(data=tmp_path / "second", port=port))

    assert not (tmp_path / "second").exists()
