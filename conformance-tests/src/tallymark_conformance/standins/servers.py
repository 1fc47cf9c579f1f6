"""Two servers that no scenario may be content with: one that nods at everything, one that refuses.

What passes with both of them looks at nothing.
"""

from __future__ import annotations

import json
import sys
import threading
import time
import zlib
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Manner = Literal["nods", "refuses"]
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS")
PROBLEM = "application/problem+json"
READ = 1 << 22
"""Bytes that are looked at of a body that unpacks to more."""


class _Handler(BaseHTTPRequestHandler):
    """Answer every method and path alike."""

    protocol_version = "HTTP/1.1"
    manner: ClassVar[Manner] = "nods"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base's name)
        """Write nothing."""

    def answer_any(self) -> None:
        """Answer one request."""
        length = self.headers.get("Content-Length", "0")
        sent = self.rfile.read(int(length)) if length.isdigit() else b""
        if self.manner == "nods":
            self._nod(_decoded(sent, self.headers.get("Content-Encoding", "")))
        else:
            self._refuse()

    def _nod(self, batch: Mapping[str, Any]) -> None:
        events, stream, hwm = batch.get("events"), batch.get("stream"), batch.get("hwm")
        count = len(events) if isinstance(events, list) else 1
        if self.path.startswith("/v1/streams/"):
            stream, hwm = self.path.split("/")[3].partition("?")[0], 1
        body: dict[str, Any] = {"v": 1, "received": count, "stored": count, "duplicate": 0}
        proof = "1; s=*; upto=*"
        if isinstance(stream, str):
            ack: dict[str, Any] = {"upto": hwm, "settled": [], "durability": "committed"}
            body = {"v": 1, "stream": stream, **body, "ack": ack}
            proof = f"1; s={stream[:8]}; upto={hwm}"
        body["now"] = int(time.time() * 1000)
        self._answer(200, body, "application/json", {"Tallymark-Ack": proof})

    def _refuse(self) -> None:
        body = {
            "type": "/problems/overloaded",
            "title": "Overloaded",
            "status": 503,
            "code": "overloaded",
            "retryable": True,
            "detail": "never",
        }
        self._answer(503, body, PROBLEM, {"Retry-After": "1"})

    def _answer(
        self, status: int, body: Mapping[str, Any], kind: str, headers: Mapping[str, str]
    ) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        fields = {"Content-Type": kind, "Content-Length": str(len(text)), **headers}
        fields["Tallymark-Request-Id"] = (
            "1" if self.manner == "nods" else f"{time.monotonic_ns():x}"
        )
        for name, value in fields.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)


def _decoded(sent: bytes, coding: str) -> Mapping[str, Any]:
    try:
        plain = zlib.decompressobj(31).decompress(sent, READ) if coding == "gzip" else sent
        value = json.loads(plain)
    except (ValueError, RecursionError, zlib.error):
        return {}
    return value if isinstance(value, dict) else {}


class _Server(ThreadingHTTPServer):
    """A thread for each connection, and silence about peers that leave."""

    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print what went wrong, unless the peer was gone: scenarios do that on purpose."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def standin_server(manner: Manner) -> Iterator[str]:
    """Serve in that *manner* on loopback and give the address."""
    answers = {f"do_{method}": _Handler.answer_any for method in METHODS}
    handler = type("Handler", (_Handler,), {"manner": manner, **answers})
    server = _Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, name=f"server that {manner}")
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
