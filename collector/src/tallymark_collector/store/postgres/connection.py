"""Connections to the database: how they are opened, what is asked of the server, and leases."""

from __future__ import annotations

import select
import time
from contextlib import contextmanager
from dataclasses import dataclass
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING, Any, Final, Literal

import psycopg
from psycopg import conninfo

from tallymark_collector.store.log import StoreBusy
from tallymark_collector.store.postgres.errors import is_lost, translated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Connection = psycopg.Connection[tuple[Any, ...]]
Use = Literal["write", "change", "read"]
"""The log's one writer, changes of projects and keys, reads."""

MINIMUM_VERSION: Final = 130_000
LEASE_S: Final = 2.0
"""How long a caller waits for a connection that others hold."""
DOWN_S: Final = 0.25
"""After an attempt to connect has failed, others fail without one for so long."""
CONNECT_S: Final = 3

_DEFAULTS: Final[dict[str, str]] = {
    "application_name": "tallymark",
    "client_encoding": "UTF8",
    "connect_timeout": str(CONNECT_S),
    # A peer that is gone without a word is given up after about ten seconds.
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
# A commit waits for nobody who holds a lock longer than this: it is refused and comes again. No
# statement_timeout: it would end the wait for a synchronous standby as if that had answered.
# Whoever stops in the midst of a commit must not hold up the others.
_WRITES: Final = """
SELECT set_config('lock_timeout', '2s', false),
    set_config('idle_in_transaction_session_timeout', '5s', false),
    set_config('synchronous_commit', CASE current_setting('synchronous_commit')
        WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false)
"""
_READS: Final = """
SELECT set_config('lock_timeout', '5s', false),
    set_config('default_transaction_read_only', 'on', false)
"""


@dataclass(frozen=True, slots=True)
class Database:
    """Where the database is; the URL may hold a password and is never shown."""

    url: str

    def __repr__(self) -> str:
        """Show where it is, without user and password."""
        return f"Database({self.shown!r})"

    @property
    def shown(self) -> str:
        """Return the address as it may be shown.

        Raises ValueError when the URL is none that libpq understands.
        """
        known = self._parameters()
        host = known.get("host") or known.get("hostaddr") or "localhost"
        port = f":{known['port']}" if "port" in known else ""
        return f"postgresql://{host}{port}/{known.get('dbname', '')}"

    def connect(self, use: Use) -> Connection:
        """Open a connection that commits each statement unless a transaction is begun.

        Raises `StoreBusy` when the server cannot be reached, ValueError for a URL that is none.
        """
        wanted = {"target_session_attrs": "any" if use == "read" else "read-write"}
        parameters = {**_DEFAULTS, **wanted, **self._parameters()}
        with translated():
            connection: Connection = psycopg.connect(**parameters, autocommit=True)
            try:
                connection.execute(_READS if use == "read" else _WRITES)
            except BaseException:
                connection.close()
                raise
        return connection

    def _parameters(self) -> dict[str, Any]:
        try:
            return conninfo.conninfo_to_dict(self.url)
        except psycopg.Error:
            # What libpq says quotes the URL, and that may hold a password.
            raise ValueError(
                "The database's URL is not understood: it must be like"
                " postgresql://user@host:5432/name."
            ) from None


def usable(connection: Connection | None) -> bool:
    """Tell whether an idle connection still stands, without asking the server.

    A server that ends a connection has said so: an idle one then has something to read.
    """
    if connection is None or is_lost(connection):
        return False
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return not poll.poll(0)


class Connections:
    """Connections leased one call at a time, so that no two threads share one.

    Not a pool that connects in the background: such a pool waits longer after each failure, so it
    is late when the server is back, and its callers wait though nobody answers.
    """

    def __init__(
        self,
        database: Database,
        use: Use,
        most: int,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Lease at most *most* connections at a time, opened when needed."""
        self._database = database
        self._use: Use = use
        self._most = most
        self._clock = clock
        self._room = BoundedSemaphore(most)
        self._idle: list[Connection] = []
        self._lock = Lock()
        self._closed = False
        self._down_until = 0.0

    @contextmanager
    def lease(self) -> Iterator[Connection]:
        """Hand out a connection until the block ends.

        Raises `StoreBusy` when none is to be had: all are held, or the server is not there.
        """
        if not self._room.acquire(timeout=LEASE_S):
            raise StoreBusy(f"All {self._most} connections to the database are in use.")
        try:
            connection = self._take()
            try:
                with translated():
                    yield connection
            finally:
                self._take_back(connection)
        finally:
            self._room.release()

    def rows(self, query: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
        """Return the answer to one query."""
        with self.lease() as connection:
            return connection.execute(query.encode(), parameters, binary=True).fetchall()

    def close(self) -> None:
        """Close what is idle now, and what is leased when it comes back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _take(self) -> Connection:
        while True:
            with self._lock:
                if self._closed:
                    raise RuntimeError("The store is closed.")
                connection = self._idle.pop() if self._idle else None
                down = self._clock() < self._down_until
            if connection is None:
                if down:
                    raise StoreBusy("The database cannot be reached.")
                return self._connect()
            if usable(connection):
                return connection
            connection.close()

    def _connect(self) -> Connection:
        try:
            return self._database.connect(self._use)
        except StoreBusy:
            with self._lock:
                self._down_until = self._clock() + DOWN_S
            raise

    def _take_back(self, connection: Connection) -> None:
        if not is_lost(connection) and _is_idle(connection):
            with self._lock:
                if not self._closed:
                    self._idle.append(connection)
                    return
        connection.close()


def _is_idle(connection: Connection) -> bool:
    return connection.info.transaction_status is psycopg.pq.TransactionStatus.IDLE
