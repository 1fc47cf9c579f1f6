"""The listing of stored events over HTTP."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tallymark_collector.web.api.listing import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.both_stores

STREAM = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"


@pytest.fixture
def listed(collector: Any, batch: Callable[..., Any]) -> Callable[..., list[dict[str, Any]]]:  # noqa: ANN401
    """Return what lists the events of a collector that has stored 7."""
    assert collector.ask("POST", "/v1/batch", batch(7)).status == 200
    key = collector.new_key("read")

    def ask(query: str) -> list[dict[str, Any]]:
        answer = collector.ask("GET", f"/v1/events?{query}", key=key)
        assert (200, "application/x-ndjson") == (answer.status, answer.headers["content-type"])
        return [json.loads(line) for line in answer.body.splitlines()]

    return ask


def test_pages_follow_each_other(listed: Callable[..., list[dict[str, Any]]]) -> None:
    """Behind each position must come the next events, behind the last nothing."""
    everything = listed("")
    assert [1, 2, 3, 4, 5, 6, 7] == [one["pos"] for one in everything]
    assert everything[4:] == listed("after=4") == listed("newest=3")
    assert [] == listed("after=7") == listed("newest=0")
    assert {"i": 6} == everything[6]["event"]["p"]


def test_a_page_of_large_events_ends_early(collector: Any) -> None:  # noqa: ANN401
    """A page must end when it has grown large, and the next one go on behind it."""
    text = {f"p{number}": "x" * 8_000 for number in range(7)}
    for first in range(1, 91, 15):
        events = [{"e": "large", "u": "ann", "p": text} for _ in range(15)]
        sent = {
            "v": 1,
            "stream": STREAM,
            "seq": first,
            "hwm": first + 14,
            "t0": 0,
            "events": events,
        }
        assert collector.ask("POST", "/v1/batch", sent).status == 200
    key = collector.new_key("read")
    page = collector.ask("GET", "/v1/events", key=key).body.splitlines()
    rest = collector.ask("GET", f"/v1/events?after={len(page)}", key=key).body.splitlines()
    assert (90, True) == (len(page) + len(rest), sum(map(len, page[:-1])) < MAX_BYTES)
    assert list(range(1, 91)) == [json.loads(line)["pos"] for line in [*page, *rest]]


@pytest.mark.parametrize(
    "query",
    ["after=-1", "after=x", "newest=1001", "newest=1.5", "after=1&newest=1", "after=" + "9" * 20],
)
def test_a_wrong_parameter_is_named(collector: Any, query: str) -> None:  # noqa: ANN401
    """What is no whole number within the limits must be refused with its name."""
    answer = collector.ask("GET", f"/v1/events?{query}", key=collector.new_key("read"))
    assert (400, "bad_parameter") == (answer.status, answer.json["code"])


def test_it_is_not_for_everybody(collector: Any) -> None:  # noqa: ANN401
    """A write key must not list, and no page on another origin may read an answer."""
    refused = collector.ask("GET", "/v1/events")
    listed = collector.ask("GET", "/v1/events", key=collector.new_key("read"))
    assert (403, 200) == (refused.status, listed.status)
    assert "access-control-allow-origin" not in listed.headers
