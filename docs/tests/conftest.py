"""A collector for each page, started as the page says, on a free port."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from pages import environment, run, script

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass(frozen=True)
class Reader:
    """Somebody who follows a page, beside a running collector."""

    folder: Path
    port: int
    key: str

    def follow(self, page: str) -> str:
        """Run all of *page*; return what it prints."""
        return run(script(page, self.port, self.key), self.folder)

    def until(self, reached: Callable[[], bool]) -> None:
        """Wait until something has arrived, half a minute at most."""
        deadline = time.monotonic() + 30
        while not reached():
            assert time.monotonic() < deadline, self.events()

    def events(self) -> list[str]:
        """Return the names of the stored events, oldest first."""
        told = run("tallymark tail -n 1000 --json", self.folder)
        stored = [json.loads(line)["event"] for line in told.splitlines()]
        return [event.get("e") or f"${event['k']}" for event in stored]


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    """Start a collector in an empty folder; stop it by SIGTERM."""
    command = [
        str(Path(sys.executable).parent / "tallymark"),
        *("serve", "--port", "0", "--json", "--log-format", "json"),
    ]
    with (
        (tmp_path / "log").open("w") as log,
        subprocess.Popen(
            command,
            cwd=tmp_path,
            env=environment(tmp_path),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        port = int(said["url"].rsplit(":", 1)[1])
        yield Reader(tmp_path, port, said["write_key"])
        process.terminate()
        assert process.wait(30) == 0
