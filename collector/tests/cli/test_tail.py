"""`tallymark tail`."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING

from tallymark_collector.cli.tail import arriving, newest
from tallymark_collector.govern.access import Scope
from tallymark_collector.store.log import Arrival, Row
from tallymark_collector.store.sqlite import SqliteReader

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tallymark_collector.store.sqlite import SqliteLog

    from conftest import Ran

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


def test_newest_looks_back_over_other_projects(folder: Path) -> None:
    """The newest of a project must be found behind another project's many."""
    reader = SqliteReader.open(folder)
    assert [4, 5] == [stored.pos for stored in newest(reader, SCOPE, 2)]
    assert [] == list(newest(reader, Scope(2, "test", frozenset({"read"})), 2))
    reader.close()


def test_what_arrives_is_followed(folder: Path, log: SqliteLog) -> None:
    """Events committed while following must come, each once, in order."""
    reader = SqliteReader.open(folder)
    following = arriving(reader, SCOPE, 5)
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
