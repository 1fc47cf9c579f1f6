"""The device's client on the wire: sockets, the real collector, and MicroPython."""

from __future__ import annotations

import ast
import json
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tallymark import lite
from tallymark.lite import Lite, Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from http.server import BaseHTTPRequestHandler

    from tallymark.testing import MemoryTransport

    from conftest import RealCollector

SOURCE = Path(lite.__file__)
MICROPYTHON = Path(__file__).parent / "micropython"
KEY = "tmk_0123456789abcdefghijAB"
ON_DEVICES = {"binascii", "hashlib", "json", "math", "os", "random", "socket", "sys", "time"}
"""Modules MicroPython has built in."""


def answering(answer: bytes, *, pause: float = 0) -> Iterator[str]:
    """Serve every connection the same bytes, one a *pause* if that is given."""
    listener = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65_536)
                pieces = [answer] if not pause else [answer[n : n + 1] for n in range(len(answer))]
                for piece in pieces:
                    try:
                        connection.sendall(piece)
                    except OSError:
                        break
                    time.sleep(pause)

    threading.Thread(target=run, daemon=True).start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    listener.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\xff\xfe\x00garbage\r\n\r\n",
        b"HTTP/1.1 nonsense\r\n\r\n",
        b"HTTP/1.1",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 3_000_000,
    ],
    ids=["nothing", "garbage", "no_status", "short", "cut", "bad_length", "endless"],
)
def test_answers_that_are_none(answer: bytes) -> None:
    """Whatever comes instead of an answer, the event is kept and nothing is raised."""
    for url in answering(answer):
        pump = Lite(KEY, url, "pump-7")
        pump.track("a")
        assert not pump.flush(0.2)
        assert pump.stats()["pending"] == 1


def test_dripping_answer_ends() -> None:
    """A byte now and then does not hold a device for ever: there is one deadline."""
    for url in answering(
        b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n" + b"x" * 900, pause=0.05
    ):
        started = time.monotonic()
        with pytest.raises(OSError, match=r"too long|timed out"):
            Wire(url, timeout_ms=300).send("POST", "/v1/batch", {}, b"{}")
        assert time.monotonic() - started < 5


def test_request_as_it_is_sent(serve: Callable[..., str], reply: Callable[..., None]) -> None:
    """Method, path behind the prefix, headers and body arrive as given; the answer comes back."""
    seen: list[tuple[str, str, str, bytes]] = []

    def handle(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        seen.append((handler.command, handler.path, handler.headers["x-a"], body))
        reply(handler, 418, b'{"a": 1}', Retry_After="7")

    answer = Wire(serve(handle) + "/in/").send("POST", "/v1/batch", {"x-a": "b"}, b"body")
    assert seen == [("POST", "/in/v1/batch", "b", b"body")]
    assert (answer[0], answer[1]["retry-after"], answer[2]) == (418, "7", b'{"a": 1}')


@pytest.mark.parametrize(
    "url", ["", "events.example", "ftp://a", "http://", "http://a:b", "http:/a"]
)
def test_wrong_address(url: str) -> None:
    """An address that cannot work is refused, and named."""
    with pytest.raises(ValueError, match="url must be"):
        Lite(KEY, url, "pump-7")


def test_tls_is_verified(serve: Callable[..., str], reply: Callable[..., None]) -> None:
    """Over https nothing is sent to a server that cannot prove who it is."""
    bodies: list[bytes] = []

    def handle(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        bodies.append(body)
        reply(handler, 200, b"")

    with pytest.raises(ssl.SSLError):
        Wire(serve(handle).replace("http:", "https:")).send("POST", "/v1/batch", {}, b"secret")
    assert bodies == []


def test_over_http(collector: tuple[str, MemoryTransport]) -> None:
    """Through real sockets every event is stored once."""
    url, memory = collector
    pump = Lite(KEY, url, "pump-7")
    for n in range(120):
        pump.track("a", {"n": n})
    assert pump.close()
    assert sorted(event.properties["n"] for event in memory.recorded()) == list(range(120))


@pytest.mark.faults
def test_real_collector(real_collector: RealCollector, tmp_path: Path) -> None:
    """300 events over three boots, the collector killed in between: each stored once."""
    expected = []
    file = str(tmp_path / "pump.json")
    for boot in range(3):
        pump = Lite(real_collector.key, real_collector.url, "pump-7", file=file)
        own = range(boot * 100, boot * 100 + 100)
        expected += [(pump.track("Measured", {"n": n}), n) for n in own]
        if boot == 1:
            real_collector.kill()
            assert not pump.close(0.5)
            real_collector.start()
        else:
            assert pump.close(30)
    rows = real_collector.stored()
    assert Counter(expected) == Counter((row["id"], row["event"]["p"]["n"]) for row in rows)
    assert {row["event"]["ctx"]["device_id"] for row in rows} == {"pump-7"}


def test_syntax_is_of_python_3_8() -> None:
    """The file can be read by Python 3.8."""
    ast.parse(SOURCE.read_text("utf-8"), feature_version=(3, 8))


def test_imports_are_on_every_device() -> None:
    """Only modules MicroPython has are imported, besides `ssl`, where there are certificates."""
    tree = ast.parse(SOURCE.read_text("utf-8"))
    guarded = {
        id(node) for part in tree.body if isinstance(part, ast.If) for node in ast.walk(part)
    }
    imported = {
        name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import) and id(node) not in guarded
        for name in node.names
    }
    assert imported == ON_DEVICES | {"ssl"}
    assert not [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and id(n) not in guarded]


PROGRAM = """
import json, js, sys
sys.path.insert(0, "/")
import lite

def send(method, path, headers, body):
    told = js.post(json.dumps([method, URL + path, headers, body.decode()]))
    status, answered, text = json.loads(told)
    return status, answered, text.encode()

def lost(method, path, headers, body):
    send(method, path, headers, body)
    raise OSError("the answer was lost")

first = lite.Lite(KEY, URL, "board-1", file="/board.json", batch=20, send=lost)
for n in range(30):
    first.track("Measured", {"n": n, "é": "日本", "list": (1, 2.5, None), "bytes": b"x"})
first.track("Large", {"v": "x" * 70000})
print(json.dumps(first.close(0.2)))
second = lite.Lite(KEY, URL, "board-1", file="/board.json", batch=20, send=send)
for n in range(30, 60):
    second.track("Measured", {"n": n, "nan": float("nan"), "big": 1 << 70}, user="ada")
print(json.dumps([second.flush(30), second.stats(), second.close()]))
unset = lite.Lite(KEY, URL, "board-2", send=send, now=lambda: None)
unset.track("Measured", {"n": 60})
print(json.dumps(unset.close(30)))
try:
    lite.Lite(KEY, URL, "board-3")
except ValueError as error:
    print(json.dumps(str(error)))
"""


@pytest.mark.faults
def test_under_micropython(real_collector: RealCollector, tmp_path: Path) -> None:
    """Under MicroPython: two boots, lost answers, odd values, no clock; each event stored once."""
    node = shutil.which("node")
    assert node, "node is needed"
    assert (MICROPYTHON / "node_modules").is_dir(), "make setup installs MicroPython"
    program = tmp_path / "program.py"
    program.write_text(f"URL, KEY = {real_collector.url!r}, {real_collector.key!r}\n{PROGRAM}")
    done = subprocess.run(
        [node, str(MICROPYTHON / "run.mjs"), str(SOURCE), str(program)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    first, second, unset, refused = map(json.loads, done.stdout.splitlines())
    assert (first, unset) == (False, True)
    flushed, stats, closed = second
    assert (flushed, closed) == (True, True)
    assert (stats["assigned"], stats["stored"], stats["dropped"]) == (61, 60, {"too_large": 1})
    assert "no sockets" in refused
    rows = real_collector.stored()
    assert Counter(row["event"]["p"]["n"] for row in rows) == Counter(range(61))
    assert rows[0]["event"]["p"] == {"n": 0, "é": "日本", "list": [1, 2.5, None], "bytes": "eA=="}
    assert rows[59]["event"]["p"] == {"n": 59, "nan": None, "big": str(1 << 70)}
    assert abs(rows[60]["ts"] - rows[60]["received_at"]) < 60_000
