"""Reports from Python, asked of the real collector."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from tallymark import Client, ConfigurationError, QueryError, Spool
from tallymark.query import Query

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from http.server import BaseHTTPRequestHandler

    from conftest import Handle, RealCollector

KEY = "tmr_0123456789abcdefghijAB"
DAY = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def query(shared_collector: RealCollector) -> Iterator[Query]:
    """Return a query client of a shop: ada buys on an iPad, bob only looks, cleo comes back."""
    secret = shared_collector.secret_key()
    with Client(secret, shared_collector.url, spool=Spool(directory=False)) as client:
        rows = [
            ("ada", "Viewed", 0, "iPad"),
            ("ada", "Bought", 10, "iPad"),
            ("bob", "Viewed", 0, "Linux"),
            ("cleo", "Viewed", 0, "Linux"),
            ("cleo", "Viewed", 24 * 60, "Linux"),
        ]
        for user, name, minutes, system in rows:
            moment = DAY + timedelta(minutes=minutes)
            client.track(name, {"os": system}, user=user, time=moment)
        assert client.flush(30)
    with Query(secret, shared_collector.url) as asked:
        yield asked


def test_trends(query: Query) -> None:
    """Counts come as typed points, as tidy rows, and lead to the people behind them."""
    trends = query.trends("Viewed", measure="uniques", start=DAY.date(), end=date(2026, 3, 3))
    (series,) = trends.series
    assert [(point.at, point.value) for point in series.points] == [
        ("2026-03-02", 3),
        ("2026-03-03", 1),
    ]
    assert (series.name, series.total, trends.timezone) == ("Viewed", 3, "UTC")
    assert (trends.start, trends.end) == (date(2026, 3, 2), date(2026, 3, 3))
    people = trends.people(at="2026-03-03")
    assert [(person.user, person.events) for person in people.people] == [("cleo", 1)]
    assert people.people[0].first == DAY + timedelta(days=1)
    split = query.trends(["Viewed"], by="os")
    assert {tuple(line.by.items()): line.total for line in split.series} == {
        (("os", "Linux"),): 3,
        (("os", "iPad"),): 1,
    }


def test_funnel(query: Query) -> None:
    """Steps, ratios and times are typed; who fell out can be named."""
    funnel = query.funnel(["Viewed", "Bought"], window="1d")
    assert [(step.event, step.count) for step in funnel.steps] == [("Viewed", 3), ("Bought", 1)]
    assert funnel.conversion == pytest.approx(1 / 3)
    assert funnel.segments[0].time_to_convert_s.median == 600
    dropped = funnel.people(step=2, state="dropped")
    assert sorted(person.user for person in dropped.people) == ["bob", "cleo"]
    split = query.funnel(["Viewed", "Bought"], by=["os"])
    converted = {str(one.by["os"]): (one.entered, one.converted) for one in split.segments}
    assert converted == {"Linux": (2, 0), "iPad": (1, 1)}
    assert [person.user for person in split.people(step=2, by={"os": "iPad"}).people] == ["ada"]


def test_retention(query: Query) -> None:
    """Cohorts and their buckets are typed, and lead to their members."""
    retention = query.retention("Viewed", "Viewed", buckets=2)
    first = retention.cohorts[0]
    assert (first.at, first.size) == (DAY.date(), 3)
    assert [cell.users for cell in first.cells] == [0, 1]
    assert retention.buckets == ((0, 0), (1, 1))
    assert len(retention.averages) == 1
    assert [one.user for one in retention.people(first.at, bucket=1).people] == ["cleo"]


def test_frequency(query: Query) -> None:
    """Periods are typed, and lead to who was active in them."""
    frequency = query.frequency("Viewed", unit="week", sub_unit="day")
    (period,) = frequency.periods
    assert period.at_least[:2] == (3, 1)
    assert [one.user for one in frequency.people(period.at, at_least=2).people] == ["cleo"]


def test_tables(query: Query) -> None:
    """Each report becomes a DataFrame of its rows, and an escaped HTML table in a notebook."""
    reports = [
        query.trends("Viewed"),
        query.funnel(["Viewed", "Bought"], by="os"),
        query.retention("Viewed", "Viewed"),
        query.frequency("Viewed"),
        query.ask("trends", {"events": ["Viewed"]}),
    ]
    for report in reports:
        frame = report.to_pandas()
        assert len(frame) == len(report.rows()) > 0
        assert list(frame.columns) == list(report.rows()[0])
        shown = report._repr_html_()
        assert shown.count("<tr>") == len(report.rows()) + 1
        assert report.sentence.replace("&", "&amp;") in shown
    assert len(reports[0].people().to_pandas()) == 3  # type: ignore[attr-defined]
    assert "<script>" not in query.trends("<script>")._repr_html_()


def test_explain(query: Query) -> None:
    """A report says what it counts, how, from how many events, and what it did not find."""
    said = query.trends("Veiwed").explain()
    assert "How often Veiwed happened" in said
    assert "did you mean 'Viewed'?" in said
    assert "total: the measure over the whole range" in said
    assert "events read, up to position" in said


def test_wrong_questions(query: Query) -> None:
    """A wrong question names its field; nothing is asked again for it."""
    with pytest.raises(QueryError, match="window") as found:
        query.funnel(["Viewed", "Bought"], window="soon")
    assert (found.value.code, found.value.path) == ("bad_question", "window")
    with pytest.raises(QueryError, match="nonsense") as found:
        query.trends("Viewed", nonsense=1)
    assert found.value.path == "nonsense"
    with pytest.raises(QueryError, match="there is no report"):
        query.ask("weather", {})
    with pytest.raises(QueryError, match=r"no point"):
        query.trends("Viewed").people(at="1999-01-01")


def test_busy_collector_is_asked_again(
    serve: Callable[[Handle], str], reply: Callable[..., None]
) -> None:
    """A 503 is asked again; a 401, a login page and a redirect are not, and are errors."""
    script: list[tuple[int, Any]] = []
    asked: list[str] = []

    def handle(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        del body
        asked.append(handler.headers["authorization"])
        status, answer = script.pop(0)
        reply(handler, status, answer, location="/login")

    with Query(KEY, serve(handle)) as query:
        script += [(503, {"code": "busy", "detail": "later"}), (200, {"sentence": "Good."})]
        assert query.trends("a").sentence == "Good."
        for status, answer in [(401, {"code": "bad_key"}), (200, b"<html>"), (302, b"")]:
            script.append((status, answer))
            with pytest.raises(QueryError):
                query.trends("a")
        script += [(503, b"")] * 4
        with pytest.raises(QueryError, match="503"):
            query.trends("a")
    assert not script
    assert asked == [f"Bearer {KEY}"] * 9


def test_wrong_options() -> None:
    """A write key, or an address that is none, is refused by name; no key is shown."""
    with pytest.raises(ConfigurationError, match="read key") as found:
        Query("tmk_0123456789abcdefghijAB", "http://a")
    assert "tmk_0123456789abcdefghijAB" not in str(found.value)
    with pytest.raises(ConfigurationError, match="url"):
        Query(KEY, "events.example")
    assert KEY not in repr(Query(KEY, "http://a"))
