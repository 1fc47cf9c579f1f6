"""From every kind of number to the record behind it, over HTTP, on the invented shop."""
# ruff: noqa: ANN401 -- the collector is a fixture of the whole folder, without a module

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tallymark_collector.demo.sending import send
from tallymark_collector.demo.shop import made, questions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tallymark_collector.demo.call import Call, History

NOON = 1_795_608_000_000


def cells(answers: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any], int]]:
    """Iterate over cells of each report, with how many people each must have."""
    for series in (0, 1):
        for place in (0, 13, 27):
            point = answers["uniques"]["series"][series]["points"][place]
            yield "trends", {"series": series, "at": point["at"]}, point["value"]
        yield "trends", {"series": series}, answers["uniques"]["series"][series]["total"]
    steps = [step["count"] for step in answers["funnel"]["steps"]]
    for number in range(2, 6):
        yield "funnel", {"step": number, "state": "reached"}, steps[number - 1]
        left = steps[number - 2] - steps[number - 1]
        yield "funnel", {"step": number, "state": "dropped"}, left
    for cohort in answers["retention"]["cohorts"]:
        yield "retention", {"cohort": cohort["at"]}, cohort["size"]
        for bucket in (0, 2):
            users = cohort["cells"][bucket]["users"]
            yield "retention", {"cohort": cohort["at"], "bucket": bucket}, users


def test_each_number_opens_to_its_records(collector: Any) -> None:
    """A cell must open to its people, a person to their events, an event to what was sent."""
    history, known = made(NOON, 1)
    secret, read = collector.new_key("secret"), collector.new_key("read")
    url = f"http://127.0.0.1:{collector.port}"
    assert len(history.calls) == send(url, secret, history, lambda _done, _of: None).new

    def ask(method: str, path: str, body: object = b"") -> Any:
        answer = collector.ask(method, path, body, key=read)
        assert answer.status == 200
        return answer.json

    asked = questions(known)
    answers = {report: ask("POST", f"/v1/query/{report}", asked[report]) for report in asked}
    unique = {**asked["trends"], "measure": "uniques"}
    answers["uniques"] = ask("POST", "/v1/query/trends", unique)
    opened = 0
    for report, cell, expected in cells(answers):
        body = {"question": asked[report], "cell": cell}
        found = ask("POST", f"/v1/people/{report}", body)
        assert expected == found["count"]
        assert min(expected, 200) == len(found["people"])
        for person in found["people"][:2]:
            _follow(ask, history, person)
            opened += 1
    assert opened > 50


def _follow(ask: Any, history: History, person: Mapping[str, Any]) -> None:
    """Go from a person to their events, and from the counted ones to their records."""
    timeline = ask("POST", "/v1/people/events", {"user": person["user"]})
    times = [record["ts"] for record in timeline["events"]]
    assert sorted(times, reverse=True) == times
    counted = person["positions"]
    assert min(person["events"], 20) == len(counted)
    for pos in (counted[0], counted[-1]):
        record = ask("GET", f"/v1/events/{pos}")
        sent = history.calls[record["seq"] - 1]
        assert (history.stream, sent.ts) == (record["stream"], record["ts"])
        assert _as_sent(sent) == json.loads(record["body"])
        if timeline["total"] <= len(timeline["events"]):
            assert record in timeline["events"]


def _as_sent(call: Call) -> dict[str, Any]:
    ids = {"u": call.user, "d": call.device}
    return {
        "k": "track",
        "e": call.name,
        "t": call.ts,
        "p": dict(call.properties),
        **{field: value for field, value in ids.items() if value is not None},
    }


@pytest.mark.parametrize("report", ["trends", "funnel", "retention"])
def test_each_result_says_what_it_is(collector: Any, report: str) -> None:
    """Sentence, semantics, definition, rows read, zone and freshness must be in each result."""
    history, known = made(NOON, 1)
    few = [
        {"e": call.name, "u": call.user or call.device, "t": call.ts, "id": f"call-{number:06}"}
        for number, call in enumerate(history.calls[:500])
        if call.name
    ]
    sent = {"v": 1, "t0": 0, "events": few}
    collector.ask("POST", "/v1/import", sent, key=collector.new_key("secret"))
    key = collector.new_key("read")
    first, again = (
        collector.ask("POST", f"/v1/query/{report}", questions(known)[report], key=key).json
        for _ in range(2)
    )
    assert first["sentence"].endswith(".")
    assert all(first["semantics"].values())
    assert (len(few), "UTC", len(few)) == (
        first["rows_read"], first["timezone"], first["as_of"]["pos"]
    )  # fmt: skip
    assert first["definition"] == again["definition"]
