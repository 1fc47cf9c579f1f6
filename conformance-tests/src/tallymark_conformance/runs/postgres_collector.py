"""A collector on a database, and what that database holds in the end."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tallymark_conformance.history import Log, StoredRow, digest
from tallymark_conformance.log_reader import ask_ledgers
from tallymark_conformance.processes import READY_S, Program, Serving

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tallymark_conformance.runs.postgres_cluster import Cluster

EVENTS: Final = """
SELECT json_build_array(e.pos, s.id, e.seq, e.body) FROM event AS e
JOIN stream AS s ON s.no = e.stream_no ORDER BY e.pos
"""
CONFLICTS: Final = "SELECT json_build_array(id, conflicts) FROM stream WHERE conflicts > 0"
STREAMS: Final = "SELECT id FROM stream ORDER BY no"


@dataclass
class DatabaseCollector(Serving):
    """A collector on the database at *database_url*."""

    database_url: str
    folder: Path
    command: Sequence[str] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    port: int = 0
    ready_s: float = READY_S
    url: str = ""
    key: str = ""
    starts: int = 0
    program: Program = field(init=False)

    def store(self) -> tuple[str, str]:
        """Return the flag of its database."""
        return "--database-url", self.database_url


def read_database(cluster: Cluster, database: str, collector: DatabaseCollector) -> Log:
    """Return everything the log in *database* holds, and the ledgers as *collector* tells them."""
    rows = tuple(_row(*json.loads(line)) for line in cluster.sql(EVENTS, database))
    conflicts = dict(json.loads(line) for line in cluster.sql(CONFLICTS, database))
    ledgers = ask_ledgers(collector.url, collector.key, cluster.sql(STREAMS, database))
    return Log(rows, {}, {}, ledgers, conflicts)


def _row(pos: int, stream: str, seq: int, body: str) -> StoredRow:
    properties = json.loads(body).get("p", {})
    return StoredRow(pos, stream, seq, str(properties.get("marker")), digest(properties))
