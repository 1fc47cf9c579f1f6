from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tallymark_conformance.processes import Collector, standin_collector

if TYPE_CHECKING:
    from pathlib import Path

STREAM = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
Post = Callable[..., tuple[int, dict[str, str], bytes]]


@pytest.fixture
def standin(tmp_path: Path) -> Iterator[Collector]:
    """Run a stand-in collector with an empty ledger."""
    with Collector(tmp_path / "data", tmp_path / "logs", standin_collector()) as collector:
        yield collector


@pytest.fixture
def batch() -> Callable[..., dict[str, Any]]:
    """Make the envelope of *count* events from *seq* on."""

    def make(seq: int = 1, count: int = 3, stream: str = STREAM, **more: Any) -> dict[str, Any]:
        events = [{"e": "probe", "p": {"marker": f"m{seq + i}"}} for i in range(count)]
        return {
            "v": 1,
            "stream": stream,
            "seq": seq,
            "hwm": seq + count - 1,
            "t0": 1_795_000_000_000,
            "events": events,
            **more,
        }

    return make


@pytest.fixture
def post() -> Post:
    """Send one envelope on a connection of its own; return status, headers and body."""

    def send(
        url: str, value: object, *, path: str = "/v1/batch", attempt: int = 1, timeout: float = 10
    ) -> tuple[int, dict[str, str], bytes]:
        target = urlsplit(url)
        client = http.client.HTTPConnection(target.hostname or "", target.port, timeout=timeout)
        try:
            headers = {"Content-Type": "application/json", "Tallymark-Attempt": str(attempt)}
            client.request("POST", path, json.dumps(value).encode(), headers)
            answer = client.getresponse()
            found = {key.lower(): text for key, text in answer.getheaders()}
            return answer.status, found, answer.read()
        finally:
            client.close()

    return send


@pytest.fixture
def closed_port() -> int:
    """Find a port of loopback on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
