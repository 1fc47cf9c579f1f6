"""
Stand in for every SDK's collector: take any body, know its events by their markers, answer well.

`standin.py [PORT]` prints its address; `POST /__mode` sets what it answers, `GET /__seen` tells
what came. Ours gets acks that prove themselves, by the protocol's own ledger; the others a 200
they accept.
"""

# ruff: noqa: INP001, ARG005 -- a folder that is run, not a package; each refusal looks at what it needs

from __future__ import annotations

import base64
import binascii
import gzip
import json
import re
import sys
import threading
import time
import zlib
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote_to_bytes

from tallymark_protocol import ranges
from tallymark_protocol.ack import format_ack
from tallymark_protocol.ledger import Ledger

MARKER = re.compile(rb"n-(\d{7})")
ENCODED = re.compile(rb'"ue_px":"([A-Za-z0-9_=-]+)"')
POISON = 13
TOO_LARGE = 20_000
ACCEPTED = {"status": 1, "code": 200, "success": True}


class State:
    """Know what came, and what is to be answered."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.lock = threading.Lock()
        self.reset({})

    def reset(self, mode: dict[str, Any]) -> None:
        """Forget what came; answer by *mode* from here on."""
        self.mode = mode
        self.left = mode.get("times", -1)
        self.seen: Counter[int] = Counter()
        self.bytes = 0
        self.times: list[float] = []
        self.ledgers: dict[str, Ledger] = {}

    def answer(self) -> str:
        """Return what this request meets."""
        if self.left == 0:
            return "ok"
        self.left -= 1
        return str(self.mode.get("answer", "ok"))


STATE = State()


class Handler(BaseHTTPRequestHandler):
    """Answer one connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_POST(self) -> None:
        """Take events, or a mode."""
        raw = self._body()
        if self.path == "/__mode":
            with STATE.lock:
                STATE.reset(json.loads(raw))
            self._reply(200, {})
            return
        time.sleep(STATE.mode.get("delay_ms", 0) / 1_000)
        with STATE.lock:
            STATE.times.append(time.monotonic())
            meets = STATE.answer()
        if meets == "silent":
            threading.Event().wait(60)
            return
        body = inflate(raw)
        found = [int(number) for number in MARKER.findall(body)]
        refusal = REFUSALS[meets](raw, found)
        if refusal is not None:
            self._reply(*refusal)
            return
        with STATE.lock:
            STATE.bytes += len(raw)
            STATE.seen.update(found)
            headers, content = ack(body) if self.path.startswith("/v1/") else ({}, ACCEPTED)
        self._reply(200, content, headers)

    def do_GET(self) -> None:
        """Tell what came."""
        if self.path == "/__seen":
            with STATE.lock:
                seen = {str(number): times for number, times in STATE.seen.items()}
                told = {"seen": seen, "bytes": STATE.bytes, "times": STATE.times}
            self._reply(200, told)
        elif self.path.startswith("/v1/streams/"):
            stream = self.path.rpartition("/")[2]
            with STATE.lock:
                headers, content = settled(stream, STATE.ledgers.get(stream, Ledger()))
            self._reply(200, content, headers)
        else:
            self._reply(200, b"<html>sign in</html>", {"content-type": "text/html"})

    def _body(self) -> bytes:
        length = self.headers.get("content-length")
        return self.rfile.read(int(length or 0))

    def _reply(
        self,
        status: int,
        content: Any,  # noqa: ANN401 - bytes, or JSON of any shape
        headers: dict[str, str] | None = None,
    ) -> None:
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Serve without a word about clients that go away."""

    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        """Say nothing."""


def _poisoned(raw: bytes, found: list[int]) -> tuple[int, Any] | None:
    del raw
    return (400, {"code": "malformed", "error": "bad event"}) if POISON in found else None


def _large(raw: bytes, found: list[int]) -> tuple[int, Any] | None:
    del found
    return (413, {"code": "too_large", "error": "too large"}) if len(raw) > TOO_LARGE else None


REFUSALS: dict[str, Any] = {
    "ok": lambda raw, found: None,
    "503": lambda raw, found: (503, {"error": "busy"}),
    "html": lambda raw, found: (200, b"<html>sign in</html>", {"content-type": "text/html"}),
    "redirect": lambda raw, found: (302, b"", {"location": "/login"}),
    "400": _poisoned,
    "413": _large,
    "429": lambda raw, found: (429, {"error": "slow down"}, {"retry-after": "3"}),
}


def inflate(raw: bytes) -> bytes:
    """Return a body as text in which markers can be found."""
    body = raw
    if raw[:2] == b"\x1f\x8b":
        try:
            body = gzip.decompress(raw)
        except (OSError, zlib.error, EOFError):
            return b""
    if body.startswith(b"data="):
        body = unquote_to_bytes(body)
    encoded = ENCODED.findall(body)
    return body + b"".join(_decoded(part) for part in encoded)


def _decoded(text: bytes) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))
    except binascii.Error:
        return b""


def ack(body: bytes) -> tuple[dict[str, str], Any]:
    """Return the ack of a batch of ours; for others' bodies what they accept."""
    try:
        envelope = json.loads(body)
        stream, first = envelope["stream"], envelope["seq"]
    except (ValueError, KeyError, TypeError):
        return {}, ACCEPTED
    numbers = [event.get("n", first + place) for place, event in enumerate(envelope["events"])]
    drops = [tuple(pair) for drop in envelope.get("drops", ()) for pair in drop["ranges"]]
    ledger = STATE.ledgers.get(stream, Ledger())
    ledger = ledger.settle(ranges.normalise([*((n, n) for n in numbers), *drops]))
    STATE.ledgers[stream] = ledger = ledger.announce(envelope["hwm"], fin=bool(envelope.get("fin")))
    return settled(stream, ledger)


def settled(stream: str, ledger: Ledger) -> tuple[dict[str, str], Any]:
    """Return a proving answer about a stream."""
    acked = {"upto": ledger.upto, "settled": ledger.settled, "durability": "committed"}
    content = {"v": 1, "stream": stream, "ack": acked, "received": 0, "stored": 0, "rejected": []}
    return {"tallymark-ack": format_ack(stream, ledger.upto)}, content


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    with Server(("127.0.0.1", port), Handler) as server:
        print(f"http://127.0.0.1:{server.server_port}", flush=True)  # noqa: T201 - it is read
        server.serve_forever()
