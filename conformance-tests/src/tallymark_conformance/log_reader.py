"""Read the collector's side: the log file read-only, and the ledgers over HTTP."""

from __future__ import annotations

import http.client
import json
import sqlite3
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tallymark_conformance.errors import ProcessError
from tallymark_conformance.history import Log, StoredRow, StreamLedger, digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

EVENTS = """
SELECT event.pos, stream.id, event.seq, event.body FROM event
JOIN stream ON stream.no = event.stream_no ORDER BY event.pos
"""
LOSSES = """
SELECT stream.id, loss.state, loss.reason, loss.first, loss.last FROM loss
JOIN stream ON stream.no = loss.stream_no
"""
CONFLICTS = "SELECT id, conflicts FROM stream WHERE conflicts > 0"
STREAMS = "SELECT id FROM stream ORDER BY no"
NUMBERS = """
SELECT stream.id, count(DISTINCT event.seq) FROM event
JOIN stream ON stream.no = event.stream_no GROUP BY stream.no
"""
FILE = "tallymark.db"
TIMEOUT_S = 10


def read_log(data: Path, ledgers: Mapping[str, StreamLedger] | None = None) -> Log:
    """Return everything the log in the folder *data* holds, with *ledgers* beside it."""
    database = sqlite3.connect(f"file:{data / FILE}?mode=ro", uri=True, timeout=TIMEOUT_S)
    try:
        rows = tuple(_row(*row) for row in database.execute(EVENTS))
        states: dict[str, dict[str, dict[int, str]]] = {"rejected": {}, "dropped": {}}
        for stream, state, reason, first, last in database.execute(LOSSES):
            numbers = states[state].setdefault(stream, {})
            numbers.update(dict.fromkeys(range(first, last + 1), reason))
        conflicts = dict(database.execute(CONFLICTS))
    finally:
        database.close()
    return Log(rows, states["rejected"], states["dropped"], ledgers or {}, conflicts)


def streams(data: Path) -> list[str]:
    """Return every stream the log in the folder *data* has heard of."""
    database = sqlite3.connect(f"file:{data / FILE}?mode=ro", uri=True, timeout=TIMEOUT_S)
    try:
        return [row[0] for row in database.execute(STREAMS)]
    finally:
        database.close()


def stored_numbers(data: Path) -> dict[str, int]:
    """Return how many numbers of each stream the log in the folder *data* has stored."""
    database = sqlite3.connect(f"file:{data / FILE}?mode=ro", uri=True, timeout=TIMEOUT_S)
    try:
        return dict(database.execute(NUMBERS))
    finally:
        database.close()


def integrity(data: Path) -> str:
    """Return what SQLite's own check says of the log file: "ok" when it is sound."""
    database = sqlite3.connect(f"file:{data / FILE}?mode=ro", uri=True, timeout=TIMEOUT_S)
    try:
        return str(database.execute("PRAGMA integrity_check").fetchone()[0])
    except sqlite3.DatabaseError as error:
        return str(error)
    finally:
        database.close()


def ask_ledgers(url: str, key: str, names: Iterable[str]) -> dict[str, StreamLedger]:
    """Return the ledgers of the streams *names* as the collector at *url* tells them."""
    target = urlsplit(url)
    client = http.client.HTTPConnection(target.hostname or "", target.port, timeout=TIMEOUT_S)
    try:
        return {name: _ledger(client, key, name) for name in names}
    except (OSError, http.client.HTTPException) as error:
        raise ProcessError(f"the collector does not tell its ledgers: {error!r}") from error
    finally:
        client.close()


def _ledger(client: http.client.HTTPConnection, key: str, stream: str) -> StreamLedger:
    client.request("GET", f"/v1/streams/{stream}", headers={"Authorization": f"Bearer {key}"})
    answer = client.getresponse()
    body = answer.read()
    if answer.status != http.HTTPStatus.OK:
        raise ProcessError(f"GET /v1/streams/{stream} answered {answer.status}: {body[:200]!r}")
    value = json.loads(body)
    return StreamLedger(
        stream=stream,
        upto=value["ack"]["upto"],
        settled=tuple((first, last) for first, last in value["ack"]["settled"]),
        hwm=value["hwm"],
        fin=value["fin"],
        stored=value["stored"],
        unaccounted=value["unaccounted"],
    )


def _row(pos: int, stream: str, seq: int, body: str | bytes) -> StoredRow:
    properties: Mapping[str, Any] = json.loads(body).get("p", {})
    return StoredRow(pos, stream, seq, str(properties.get("marker")), digest(properties))
