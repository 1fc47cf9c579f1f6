"""A schema of one's own, and what stands between a store and its server to break a commit."""

from __future__ import annotations

import socket
import threading
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tallymark_conformance.runs.postgres_cluster import Cluster

COMMIT = b"COMMIT\0"


@dataclass
class Schema:
    """An empty schema."""

    cluster: Cluster
    name: str

    def url(self, port: int | None = None) -> str:
        """Return its address, by way of another port if so asked."""
        url = self.cluster.url(
            sslmode="disable",
            gssencmode="disable",
            application_name=self.name,
            options=f"-csearch_path%3D{self.name}",
        )
        return url if port is None else url.replace(f":{self.cluster.port}/", f":{port}/")

    def sql(self, statements: str) -> list[str]:
        """Run statements in it."""
        return self.cluster.sql(f"SET search_path = {self.name}; {statements}")

    def end_sessions(self) -> None:
        """End every connection of this schema's stores, as an operator or a fail-over does."""
        ended = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            f" WHERE application_name = '{self.name}'"
        )
        while self.cluster.sql(ended):
            pass


@dataclass
class Cutter:
    """Passes bytes on to the server; cuts the connection in the midst of a COMMIT if told to.

    *before* cuts instead of passing the COMMIT on, *after* when the server has answered it. Each
    is how many times it still does. *meanwhile* is done after the server's end of such a cut and
    before the client's. While *closed*, nobody gets through.
    """

    to: int
    before: int = 0
    after: int = 0
    cut: int = 0
    closed: bool = False
    meanwhile: Callable[[], object] = lambda: None
    _listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    _threads: list[threading.Thread] = field(default_factory=list)

    @property
    def port(self) -> int:
        """Return where it listens."""
        return int(self._listener.getsockname()[1])

    def start(self) -> None:
        """Begin to accept."""
        self._spawn(self._accept)

    def stop(self) -> None:
        """Accept nobody any more, and wait until all have gone."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(10)

    def _spawn(self, run: object, *arguments: object) -> None:
        thread = threading.Thread(target=run, args=arguments)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self.closed:
                client.close()
                continue
            server = socket.create_connection(("127.0.0.1", self.to))
            self._spawn(self._up, client, server)

    def _up(self, client: socket.socket, server: socket.socket) -> None:
        committed, cutting = threading.Event(), threading.Event()
        down = threading.Thread(target=self._down, args=(client, server, committed, cutting))
        down.start()
        with suppress(OSError):
            while data := client.recv(65_536):
                if COMMIT in data and self.before:
                    self.before -= 1
                    cutting.set()
                    break
                if COMMIT in data and self.after:
                    self.after -= 1
                    committed.set()
                server.sendall(data)
        _shut(server)
        if cutting.is_set():
            down.join()
            self.cut += 1
            self.meanwhile()
        _shut(client)
        down.join()
        client.close()
        server.close()

    def _down(
        self,
        client: socket.socket,
        server: socket.socket,
        committed: threading.Event,
        cutting: threading.Event,
    ) -> None:
        with suppress(OSError):
            while data := server.recv(65_536):
                if committed.is_set():
                    self.cut += 1
                    self.meanwhile()
                    break
                client.sendall(data)
        if not cutting.is_set():
            _shut(client)


def _shut(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def schema(cluster: Cluster) -> Schema:
    """Return an empty schema."""
    name = f"t{uuid.uuid4().hex}"
    cluster.sql(f"CREATE SCHEMA {name}")
    return Schema(cluster, name)


@pytest.fixture
def cutter(cluster: Cluster) -> Iterator[Cutter]:
    """Return what stands before the server."""
    made = Cutter(cluster.port)
    made.start()
    yield made
    made.stop()
