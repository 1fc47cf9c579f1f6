"""Two collectors over one database: what one has taken, the other knows."""

from __future__ import annotations

import http.client
import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tallymark_conformance.runs.postgres_cluster import Cluster

STREAM = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"


@pytest.fixture
def two(cluster: Cluster, start: Callable[..., Any]) -> tuple[Any, Any]:
    """Start two collectors over one new database."""
    name = f"t{uuid.uuid4().hex}"
    cluster.sql(f"CREATE SCHEMA {name}")
    url = cluster.url(options=f"-csearch_path%3D{name}")
    return start(database_url=url), start(database_url=url)


def test_the_second_start_finds_what_the_first_has_made(two: tuple[Any, Any]) -> None:
    """There is one default project with one write key, whichever collector is asked."""
    one, other = two
    assert one.key == other.key
    assert 1 == len(other.application.meta.keys())


def test_a_batch_sent_to_both_is_stored_once(
    two: tuple[Any, Any], batch: Callable[..., Any]
) -> None:
    """A producer may go on, or try again, at another collector."""
    one, other = two
    first = one.ask("POST", "/v1/batch", batch(3))
    again = other.ask("POST", "/v1/batch", batch(3))
    onward = other.ask("POST", "/v1/batch", batch(2, seq=4))
    assert (3, 0) == (first.json["stored"], first.json["duplicate"])
    assert (0, 3) == (again.json["stored"], again.json["duplicate"])
    assert {"upto": 5} == {"upto": onward.json["ack"]["upto"]}
    ledger = one.ask("GET", f"/v1/streams/{STREAM}").json
    assert (5, 5) == (ledger["stored"], ledger["ack"]["upto"])


def test_reads_see_what_the_other_has_acknowledged(
    two: tuple[Any, Any], batch: Callable[..., Any]
) -> None:
    """A report and a listing answer with everything acknowledged before they were asked for."""
    one, other = two
    key = one.new_key("read")
    for stored in (2, 4):
        one.ask("POST", "/v1/batch", batch(2, seq=stored - 1))
        listed = other.ask("GET", "/v1/events?newest=10", key=key).body.splitlines()
        told = other.ask("POST", "/v1/query/trends", {"events": ["seen"]}, key=key).json
        assert (stored, stored) == (len(listed), told["series"][0]["total"])


def test_the_live_page_follows_the_other(two: tuple[Any, Any], batch: Callable[..., Any]) -> None:
    """An event stored by one collector arrives at who follows at the other."""
    one, other = two
    key = one.new_key("read")
    follower = http.client.HTTPConnection("127.0.0.1", other.port, timeout=60)
    follower.request("GET", "/v1/live", headers={"Authorization": f"Bearer {key}"})
    stream = follower.getresponse()
    while not stream.readline().startswith(b"id:"):
        pass
    one.ask("POST", "/v1/batch", batch(1))
    while not (line := stream.readline()).startswith(b"data: [{"):
        assert line
    (event,) = json.loads(line.removeprefix(b"data: "))
    follower.close()
    assert (STREAM, 1) == (event["stream"], event["seq"])


def test_a_key_revoked_at_one_stops_at_the_other(
    two: tuple[Any, Any], batch: Callable[..., Any], eventually: Callable[..., None]
) -> None:
    """A key has its say only as long as the database says so."""
    one, other = two
    key = one.new_key("write")
    assert 200 == other.ask("POST", "/v1/batch", batch(1), key=key).status
    meta = one.application.meta
    meta.revoke_key(meta.find_key(key).id, 1)
    eventually(lambda: other.ask("POST", "/v1/batch", batch(1), key=key).status, 401)
