"""Write a history: one unbuffered line per fact, so that a SIGKILL loses none of them."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class Recorder:
    """Append the history of one life of one producer to a file."""

    def __init__(self, path: Path, producer: str, life: int, *, spool: bool) -> None:
        """Open *path* for appending and write the opening line."""
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._who = {"producer": producer, "life": life}
        self._write({"kind": "open", "spool": spool, "at": time.time_ns() // 1_000_000})

    def invoke(self, n: int, marker: str, digest: str) -> None:
        """Write that call *n* is about to be made."""
        self._write({"kind": "invoke", "n": n, "marker": marker, "digest": digest})

    def returned(self, marker: str, event_id: str | None) -> None:
        """Write what the call returned."""
        self._write({"kind": "return", "marker": marker, "id": event_id})

    def stats(self, stats: Mapping[str, Any], *, final: bool, own: bool = True) -> None:
        """Write an answer of `stats()`."""
        self._write({"kind": "stats", "stats": stats, "final": final, "own": own})

    def end(self) -> None:
        """Write that the last call was made: what follows is the end of the client."""
        self._write({"kind": "end", "at": time.time_ns() // 1_000_000})

    def close(self) -> None:
        """Write that the producer has ended by itself and close the file."""
        self._write({"kind": "close", "at": time.time_ns() // 1_000_000})
        os.close(self._file)

    def _write(self, value: Mapping[str, Any]) -> None:
        line = json.dumps({**value, **self._who}, separators=(",", ":")) + "\n"
        os.write(self._file, line.encode())
