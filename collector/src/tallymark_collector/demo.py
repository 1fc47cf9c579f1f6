"""The demo: a collector of its own, a shop's half year sent to it through the SDK, two reports."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import requests
from tallymark import Batching, Client, Hooks, Spool
from tallymark_protocol.event_id import uuid8

from tallymark_collector.settings import PREFIX
from tallymark_collector.store.keys import new_text
from tallymark_collector.store.sqlite import SqliteMeta

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

FILE: Final = "data/ecom.csv.gz"
STEPS: Final = ("product_view", "add_to_cart", "shipping_details", "payment_details", "purchase")
TREND: Final = {"events": ["product_view", "add_to_cart", "purchase"], "interval": "day"}
FUNNEL: Final = {"steps": list(STEPS), "window": "7d"}
HOST: Final = "127.0.0.1"
SECRET_VARIABLE: Final = f"{PREFIX}SECRET_KEY"

_PORTS_TRIED: Final = 50
_START_S: Final = 20.0
_SEND_S: Final = 120.0
_STOP_S: Final = 15.0
_ANSWER_S: Final = 30.0
_POLL_S: Final = 0.05
_OWN_FIELDS: Final = ("user_id", "session_id", "event", "timestamp")


class DemoFailed(Exception):  # noqa: N818 -- names what happened
    """Stop the demo: the message says what went wrong."""


@dataclass(frozen=True, slots=True)
class Shop:
    """The rows of the shop's file, and the stream they are sent as.

    The stream is the UUIDv8 of the file's SHA-256 and a row's sequence number its line, so that
    sending the file again adds nothing and equal rows stay different events (LED-12).
    """

    stream: str
    rows: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True)
class Collector:
    """A collector running for the demo, and the secret key that it was started with."""

    url: str
    key: str
    process: subprocess.Popen[bytes]


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of the rows: `stored` is what the collector holds of them, `new` since now."""

    stored: int
    new: int
    duplicate: int
    rejected: int


def shop() -> Shop:
    """Read the shop's file."""
    packed = files("tallymark_collector").joinpath(FILE).read_bytes()
    text = gzip.decompress(packed).decode("utf-8")
    rows = tuple(csv.DictReader(io.StringIO(text)))
    return Shop(uuid8(hashlib.sha256(packed).digest()), rows)


def free_port(wanted: int) -> int:
    """Return *wanted* or the next port after it that is free; 0 leaves the choice to the system."""
    if wanted == 0:
        return 0
    for port in range(wanted, min(wanted + _PORTS_TRIED, 65_536)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise DemoFailed(f"no port from {wanted} to {wanted + _PORTS_TRIED - 1} is free: give --port 0")


@contextmanager
def collector(data: Path, port: int) -> Iterator[Collector]:
    """Run a collector on *data* until the block ends; its key is revoked with `forget_key`."""
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = new_text("secret")
    log = data / "collector.log"
    command = [sys.executable, "-m", "tallymark_collector", "serve", "--json"]
    command += ["--data", str(data), "--host", HOST, "--port", str(port)]
    with log.open("wb") as stderr:
        # A group of its own: Ctrl-C is for the demo, which then stops the collector once.
        process = subprocess.Popen(  # noqa: S603 -- our own program
            command,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env={**os.environ, SECRET_VARIABLE: key},
            process_group=0,
        )
    try:
        yield Collector(_ready(process, log), key, process)
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> int:
    """Stop a collector gracefully and return its exit code."""
    process.terminate()
    try:
        code = process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        code = process.wait()
    if process.stdout is not None:
        process.stdout.close()
    return code


def forget_key(data: Path, key: str) -> None:
    """Revoke the demo's secret key: nobody needs it any more."""
    meta = SqliteMeta.open(data)
    try:
        found = meta.find_key(key)
        if found is not None:
            meta.revoke_key(found.id, time.time_ns() // 1_000_000)
    finally:
        meta.close()


def send(running: Collector, source: Shop, progress: Callable[[int, int], None]) -> Sent:
    """Send all rows through the SDK, as a server that imports its history.

    *progress* is called with how many rows are settled, of how many. What the collector already
    holds is asked first: a second run has nothing to send.
    """
    total = len(source.rows)
    before = _ledger(running, source.stream)
    if before["ack"]["upto"] < total:
        _deliver(running, source, progress)
    progress(total, total)
    after = _ledger(running, source.stream)
    rejected = sum(after["rejected"].values())
    new = after["stored"] - before["stored"]
    return Sent(after["stored"], new, total - rejected - new, rejected)


def _deliver(running: Collector, source: Shop, progress: Callable[[int, int], None]) -> None:
    total = len(source.rows)
    client = Client(
        running.key,
        running.url,
        batching=Batching(stream=source.stream, max_events=2_000, flush_at=1_000),
        spool=Spool(directory=False),
        hooks=Hooks(before_send=_with_session),
    )
    with client:
        for number, row in enumerate(source.rows):
            properties = {name: row[name] for name in row if name not in _OWN_FIELDS}
            at = datetime.fromisoformat(row["timestamp"]).replace(tzinfo=UTC)
            # The SDK's calls have no session: the hook moves it to the event's own field.
            properties["session_id"] = row["session_id"]
            client.track(row["event"], properties, user=row["user_id"], time=at)
            if number % 1_000 == 0:
                progress(client.stats().stored, total)
        deadline = time.monotonic() + _SEND_S
        while not client.flush(_POLL_S):
            progress(client.stats().stored, total)
            if time.monotonic() > deadline:
                stuck = client.stats()
                why = stuck.trouble or f"{stuck.pending:,} of {total:,} events are still waiting"
                raise DemoFailed(f"the events did not arrive within {_SEND_S:.0f} s: {why}")


def _with_session(event: dict[str, Any]) -> dict[str, Any]:
    return {**event, "s": event["p"].pop("session_id")}


def _ledger(running: Collector, stream: str) -> dict[str, Any]:
    """Ask the collector's ledger of a stream."""
    response = requests.get(
        f"{running.url}/v1/streams/{stream}",
        headers={"Authorization": f"Bearer {running.key}"},
        timeout=_ANSWER_S,
        allow_redirects=False,
    )
    if response.status_code != requests.codes.ok:
        raise DemoFailed(f"the collector does not tell its ledger: status {response.status_code}")
    ledger: dict[str, Any] = response.json()
    return ledger


def _ready(process: subprocess.Popen[bytes], log: Path) -> str:
    """Wait for the ready line and return the address in it."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        process.wait(_START_S)
        said = log.read_text(encoding="utf-8", errors="replace").strip()
        raise DemoFailed(f"the collector did not start: {said or process.returncode}")
    url: str = json.loads(line)["url"]
    return url
