"""Tests for web/live.py."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.govern.access import Scope
from tallymark_collector.store.log import Arrival, QuarantinedEvent, Refused, Row, StoredEvent
from tallymark_collector.store.sqlite import SqliteLog
from tallymark_collector.web.live import (
    AT_ONCE,
    BACKLOG,
    MAX_FOLLOWERS,
    Mark,
    News,
    _last,
    beginning,
    frames,
    news_since,
    parse_mark,
    refused_record,
    stored_record,
)
from tallymark_protocol.event_id import event_id

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Running

pytestmark = pytest.mark.both_stores

STREAM = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
SCOPE = Scope(1, "test", frozenset({"read"}))
WAIT_S = 20.0


def arrival(first: int, count: int, refused: int = 0, project: int = 1) -> Arrival:
    """Return a batch of events and of refused ones after them."""
    seqs = range(first, first + count)
    bad = range(first + count, first + count + refused)
    return Arrival(
        project=project,
        stream=STREAM,
        hwm=first + count + refused - 1,
        fin=False,
        received_at=1_000,
        rows=tuple(Row(n - first, n, None, n, n, b'{"e":"x%d"}' % n) for n in seqs),
        refused=tuple(
            Refused(n - first, n, None, "bad_id", "u", None, b'{"u":"null"}') for n in bad
        ),
        losses=(),
        sha256=b"%032d" % first,
        size=100,
    )


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SqliteLog]:
    """Open an empty log."""
    opened = SqliteLog.open(tmp_path, ballast=0)
    yield opened
    opened.close()


def test_an_empty_log_has_no_news(log: SqliteLog) -> None:
    """Nothing stored, nothing refused, and the mark stays."""
    begin = beginning(log, SCOPE)
    assert begin == Mark(0, 0, 0)
    assert news_since(log, SCOPE, begin) == News(begin, (), (), 0, 0)


def test_news_come_once_and_in_order(log: SqliteLog) -> None:
    """From the mark of one message the next begins."""
    log.commit([arrival(1, 3, refused=2)])
    first = news_since(log, SCOPE, Mark(0, 0, 0))
    assert [event.seq for event in first.stored] == [1, 2, 3]
    assert [event.seq for event in first.refused] == [4, 5]
    log.commit([arrival(6, 2)])
    second = news_since(log, SCOPE, first.mark)
    assert [event.seq for event in second.stored] == [6, 7]
    assert second.refused == ()
    assert news_since(log, SCOPE, second.mark).mark == second.mark


def test_what_comes_too_fast_is_counted(log: SqliteLog) -> None:
    """A page gets the newest events and how many it did not get."""
    log.commit([arrival(1, AT_ONCE + 250)])
    news = news_since(log, SCOPE, Mark(0, 0, 0))
    assert len(news.stored) == AT_ONCE
    assert news.stored[-1].seq == AT_ONCE + 250
    assert news.skipped == 250


def test_a_page_begins_with_the_last_arrivals(log: SqliteLog) -> None:
    """Both of the log and of the quarantine."""
    log.commit([arrival(1, BACKLOG + 30, refused=BACKLOG + 20)])
    news = news_since(log, SCOPE, beginning(log, SCOPE))
    assert len(news.stored) == BACKLOG
    assert len(news.refused) == BACKLOG
    assert news.skipped == 0


def test_another_projects_events_are_not_news(log: SqliteLog) -> None:
    """The scope decides what is read."""
    log.commit([arrival(1, 3, refused=1)])
    other = Scope(2, "test", frozenset({"read"}))
    news = news_since(log, other, Mark(0, 0, 0))
    assert (news.stored, news.refused) == ((), ())


def test_what_others_receive_is_neither_listed_nor_skipped(log: SqliteLog) -> None:
    """However much comes in between: a page is told of its own project only."""
    log.commit([arrival(1, 7)])
    log.commit([arrival(1, AT_ONCE * 40, project=2)])
    begin = beginning(log, SCOPE)
    news = news_since(log, SCOPE, begin)
    assert [event.seq for event in news.stored] == [1, 2, 3, 4, 5, 6, 7]
    assert (news.skipped, news.total) == (0, 7)
    log.commit([arrival(8, 2)])
    log.commit([arrival(AT_ONCE * 40 + 1, AT_ONCE * 40, project=2)])
    later = news_since(log, SCOPE, news.mark)
    assert [event.seq for event in later.stored] == [8, 9]
    assert (later.skipped, later.total) == (0, 9)
    log.commit([arrival(10, AT_ONCE + 5)])
    assert news_since(log, SCOPE, later.mark).skipped == 5


@given(stored=st.integers(0, 2**61), refused=st.integers(0, 2**61), told=st.integers(0, 2**61))
def test_a_mark_comes_back_as_it_went(stored: int, refused: int, told: int) -> None:
    """What a browser sends as `Last-Event-ID` is where it was."""
    mark = Mark(stored, refused, told)
    assert mark == parse_mark(str(mark))


@given(text=st.text(max_size=40))
def test_no_text_upsets_the_mark(text: str) -> None:
    """Anything that is no mark starts anew."""
    mark = parse_mark(text)
    assert mark is None or max(mark.stored, mark.refused, mark.told) < 2**62


@given(last=st.integers(0, 10_000))
def test_the_last_position_is_found(last: int) -> None:
    """By asking only whether there is one after another."""
    assert last == _last(lambda after: after < last)


def test_a_record_is_what_the_log_holds() -> None:
    """Its text, its place, and the id both ends derive (LED-7)."""
    body = '{"e":"Ž\\u0000"}'
    event = StoredEvent(7, STREAM, 3, None, 10, 8, 9, body.encode())
    assert stored_record(event) == {
        "pos": 7,
        "stream": STREAM,
        "seq": 3,
        "id": event_id(STREAM, 3),
        "received_at": 10,
        "ts": 9,
        "body": body,
    }


def test_a_refused_record_says_why() -> None:
    """With the registry's words for its verdict, whatever its bytes are."""
    record = refused_record(QuarantinedEvent(1, STREAM, 2, 3, "bad_id", "u", b"\xff"))
    assert record["text"] == "an id is missing, malformed, too long or on the deny list"
    assert record["body"] == "�"


@given(body=st.text(max_size=60))
def test_a_message_is_whole_whatever_an_event_holds(body: str) -> None:
    """Line breaks in an event never end a line of the stream."""
    text = body.encode("utf-8", "replace")
    event = StoredEvent(1, None, None, "abcdefgh", 1, 1, 1, text)
    sent = frames(News(Mark(1, 0, 1), (event,), (), 0, 1)).decode()
    assert sent.endswith("\n\n")
    blocks = [block.split("\n") for block in sent.removesuffix("\n\n").split("\n\n")]
    assert [len(lines) for lines in blocks] == [2, 3]
    (record,) = json.loads(blocks[0][1].removeprefix("data: "))
    assert text.decode("utf-8", "replace") == record["body"]


class Stream:
    """A reader of the live stream."""

    def __init__(self, port: int, headers: dict[str, str]) -> None:
        """Ask for the stream."""
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT_S)
        self._connection.request("GET", "/v1/live", headers=headers)
        self.response = self._connection.getresponse()

    def message(self) -> dict[str, Any]:
        """Return the next message: what its parts hold, by their names."""
        found: dict[str, Any] = {}
        name = ""
        while "state" not in found:
            line = self.response.readline().decode().rstrip("\n")
            field, _, value = line.partition(": ")
            if field == "event":
                name = value
            elif field == "data":
                found[name] = json.loads(value)
            elif field in ("id", "retry"):
                found[field] = value
        return found

    def close(self) -> None:
        """Hang up."""
        self.response.close()
        self._connection.close()


def test_an_event_is_streamed_when_it_is_stored(collector: Running) -> None:
    """To whoever may read, with the mark to resume from."""
    headers = {"Authorization": f"Bearer {collector.new_key('read')}"}
    stream = Stream(collector.port, headers)
    assert stream.response.getheader("content-type", "").startswith("text/event-stream")
    assert stream.response.getheader("access-control-allow-origin") is None
    first = stream.message()
    assert first["state"] == {"stored": 0, "skipped": 0}
    assert first["retry"] == "1000"
    collector.ask("POST", "/v1/e", {"e": "first", "u": "ann"})
    message = stream.message()
    assert json.loads(message["stored"][0]["body"])["e"] == "first"
    assert message["state"]["stored"] == 1
    collector.ask("POST", "/v1/e", {"e": "second", "u": "null"})
    assert stream.message()["refused"][0]["path"] == "u"
    stream.close()
    again = Stream(collector.port, headers | {"Last-Event-ID": message["id"]})
    resumed = again.message()
    assert "stored" not in resumed
    assert resumed["refused"][0]["code"] == "bad_id"
    again.close()


def test_a_write_key_follows_nothing(collector: Running) -> None:
    """Reading takes a read key, a secret key, or the page's session."""
    assert collector.ask("GET", "/v1/live").status == 403


def test_followers_are_limited_and_a_stop_ends_them(collector: Running) -> None:
    """One more than the limit is told so; a stop waits for none of them."""
    headers = {"Authorization": f"Bearer {collector.new_key('read')}"}
    streams = [Stream(collector.port, headers) for _ in range(MAX_FOLLOWERS)]
    for stream in streams:
        stream.message()
    refused = collector.ask("GET", "/v1/live", headers=headers, key=None)
    assert refused.json["code"] == "overloaded"
    collector.stop()
    assert [b""] * MAX_FOLLOWERS == [stream.response.read().strip() for stream in streams]
    for stream in streams:
        stream.close()
