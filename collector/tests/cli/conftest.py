"""A folder with a few events, and the command line run in this process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from tallymark_collector.cli import run
from tallymark_collector.store.log import Arrival, Row
from tallymark_collector.store.sqlite import SqliteLog, SqliteMeta

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FIRST = 1_772_409_600_000  # 2026-03-02T00:00Z
HOUR = 3_600_000
BODIES: list[dict[str, Any]] = [
    {"e": "View", "u": "ann", "p": {"os": "mac"}},
    {"e": "View", "u": "bob", "p": {"os": "win"}},
    {"e": "Buy", "u": "ann", "p": {"os": "mac", "price": 5}},
    {"k": "identify", "u": "bob", "d": "D"},
    {"e": "View", "d": "D", "p": {"os": "[red]x"}},
]


@dataclass(frozen=True)
class Ran:
    """What a command did: its exit code and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 -- any JSON
        """Return stdout as JSON."""
        return json.loads(self.out)


@pytest.fixture
def tallymark(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Return what runs a command line."""

    def call(*arguments: object) -> Ran:
        code = run([str(argument) for argument in arguments])
        written = capsys.readouterr()
        return Ran(code, written.out, written.err)

    return call


@pytest.fixture
def log(folder: Path) -> Iterator[SqliteLog]:
    """Return the folder's log, open for writing."""
    opened = SqliteLog.open(folder, ballast=0)
    yield opened
    opened.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a collector's folder with a project, a write key and five stored rows."""
    data = tmp_path / "data"
    meta = SqliteMeta.open(data)
    project = meta.create_project("default", FIRST)
    meta.close()
    rows = tuple(
        Row(place, place + 1, None, FIRST + place * HOUR, FIRST + place * HOUR, _bytes(body))
        for place, body in enumerate(BODIES)
    )
    stream = "0197a1b2-0000-7000-8000-000000000001"
    size = len(rows)
    arrival = Arrival(
        project.id, stream, size, fin=False, received_at=FIRST + 9 * HOUR, rows=rows,
        refused=(), losses=(), sha256=bytes(32), size=1,
    )  # fmt: skip
    writer = SqliteLog.open(data, ballast=0)
    writer.commit([arrival])
    writer.close()
    return data


def _bytes(body: dict[str, Any]) -> bytes:
    return json.dumps(body).encode()
