"""`tallymark tail`."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any

from tallymark_collector.cli.stored import StoredHere, StoredThere
from tallymark_collector.cli.tail import arriving
from tallymark_collector.connect.collectors import HttpCollector
from tallymark_collector.govern.access import Scope
from tallymark_collector.store.log import Arrival, Row
from tallymark_collector.store.sqlite import SqliteReader

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tallymark_collector.store.sqlite import SqliteLog

    from conftest import Ran

STREAM = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
SCOPE = Scope(1, "test", frozenset({"read"}))


def test_the_newest_events(tallymark: Callable[..., Ran], folder: Path) -> None:
    """The last events must come in order of arrival, one a line, links among them."""
    ran = tallymark("tail", "-n", "2", "--data", folder)
    first, second = ran.out.splitlines()
    assert (0, "2026-03-02 03:00:00  identify") == (ran.code, first)
    assert ["2026-03-02", "04:00:00", "View", "D", "os=[red]x"] == second.split()


def test_as_json(tallymark: Callable[..., Ran], folder: Path) -> None:
    """With --json each line must be an event with its place in log and stream."""
    ran = tallymark("tail", "--json", "--data", folder)
    lines = [json.loads(line) for line in ran.out.splitlines()]
    assert [1, 2, 3, 4, 5] == [line["pos"] for line in lines] == [line["seq"] for line in lines]
    assert {"e": "View", "u": "ann", "p": {"os": "mac"}} == lines[0]["event"]


def test_none_and_too_many(tallymark: Callable[..., Ran], folder: Path) -> None:
    """No event and more events than there are must both be possible."""
    none, many = (tallymark("tail", "-n", count, "--data", folder) for count in (0, 500))
    assert ("", 5) == (none.out, len(many.out.splitlines()))


def test_what_arrives_is_followed(folder: Path, log: SqliteLog) -> None:
    """Events committed while following must come, each once, in order."""
    reader = SqliteReader.open(folder)
    following = arriving(StoredHere(reader, SCOPE), 5)
    for number in (1, 2):
        row = Row(0, number, None, 1, 1, b'{"e":"New"}')
        stream = "0197a1b2-0000-7000-8000-000000000002"
        log.commit(
            [
                Arrival(
                    1, stream, number, fin=False, received_at=1, rows=(row,), refused=(),
                    losses=(), sha256=bytes([number]) * 32, size=1,
                )
            ]
        )  # fmt: skip
        assert [5 + number] == [stored.pos for stored in islice(following, 1)]
    reader.close()


def test_from_a_running_collector(tallymark: Callable[..., Ran], collector: Any) -> None:  # noqa: ANN401
    """With --url the newest events must come over HTTP, for whoever holds a read key."""
    events = [{"e": f"e{number}", "u": "ann"} for number in range(1, 5)]
    sent = {"v": 1, "stream": STREAM, "seq": 1, "hwm": 4, "t0": 0, "events": events}
    assert collector.ask("POST", "/v1/batch", sent).status == 200
    url, key = f"http://127.0.0.1:{collector.port}", collector.new_key("read")
    ran = tallymark("tail", "-n", 2, "--json", "--url", url, "--key", key)
    assert [3, 4] == [json.loads(line)["seq"] for line in ran.out.splitlines()]
    words = tallymark("tail", "-n", 1, "--url", url, "--key", key)
    assert ["e4", "ann"] == words.out.split()[2:4]


def test_a_collector_is_followed(collector: Any) -> None:  # noqa: ANN401
    """Events that arrive must come over HTTP too, each once."""
    asking = HttpCollector(f"http://127.0.0.1:{collector.port}", collector.new_key("read"))
    following = arriving(StoredThere(asking), 0)
    for number in (1, 2, 3):
        sent = {"v": 1, "stream": STREAM, "seq": number, "hwm": number, "t0": 0}
        collector.ask("POST", "/v1/batch", {**sent, "events": [{"e": "New", "u": "ann"}]})
        assert [number] == [stored.seq for stored in islice(following, 1)]
    asking.close()


def test_wrong_places(tallymark: Callable[..., Ran], folder: Path) -> None:
    """No key, two places and no collector must be told apart, by words and exit code."""
    no_key = tallymark("tail", "--url", "http://127.0.0.1:9")
    two = tallymark("tail", "--url", "http://127.0.0.1:9", "--data", folder)
    nobody = tallymark("tail", "--url", "http://127.0.0.1:9", "--key", "tmr_x")
    assert [(2, True), (2, True), (3, True)] == [
        (no_key.code, "needs a key" in no_key.err),
        (two.code, "Give one" in two.err),
        (nobody.code, "tallymark serve" in nobody.err),
    ]
