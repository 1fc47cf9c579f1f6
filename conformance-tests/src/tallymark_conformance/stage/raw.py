"""A connection to a server whose bytes the scenario writes itself: halves, drips and nonsense."""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from tallymark_conformance.stage.server import Reply

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tallymark_conformance.stage.server import ServerStage

WAIT_S: Final = 15.0
PIECE: Final = 65_536
PORTS: Final = {"http": 80, "https": 443}


@dataclass(slots=True)
class Raw:
    """One open connection. `answer` reads what the server says to what was sent."""

    peer: socket.socket
    stage: ServerStage
    target: str = ""
    began: float = 0.0

    def send(self, data: bytes) -> bool:
        """Send *data*; tell whether the connection took it."""
        try:
            self.peer.sendall(data)
        except OSError:
            return False
        return True

    def head(
        self, method: str, path: str, headers: Mapping[str, str], *, key: str | None = "write"
    ) -> bool:
        """Send the head of a request."""
        self.target, self.began = f"{method} {path}", time.monotonic()
        place = urlsplit(self.stage.target.url)
        lines = [f"{method} {place.path.rstrip('/')}{path} HTTP/1.1", f"Host: {place.netloc}"]
        if key is not None:
            lines.append(f"Authorization: Bearer {self.stage.key(key)}")
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return self.send(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))

    def answer(self, timeout_s: float = WAIT_S) -> Reply | None:
        """Return the next answer, None when the connection ends or stays silent without one."""
        self.peer.settimeout(timeout_s)
        found = http.client.HTTPResponse(self.peer)
        try:
            found.begin()
            body = found.read()
        except (OSError, http.client.HTTPException):
            return None
        fields = {name.lower(): text for name, text in found.getheaders()}
        reply = Reply(found.status, fields, body, time.monotonic() - self.began)
        method, _, path = self.target.partition(" ")
        self.stage.record(method, path, {}, b"", reply)
        return reply

    def ended(self, timeout_s: float) -> bool:
        """Tell whether the server ends the connection within *timeout_s*."""
        until = time.monotonic() + timeout_s
        while (left := until - time.monotonic()) > 0:
            self.peer.settimeout(left)
            try:
                if not self.peer.recv(PIECE):
                    return True
            except TimeoutError:
                return False
            except OSError:
                return True
        return False


@contextmanager
def connected(stage: ServerStage, url: str = "") -> Iterator[Raw]:
    """Open a connection to the target, or to *url*."""
    place = urlsplit(url or stage.target.url)
    peer = socket.create_connection(
        (place.hostname or "", place.port or PORTS[place.scheme]), timeout=WAIT_S
    )
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if place.scheme == "https":
        peer = ssl.create_default_context().wrap_socket(peer, server_hostname=place.hostname)
    try:
        yield Raw(peer, stage)
    finally:
        peer.close()
