"""A collector on a database, and what that database holds in the end."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tallymark_conformance.errors import ProcessError
from tallymark_conformance.history import Log, StoredRow, digest
from tallymark_conformance.log_reader import ask_ledgers
from tallymark_conformance.processes import (
    READY_S,
    Program,
    default_collector,
    wait_until,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from tallymark_conformance.runs.postgres_cluster import Cluster

EVENTS: Final = """
SELECT json_build_array(e.pos, s.id, e.seq, e.body) FROM event AS e
JOIN stream AS s ON s.no = e.stream_no ORDER BY e.pos
"""
CONFLICTS: Final = "SELECT json_build_array(id, conflicts) FROM stream WHERE conflicts > 0"
STREAMS: Final = "SELECT id FROM stream ORDER BY no"


@dataclass(slots=True)
class DatabaseCollector:
    """A collector on the database at *database_url*; started again it keeps its port."""

    database_url: str
    folder: Path
    command: Sequence[str] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    port: int = 0
    url: str = ""
    key: str = ""
    starts: int = 0
    program: Program = field(init=False)

    def start(self) -> None:
        """Start the process and return once it has printed its ready line."""
        argv = [*(self.command or default_collector()), "--database-url", self.database_url]
        argv += ["--port", str(self.port), "--json"]
        self.starts += 1
        self.program = Program(f"collector-{self.starts}", argv, self.folder, self.env)
        self.program.start()
        try:
            wait_until(self._ready, READY_S, "the collector's ready line")
        except ProcessError:
            self.program.kill()
            raise

    def kill(self) -> None:
        """End the process by SIGKILL."""
        self.program.kill()

    def stop(self) -> int:
        """End the process by SIGTERM and return its exit status."""
        return self.program.stop()

    def __enter__(self) -> Self:
        """Start the collector."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Kill the collector if it still runs."""
        self.program.kill()

    def _ready(self) -> bool:
        line = self.program.out.read_text("utf-8").partition("\n")
        if not line[1]:
            if not self.program.alive:
                raise ProcessError(f"the collector is not ready:\n{self.program.tail()}")
            return False
        value = json.loads(line[0])
        self.url, self.key = value["url"], value["write_key"]
        self.port = int(self.url.rpartition(":")[2])
        return True


def read_database(cluster: Cluster, database: str, collector: DatabaseCollector) -> Log:
    """Return everything the log in *database* holds, and the ledgers as *collector* tells them."""
    rows = tuple(_row(*json.loads(line)) for line in cluster.sql(EVENTS, database))
    conflicts = dict(json.loads(line) for line in cluster.sql(CONFLICTS, database))
    ledgers = ask_ledgers(collector.url, collector.key, cluster.sql(STREAMS, database))
    return Log(rows, {}, {}, ledgers, conflicts)


def _row(pos: int, stream: str, seq: int, body: str) -> StoredRow:
    properties = json.loads(body).get("p", {})
    return StoredRow(pos, stream, seq, str(properties.get("marker")), digest(properties))
