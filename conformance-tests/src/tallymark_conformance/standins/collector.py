"""A stand-in collector: the smallest server that keeps the protocol's promises.

`python -m tallymark_conformance.standins.collector --data DIR --port 0 --json`
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sqlite3
import sys
from pathlib import Path
from typing import Any

from tallymark_conformance.errors import MessageError
from tallymark_conformance.proxy.message import Answer, Request, envelope
from tallymark_conformance.proxy.problems import plain, problem
from tallymark_conformance.proxy.wire import read_request
from tallymark_conformance.standins.ledger import Defects, StandinLedger

WRITE_KEY = "tmk_StandinStandinStandin1"
UUID_CHARACTERS = 36


class StandinCollector:
    """Answer `/v1/batch`, `/v1/streams/…` and the health paths from one ledger."""

    def __init__(self, ledger: StandinLedger) -> None:
        """Serve *ledger*."""
        self._ledger = ledger

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        try:
            while (request := await read_request(reader)) is not None:
                writer.write(self._safe_answer(request).encode())
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, MessageError):
            # A client that breaks off is the subject of the tests, not a fault of the server.
            writer.transport.abort()
        finally:
            writer.close()

    def _safe_answer(self, request: Request) -> Answer:
        try:
            return self.answer(request)
        except sqlite3.Error:
            self._ledger.give_up()
            return problem(503, "disk_full", (("Retry-After", "1"),))

    def answer(self, request: Request) -> Answer:
        """Return the answer to *request*."""
        if request.method == "POST" and request.path in ("/v1/batch", "/v1/import"):
            batch = envelope(request.headers, request.body)
            if batch.get("v") != 1 or "stream" not in batch:
                return problem(400, "malformed")
            return _acknowledge(self._ledger.take(batch))
        name = request.path.rpartition("/streams/")[2]
        if request.method == "GET" and len(name) == UUID_CHARACTERS:
            return _acknowledge(self._ledger.state(name))
        if request.path == "/readyz":
            ready = self._ledger.ready
            return plain(200, b"ok", "text/plain") if ready else problem(503, "disk_full")
        return problem(404, "not_found")


def _acknowledge(body: dict[str, Any]) -> Answer:
    ack = f"1; s={body['stream'][:8]}; upto={body['ack']['upto']}"
    return plain(200, json.dumps(body).encode(), "application/json", (("Tallymark-Ack", ack),))


def _ledger(arguments: argparse.Namespace) -> StandinLedger:
    data: Path = arguments.data
    data.mkdir(parents=True, exist_ok=True)
    defects = Defects(arguments.ack_before_commit, arguments.no_dedupe, arguments.forgets_every)
    return StandinLedger(data / "tallymark.db", synchronous=arguments.synchronous, defects=defects)


async def _run(arguments: argparse.Namespace) -> None:
    ledger = _ledger(arguments)
    collector = StandinCollector(ledger)
    server = await asyncio.start_server(collector.serve, "127.0.0.1", arguments.port)
    port = server.sockets[0].getsockname()[1]
    ready = {
        "event": "ready",
        "url": f"http://127.0.0.1:{port}",
        "data": str(arguments.data),
        "write_key": WRITE_KEY,
        "pid": os.getpid(),
    }
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()
    server.close()
    ledger.close()


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="tallymark_conformance.standins.collector")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="as the collector has it; always on")
    parser.add_argument("--synchronous", choices=("FULL", "NORMAL"), default="FULL")
    parser.add_argument("--ack-before-commit", action="store_true")
    parser.add_argument("--no-dedupe", action="store_true")
    parser.add_argument("--forgets-every", type=int, default=0)
    asyncio.run(_run(parser.parse_args()))


if __name__ == "__main__":
    main()
