from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tallymark_conformance.errors import ProcessError
from tallymark_conformance.history import StoredRow, digest
from tallymark_conformance.log_reader import FILE, ask_ledgers, integrity, read_log, streams

if TYPE_CHECKING:
    from pathlib import Path

    from tallymark_conformance.processes import Collector

Post = Callable[..., tuple[int, dict[str, str], bytes]]
Batch = Callable[..., dict[str, Any]]


def test_the_log_is_read_while_the_collector_runs(
    standin: Collector, batch: Batch, post: Post
) -> None:
    """Rows come in the order of `pos`, with the marker and the digest of their properties."""
    body = batch(count=2, hwm=4, drops=[{"reason": "hook", "ranges": [[4, 4]]}])
    post(standin.url, body)
    log = read_log(standin.data)
    expected = [
        StoredRow(pos, body["stream"], pos, f"m{pos}", digest({"marker": f"m{pos}"}))
        for pos in (1, 2)
    ]
    assert expected == list(log.rows)
    assert {body["stream"]: {4: "hook"}} == log.dropped
    assert {} == log.rejected
    assert {} == log.conflicts
    assert [body["stream"]] == streams(standin.data)
    assert "ok" == integrity(standin.data)


def test_ledgers_are_asked_over_http(standin: Collector, batch: Batch, post: Post) -> None:
    """The collector's own words about a stream become a value."""
    body = batch(seq=2, count=2, hwm=5)
    post(standin.url, body)
    ledger = ask_ledgers(standin.url, standin.key, [body["stream"]])[body["stream"]]
    assert (0, ((2, 3),), 5, 2, 3) == (
        ledger.upto,
        ledger.settled,
        ledger.hwm,
        ledger.stored,
        ledger.unaccounted,
    )


def test_a_collector_that_does_not_know_the_path_is_named(
    standin: Collector, batch: Batch, post: Post
) -> None:
    """An answer that is no ledger stops the run with the status and the path."""
    with pytest.raises(ProcessError, match="404"):
        ask_ledgers(standin.url, standin.key, ["../nowhere"])


def test_the_file_is_opened_for_reading_only(standin: Collector) -> None:
    """Reading leaves the collector's file as it is."""
    before = (standin.data / FILE).read_bytes()
    read_log(standin.data)
    assert before == (standin.data / FILE).read_bytes()


@pytest.mark.parametrize("page", [0, 1, 2])
def test_damage_is_seen(tmp_path: Path, page: int) -> None:
    """Whatever page is broken, SQLite's own check does not say ok."""
    path = tmp_path / FILE
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE event (pos INTEGER PRIMARY KEY, body TEXT)")
    database.executemany("INSERT INTO event (body) VALUES (?)", [("x" * 100,)] * 200)
    database.commit()
    database.close()
    assert "ok" == integrity(tmp_path)
    data = bytearray(path.read_bytes())
    data[page * 4096 : page * 4096 + 64] = bytes(64)
    path.write_bytes(bytes(data))
    assert "ok" != integrity(tmp_path)
