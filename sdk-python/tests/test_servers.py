"""The client inside real servers with several worker processes, and inside a Celery worker."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest
import requests
from tallymark.testing import MemoryTransport
from tallymark.transport import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable
    from http.server import BaseHTTPRequestHandler
    from pathlib import Path

    from conftest import Handle

pytestmark = pytest.mark.faults

KEY = "tmk_0123456789abcdefghijAB"
SHOP = """
import os
from tallymark import Client, Spool, Batching
from tallymark.integrations import asgi, wsgi
client = Client.from_env(spool=Spool(False), batching=Batching(flush_ms=100))
client.track("Loaded", {"pid": os.getpid()})
client.flush()  # the parent has a thread and an open connection before it forks

def view(environ, start_response):
    client.track("Viewed", {"n": environ["QUERY_STRING"], "pid": os.getpid()})
    start_response("200 OK", [])
    return [b""]

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    client.track("Viewed", {"n": scope["query_string"].decode(), "pid": os.getpid()})
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body"})

application = wsgi.TallymarkMiddleware(view, client)
asynchronous = asgi.TallymarkMiddleware(app, client)
"""
TASKS = """
import os
from celery import Celery
from tallymark import Client, Spool
from tallymark.integrations.celery import connect
client = Client.from_env(spool=Spool(False))
app = Celery("shop", broker="filesystem://")
folder = os.environ["QUEUE"]
app.conf.broker_transport_options = {
    "data_folder_in": folder, "data_folder_out": folder, "control_folder": folder,
}
connect(client, event="Task Run")

@app.task
def pack(n):
    client.track("Packed", {"n": n, "pid": os.getpid()})
"""


class Wire:
    """A collector that remembers which connection carried which streams."""

    def __init__(self, serve: Callable[[Handle], str], reply: Callable[..., None]) -> None:
        """Serve."""
        self.memory = MemoryTransport()
        self.streams: dict[object, set[str]] = {}
        self._reply = reply
        self.url = serve(self._handle)

    def _handle(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        headers = {name.lower(): value for name, value in handler.headers.items()}
        answer = self.memory.send(Request(handler.command, handler.path, headers, body, 1))
        assert isinstance(answer, Response)
        stream = json.loads(answer.body)["stream"]
        self.streams.setdefault(handler.client_address, set()).add(stream)
        self._reply(handler, answer.status, answer.body, **answer.headers)

    def values(self, name: str) -> list[str]:
        """Return the property n of every stored event *name*, sorted."""
        return sorted(str(event.properties["n"]) for event in self.memory.recorded(name))

    def until(self, reached: Callable[[], bool]) -> None:
        """Wait for something to arrive, half a minute at most."""
        deadline = time.monotonic() + 30
        while not reached():
            threading.Event().wait(0.05)
            seen = [(event.name, dict(event.properties)) for event in self.memory.recorded()]
            assert time.monotonic() < deadline, seen


@pytest.fixture
def wire(serve: Callable[[Handle], str], reply: Callable[..., None]) -> Wire:
    """Return a collector that watches its connections."""
    return Wire(serve, reply)


def start(folder: Path, wire: Wire, *command: str, **variables: str) -> subprocess.Popen[str]:
    """Run a command in *folder*, its client pointed at *wire*."""
    environment = {
        **os.environ,
        "TALLYMARK_KEY": KEY,
        "TALLYMARK_URL": wire.url,
        "PYTHONPATH": str(folder),
        **variables,
    }
    return subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=folder,
        env=environment,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )


GUNICORN = ("gunicorn", "--preload", "--workers", "3", "--worker-class")
SERVERS = {
    "gunicorn sync": (*GUNICORN, "sync", "--bind", "127.0.0.1:{}", "shop:application"),
    "gunicorn threads": (*GUNICORN, "gthread", "--bind", "127.0.0.1:{}", "shop:application"),
    "uvicorn": ("uvicorn", "--workers", "3", "--port", "{}", "shop:asynchronous"),
}


@pytest.mark.parametrize("name", SERVERS)
def test_prefork_server(tmp_path: Path, wire: Wire, dead_url: str, name: str) -> None:
    """Three forked workers lose no event, send none twice, and share no connection."""
    (tmp_path / "shop.py").write_text(SHOP)
    port = dead_url.rpartition(":")[2]
    server = start(tmp_path, wire, *(part.format(port) for part in SERVERS[name]))
    try:
        url = f"http://127.0.0.1:{port}/"
        wire.until(lambda: _answers(url))
        for n in range(60):
            assert requests.get(url, params=f"{n:02}", timeout=30).status_code == 200
    finally:
        server.send_signal(signal.SIGTERM)
        _, errors = server.communicate(timeout=60)
    assert wire.values("Viewed") == ["", *(f"{n:02}" for n in range(60))], errors
    assert all(len(streams) == 1 for streams in wire.streams.values())


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=30).ok
    except requests.ConnectionError:
        return False


def test_celery(tmp_path: Path, wire: Wire) -> None:
    """Tasks carry their caller's context through the broker into forked workers; none is lost."""
    (tmp_path / "shop.py").write_text(TASKS)
    queue = tmp_path / "queue"
    queue.mkdir()
    send = """
import shop
for n in range(12):
    with shop.client.context(user=f"u-{n}", device="d", cart=n):
        shop.pack.delay(n)
"""
    environment = {**os.environ, "TALLYMARK_KEY": KEY, "TALLYMARK_URL": wire.url}
    subprocess.run(
        [sys.executable, "-c", send],
        cwd=tmp_path,
        env={**environment, "QUEUE": str(queue)},
        check=True,
        timeout=60,
    )
    options = ("--pool", "prefork", "--concurrency", "2", "--without-mingle", "--without-gossip")
    worker = start(tmp_path, wire, "celery", "-A", "shop", "worker", *options, QUEUE=str(queue))
    try:
        # Nothing but the end of the workers sends the last ones at once.
        wire.until(lambda: not list(queue.glob("*.celery.msg")) and worker.poll() is None)
    finally:
        worker.send_signal(signal.SIGTERM)
        _, errors = worker.communicate(timeout=60)
    assert wire.values("Packed") == sorted(str(n) for n in range(12)), errors
    for event in wire.memory.recorded("Packed"):
        n = event.properties["n"]
        assert (event.user, event.device, event.properties["cart"]) == (f"u-{n}", "d", n)
    ran = wire.memory.recorded("Task Run")
    assert [event.properties["state"] for event in ran] == ["SUCCESS"] * 12
    assert len({event.properties["pid"] for event in wire.memory.recorded("Packed")}) == 2
    assert all(len(streams) == 1 for streams in wire.streams.values())
