"""Tests for web/people.py."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Answer, Running

    Reader = Callable[..., Answer]


pytestmark = pytest.mark.both_stores


@pytest.fixture
def reader(collector: Running) -> Reader:
    """Return a collector with four events of two people, and how to read from it."""
    for number, (name, user) in enumerate(
        [("visit", "ann"), ("visit", "bob"), ("buy", "ann"), ("visit", "ann")]
    ):
        event = {"e": name, "u": user, "t": 1_772_409_600_000 + number * 1_000}
        body = {"v": 1, "t0": event["t"], "events": [{"id": f"event-{number:04}", **event}]}
        collector.ask("POST", "/v1/import", body, key=collector.new_key("secret"))
    key = collector.new_key("read")

    def ask(method: str, path: str, body: object = b"") -> Answer:
        return collector.ask(method, path, body, key=key)

    return ask


def test_a_point_opens_to_its_people(reader: Reader) -> None:
    """Those with the most events first."""
    question = {"events": ["visit"], "from": "2026-03-01", "to": "2026-03-03"}
    cell = {"series": 0, "at": "2026-03-02"}
    answer = reader("POST", "/v1/people/trends", {"question": question, "cell": cell})
    assert [(one["user"], one["events"]) for one in answer.json["people"]] == [
        ("ann", 2),
        ("bob", 1),
    ]


def test_a_person_opens_to_their_events(reader: Reader) -> None:
    """Newest first, each with its record."""
    answer = reader("POST", "/v1/people/events", {"user": "ann"}).json
    assert answer["total"] == 3
    assert [json.loads(one["body"])["e"] for one in answer["events"]] == ["visit", "buy", "visit"]
    assert answer["next"] is None


def test_a_timeline_goes_on_after_an_event(reader: Reader) -> None:
    """So that an event that arrives between two pages moves nothing."""
    first = reader("POST", "/v1/people/events", {"user": "ann"}).json["events"][0]["pos"]
    rest = reader("POST", "/v1/people/events", {"user": "ann", "after": first}).json
    assert [json.loads(one["body"])["e"] for one in rest["events"]] == ["buy", "visit"]


def test_an_event_opens_to_its_record(reader: Reader) -> None:
    """Under its explicit id, if it has one."""
    record = reader("GET", "/v1/events/1").json
    assert record["id"] == "event-0000"
    assert json.loads(record["body"])["u"] == "ann"


@pytest.mark.parametrize("pos", ["0", "99", "9007199254740991"])
def test_a_position_that_is_not_there(reader: Reader, pos: str) -> None:
    """Is a 404 that names it."""
    answer = reader("GET", f"/v1/events/{pos}")
    assert answer.status == 404
    assert pos in answer.json["detail"]


@pytest.mark.parametrize("pos", ["x", "-1", "1.5", "99999999999999999999"])
def test_a_position_that_is_none(reader: Reader, pos: str) -> None:
    """Is a wrong parameter."""
    assert reader("GET", f"/v1/events/{pos}").json["code"] == "bad_parameter"


@pytest.mark.parametrize("body", [{}, {"user": ""}, {"user": 1}, {"user": "a", "x": 1}, []])
def test_a_person_must_be_named(reader: Reader, body: object) -> None:
    """A question that names nobody is refused with a path or a reason."""
    assert reader("POST", "/v1/people/events", body).json["code"] == "bad_question"


def test_an_unknown_person_has_no_events(reader: Reader) -> None:
    """Which is not an error: they may come yet."""
    answer = reader("POST", "/v1/people/events", {"user": "eve"}).json
    assert (answer["total"], answer["events"]) == (0, [])


def test_an_unknown_report_has_no_people(reader: Reader) -> None:
    """And says which reports there are."""
    answer = reader("POST", "/v1/people/cohorts", {})
    assert answer.json["code"] == "not_found"
    assert "funnel" in answer.json["detail"]
