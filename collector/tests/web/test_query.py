"""`POST /v1/query/{report}`."""
# ruff: noqa: ANN401 -- the collector is a fixture of the whole folder, without a module

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from starlette.requests import Request
from tallymark_collector.govern.access import Scope
from tallymark_collector.problem import Problem
from tallymark_collector.query.events import Events
from tallymark_collector.reports.members import people_of
from tallymark_collector.web.api.query import QueryApi

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from starlette.types import Message
    from tallymark_collector.store.log import StoredEvent

pytestmark = pytest.mark.both_stores

TRENDS = {"events": ["seen"], "timezone": "Europe/Prague"}


@pytest.fixture
def read_key(collector: Any) -> str:
    """Return a read key of the default project."""
    key: str = collector.new_key("read")
    return key


@pytest.mark.parametrize("kind", ["read", "secret"])
def test_who_may_ask(collector: Any, batch: Callable[..., Any], kind: str) -> None:
    """A read or secret key must get the answer, with everything acknowledged until now (LED-5)."""
    collector.ask("POST", "/v1/batch", batch(3))
    answer = collector.ask("POST", "/v1/query/trends", TRENDS, key=collector.new_key(kind))
    assert (200, "no-store") == (answer.status, answer.headers["cache-control"])
    (series,) = answer.json["series"]
    assert ("trends", 3, 3) == (answer.json["report"], series["total"], answer.json["rows_read"])
    assert "access-control-allow-origin" not in answer.headers


def test_what_is_acknowledged_is_in_the_next_answer(
    collector: Any,
    batch: Callable[..., Any],
    read_key: str,
) -> None:
    """Each answer must hold what was acknowledged before it was asked for."""
    totals = []
    for number in range(3):
        collector.ask("POST", "/v1/batch", batch(2, seq=1 + 2 * number))
        answer = collector.ask("POST", "/v1/query/trends", TRENDS, key=read_key).json
        totals.append((answer["series"][0]["total"], answer["as_of"]["pos"]))
    assert [(2, 2), (4, 4), (6, 6)] == totals


def test_a_funnel(collector: Any, batch: Callable[..., Any], read_key: str) -> None:
    """A funnel must come with its steps, sentence and definition."""
    collector.ask("POST", "/v1/batch", batch(2))
    question = {"steps": ["seen", "seen"], "window": "1h"}
    answer = collector.ask("POST", "/v1/query/funnel", question, key=read_key)
    assert (200, [1, 1]) == (answer.status, [step["count"] for step in answer.json["steps"]])
    assert {"sentence", "semantics", "definition", "as_of", "timezone"} <= set(answer.json)


def test_a_write_key_may_not_read(collector: Any) -> None:
    """A write key is public: it must not read anything (AUTH-1, AUTH-3)."""
    answer = collector.ask("POST", "/v1/query/trends", TRENDS)
    assert (403, "forbidden") == (answer.status, answer.json["code"])


def test_a_key_in_the_url_is_no_key(collector: Any, read_key: str) -> None:
    """A read key must come in the header only: addresses end up in logs."""
    answer = collector.ask("POST", f"/v1/query/trends?k={read_key}", TRENDS, key=None)
    assert (401, "key_missing") == (answer.status, answer.json["code"])


@pytest.mark.parametrize(
    ("report", "question", "status", "code", "path"),
    [
        ("trends", {"events": ["a"], "interval": "year"}, 422, "bad_question", "interval"),
        ("funnel", {"steps": ["a"]}, 422, "bad_question", "steps"),
        ("funnel", "[", 422, "bad_question", None),
        ("nothing", {}, 404, "not_found", None),
        ("trends", {"events": ["a" * 70_000]}, 413, "too_large", None),
    ],
)
def test_wrong_questions(  # noqa: PLR0917 -- the columns of a table
    collector: Any,
    read_key: str,
    report: str,
    question: object,
    status: int,
    code: str,
    path: str | None,
) -> None:
    """A wrong question must be a problem that names code and path (ERR-1)."""
    answer = collector.ask("POST", f"/v1/query/{report}", question, key=read_key)
    assert (status, code, path) == (answer.status, answer.json["code"], answer.json.get("path"))
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_project_sees_its_own_events_only(
    collector: Any,
    batch: Callable[..., Any],
) -> None:
    """The key of another project must get an answer about that project."""
    collector.ask("POST", "/v1/batch", batch(3))
    meta = collector.application.meta
    other = meta.create_project("other", 0)
    policy = meta.find_key(collector.new_key("read")).policy
    _, key = meta.create_key(other.id, "read", policy, 0)
    question = {**TRENDS, "from": "2026-01-01", "to": "2026-01-02"}
    answer = collector.ask("POST", "/v1/query/trends", question, key=key).json
    assert (0, 0) == (answer["rows_read"], answer["as_of"]["pos"])


def test_linked_devices_count_as_their_user(
    collector: Any,
    batch: Callable[..., Any],
    read_key: str,
) -> None:
    """A device's earlier events must be its user's once it is identified (M1, M2)."""
    envelope = batch(0)
    envelope["events"] = [
        {"e": "seen", "d": "phone"},
        {"e": "seen", "d": "laptop"},
        {"k": "identify", "d": "phone", "u": "ann"},
        {"k": "identify", "d": "laptop", "u": "ann"},
        {"e": "seen", "u": "ann"},
    ]
    envelope["hwm"] = 5
    collector.ask("POST", "/v1/batch", envelope)
    question = {"events": ["seen"], "measure": "uniques"}
    answer = collector.ask("POST", "/v1/query/trends", question, key=read_key).json
    assert (1, 3) == (answer["series"][0]["total"], answer["rows_read"])


class Unreadable:
    """A log nobody may read."""

    def read(self, scope: Scope, after: int, limit: int) -> Sequence[StoredEvent]:
        """Fail: *scope* asked for *limit* events after *after*."""
        raise AssertionError((scope, after, limit))

    def scan(self, scope: Scope, after: int = 0) -> Iterator[StoredEvent]:
        """Fail: *scope* asked for everything after *after*."""
        raise AssertionError((scope, after))


def test_a_wrong_question_does_not_wait_for_the_log() -> None:
    """Its problem must be found without reading a single event (ERR-1)."""

    async def receive() -> Message:
        return {"type": "http.request", "body": b"{}", "more_body": False}

    request = Request({"type": "http", "path_params": {"report": "trends"}}, receive)
    with pytest.raises(Problem, match="bad_question"):
        asyncio.run(QueryApi(Events(Unreadable())).ask(request))


@pytest.mark.parametrize(
    ("report", "body"),
    [
        ("trends", b'{"question": {"events": []}, "cell": {"series": 0}}'),
        ("funnel", b'{"question": {"steps": ["a", "b"]}, "cell": {}}'),
        ("retention", b'{"question": {}, "cell": {"cohort": "2026-01-01"}}'),
        ("frequency", b'{"question": {"event": "a"}, "cell": {"at": 1}}'),
    ],
)
def test_nor_does_a_wrong_cell(report: str, body: bytes) -> None:
    """What cannot be opened must be told without reading a single event."""
    events = Events(Unreadable())
    reader = Scope(1, "a test", frozenset(("read",)))
    with pytest.raises(Problem, match="bad_question"):
        people_of(report, body, lambda: events.snapshot(reader))


def test_no_value_breaks_a_report(collector: Any, batch: Callable[..., Any], read_key: str) -> None:
    """Whatever numbers somebody sends with a public key, sums over them must be answered."""
    envelope = batch(0, hwm=2_000)
    values = [*[2**53 - 1] * 1_998, 1.7e308, 1.7e308]
    envelope["events"] = [{"e": "big", "u": "ann", "p": {"v": value}} for value in values]
    assert 2_000 == collector.ask("POST", "/v1/batch", envelope).json["stored"]
    for measure in ("sum", "average", "median", "max", "p99"):
        question = {"events": ["big"], "measure": measure, "property": "v"}
        answer = collector.ask("POST", "/v1/query/trends", question, key=read_key)
        assert 200 == answer.status, measure
    funnel = {"steps": ["big", "big"], "sum": "v"}
    assert 200 == collector.ask("POST", "/v1/query/funnel", funnel, key=read_key).status
    retention = {"birth_event": "big", "return_event": "big", "measure": "sum", "property": "v"}
    assert 200 == collector.ask("POST", "/v1/query/retention", retention, key=read_key).status
