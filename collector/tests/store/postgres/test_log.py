"""Several processes' logs over one database."""

# The schema of the conftest has no type that could be imported here.
# ruff: noqa: ANN401
from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from tallymark_collector.govern.access import Scope
from tallymark_collector.store.log import Arrival, Refused, Row, StoreBusy
from tallymark_collector.store.migrate import MigrationError
from tallymark_collector.store.postgres import PostgresLog, PostgresMeta, PostgresReader
from tallymark_collector.store.postgres.connection import Connections, Database
from tallymark_collector.store.postgres.place import PostgresPlace
from tallymark_collector.store.postgres.schema import LOCK, migrations

if TYPE_CHECKING:
    from collections.abc import Iterator

SCOPE = Scope(1, "test", frozenset({"read"}))
ROUNDS = 40


def arrival(writer: int, number: int, *refused: Refused) -> Arrival:
    """Return a writer's request with two events."""
    stream = f"0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a{writer:02x}"
    first = 2 * number + 1
    rows = tuple(Row(i, first + i, None, 5, 6, b'{"w":%d}' % writer) for i in range(2))
    return Arrival(
        project=1,
        stream=stream,
        hwm=first + 1,
        fin=False,
        received_at=7,
        rows=rows,
        refused=refused,
        losses=(),
        sha256=f"{writer}/{number}".encode().ljust(32),
        size=1,
    )


@pytest.fixture
def log(schema: Any) -> Iterator[PostgresLog]:
    """Return an open log."""
    opened = PostgresLog.open(schema.url())
    yield opened
    opened.close()


def test_positions_are_dense_and_in_commit_order(schema: Any, log: PostgresLog) -> None:
    """Whoever follows by position while several processes write misses no event."""
    writers = [log, *(PostgresLog.open(schema.url()) for _ in range(3))]
    reader = PostgresReader.open(schema.url())

    def write(number: int) -> None:
        for round_ in range(ROUNDS):
            writers[number].commit([arrival(number, round_)])

    seen: list[int] = []
    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(write, number) for number in range(4)]
        while True:
            done = all(one.done() for one in running)
            found = reader.read(SCOPE, seen[-1] if seen else 0, 10_000)
            seen += [event.pos for event in found]
            if done and not found:
                break
        for one in running:
            one.result()
    assert list(range(1, 4 * 2 * ROUNDS + 1)) == seen
    for one in (*writers[1:], reader):
        one.close()


def test_quarantine_positions_are_in_commit_order(schema: Any, log: PostgresLog) -> None:
    """Who follows the quarantine by position misses nothing either."""
    other = PostgresLog.open(schema.url())
    for round_ in range(3):
        for number, one in enumerate((log, other)):
            item = Refused(2, None, None, "bad_name", f"p.\0{number}", None, b"{}")
            one.commit([arrival(number, round_, item)])
    found = other.quarantined(SCOPE, 0, 10)
    assert ["p.\x000", "p.\x001"] * 3 == [event.path for event in found]
    assert sorted(event.pos for event in found) == [event.pos for event in found]
    other.close()


def test_one_stream_from_two_processes(schema: Any, log: PostgresLog) -> None:
    """A stream whose requests reach different processes is settled as by one."""
    other = PostgresLog.open(schema.url())
    log.commit([arrival(0, 0)])
    other.commit([arrival(0, 1)])
    (again,) = log.commit([arrival(0, 1)])
    (onward,) = log.commit([arrival(0, 2)])
    assert (2, 6) == (again.duplicate, onward.upto)
    other.close()


def test_all_connections_in_use(schema: Any, log: PostgresLog) -> None:
    """A read beside as many as may be waits its time and is refused; then it goes on."""
    log.commit([arrival(0, 0)])
    reader = PostgresReader(Database(schema.url()), 1)
    running = reader.scan(SCOPE)
    next(running)
    with pytest.raises(StoreBusy, match="All 1 connections"):
        reader.head()
    running.close()
    assert 2 == reader.head()
    reader.close()


def test_a_server_that_is_not_there(schema: Any) -> None:
    """Without a server a lease fails at once, is not tried for a while, and then works again."""
    now = [0.0]
    away = Database(schema.url(port=1))
    leases = Connections(away, "read", 2, clock=lambda: now[0])
    for match in ("refused", "cannot be reached"):
        with pytest.raises(StoreBusy, match=match), leases.lease():
            pass
    leases._database = Database(schema.url())
    now[0] += 1
    with leases.lease() as connection:
        assert (1,) == connection.execute("SELECT 1").fetchone()
    leases.close()
    with pytest.raises(RuntimeError, match="closed"), leases.lease():
        pass


def test_reads_write_nothing(schema: Any, log: PostgresLog) -> None:
    """The connections that answer reports cannot change anything."""
    leases = Connections(Database(schema.url()), "read", 1)
    with pytest.raises(StoreBusy, match="read-only"), leases.lease() as connection:
        connection.execute("UPDATE head SET pos = 9")
    assert 0 == log.head()
    leases.close()


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://ann:secret@db.example:5433/shop", "postgresql://db.example:5433/shop"),
        ("host=db.example password=secret dbname=shop", "postgresql://db.example/shop"),
        ("postgres:///shop", "postgresql://localhost/shop"),
    ],
)
def test_an_address_is_shown_without_its_secrets(url: str, shown: str) -> None:
    """Neither user nor password are in what is printed."""
    assert shown == PostgresPlace(url, 1).shown
    assert "secret" not in repr(Database(url))


def test_a_url_that_is_none() -> None:
    """It is refused without being repeated, since it may hold a password."""
    with pytest.raises(ValueError, match="must be like") as raised:
        PostgresPlace("mysql://ann:secret@db", 1)
    assert "secret" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_migrate_and_dry_run(schema: Any) -> None:
    """A dry run names what is lacking and changes nothing; after the real one nothing is."""
    place = PostgresPlace(schema.url(), 1)
    names = [migration.name for migration in migrations()]
    assert names == list(place.migrate(dry_run=True)) == list(place.migrate(dry_run=True))
    with pytest.raises(MigrationError, match="lacks 0001"):
        place.reader()
    assert (names, []) == (list(place.migrate()), list(place.migrate()))
    place.reader().close()


def test_several_start_at_once(schema: Any) -> None:
    """Processes that start together on an empty database migrate it once."""
    with ThreadPoolExecutor(4) as pool:
        for opened in list(pool.map(lambda _: PostgresLog.open(schema.url()), range(4))):
            opened.close()
    assert ["1"] == schema.sql("SELECT count(*) FROM migration")


def test_a_migration_that_breaks_leaves_nothing(schema: Any) -> None:
    """The database is as before when a statement fails, and the start says why."""
    schema.sql("CREATE TABLE quarantine (mine integer)")
    with pytest.raises(MigrationError, match="already exists"):
        PostgresLog.open(schema.url())
    assert ["quarantine"] == schema.sql(
        f"SELECT tablename FROM pg_tables WHERE schemaname = '{schema.name}'"
    )


def test_a_database_that_cannot_hold_events(schema: Any) -> None:
    """Another encoding than UTF-8 is refused with what to do."""
    schema.cluster.sql("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
    with pytest.raises(MigrationError, match="ENCODING 'UTF8'"):
        PostgresLog.open(schema.cluster.url("latin"))


def test_first_starts_take_turns(schema: Any) -> None:
    """What a first start makes is made by one process at a time."""
    meta = PostgresMeta.open(schema.url())
    with meta.exclusive():
        held = schema.sql(f"SELECT pg_try_advisory_lock({LOCK})")
        meta.create_project("shop", 5)
    assert ["f"] == held
    assert meta.project("shop") is not None
    meta.close()


@pytest.mark.parametrize("name", ["a\0b", "\0"])
def test_what_postgres_cannot_name(schema: Any, name: str) -> None:
    """U+0000 is in no name and in no stream: such ones are refused, or were never seen."""
    meta = PostgresMeta.open(schema.url())
    with pytest.raises(ValueError, match="needs a name"):
        meta.create_project(name, 5)
    assert meta.project(name) is None
    meta.close()
    reader = PostgresReader.open(schema.url())
    assert reader.stream(SCOPE, name) is None
    reader.close()
