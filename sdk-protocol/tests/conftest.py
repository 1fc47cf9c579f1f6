"""Vectors by file name, and a running collector."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# The generator, the fuzzer and the writers of vectors are programs of this folder, not installed.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

VECTORS = Path(__file__).resolve().parent.parent / "spec/vectors"


@pytest.fixture
def vectors() -> Callable[[str], list[dict[str, Any]]]:
    """Return a reader of `spec/vectors/<name>.json`."""

    def read(name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads((VECTORS / f"{name}.json").read_text())
        return found

    return read


@dataclass(frozen=True)
class Running:
    """A collector in a process of its own: where it listens, and its write key."""

    url: str
    key: str

    def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers (names in lower case) and body of the answer to one request."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = HTTPConnection(self.url.removeprefix("http://"), timeout=30)
        try:
            with_key = {"Authorization": f"Bearer {self.key}", **named}
            connection.request(method, path, body, with_key)
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, found, answer.read()
        finally:
            connection.close()


@pytest.fixture(scope="session")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Start the reference collector, and stop it when all tests are done."""
    folder = str(tmp_path_factory.mktemp("collector"))
    program = Path(sys.executable).parent / "tallymark"
    command = [program, "serve", "--data", folder, "--port", "0", "--json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        yield Running(ready["url"], ready["write_key"])
        process.terminate()
