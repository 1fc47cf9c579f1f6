"""`tallymark query`."""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING

import pytest
import responses
from tallymark_collector.query.question import QUESTIONS, parse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Ran

URL = "http://127.0.0.1:7300"


def test_funnel_of_a_folder(tallymark: Callable[..., Ran], folder: Path) -> None:
    """A folder must be asked without a server, and the table hold the report's numbers."""
    ran = tallymark("query", "funnel", "View", "Buy", "--data", folder)
    rows = [re.split(r"\s{2,}", line.strip()) for line in ran.out.splitlines()]
    assert ran.code == 0
    assert ["1 View", "2", "100.0 %"] in [row[:3] for row in rows]
    assert ["2 Buy", "1", "50.0 %", "50.0 %", "2.0 h"] in [row[:5] for row in rows]
    assert "within 7 days" in ran.out.splitlines()[0]


def test_json_is_one_line_and_nothing_else(tallymark: Callable[..., Ran], folder: Path) -> None:
    """With --json stdout must be the API's answer on one line, stderr empty."""
    ran = tallymark("query", "trends", "View", "--data", folder, "--json", "--measure", "uniques")
    assert (0, 1, "") == (ran.code, len(ran.out.splitlines()), ran.err)
    assert [{"at": "2026-03-02", "value": 2}] == ran.json["series"][0]["points"]


def test_options_reach_the_question(tallymark: Callable[..., Ran], folder: Path) -> None:
    """Filters, splits, ranges and intervals must be those of the answer."""
    ran = tallymark(
        "query", "trends", "*", "--data", folder, "--json", "--where", "os=mac",
        "--where", "price>=5", "--interval", "hour", "--from", "2026-03-01", "--by", "os",
        "--timezone", "Europe/Prague", "--compare",
    )  # fmt: skip
    (series,) = ran.json["series"]
    assert ({"os": "mac"}, 1) == (series["by"], series["total"])
    assert ("2026-03-01", "Europe/Prague", 48) == (
        ran.json["from"],
        ran.json["timezone"],
        len(series["points"]),
    )
    assert series["previous"]["total"] == 0


def test_retention_of_a_folder(tallymark: Callable[..., Ran], folder: Path) -> None:
    """Retention must be a table of cohorts, its unfinished cells marked."""
    ran = tallymark("query", "retention", "View", "View", "--buckets", "2", "--data", folder)
    assert (0, True) == (ran.code, "2026-03-02" in ran.out)
    assert "50.0%*" in ran.out


def test_property_values_are_no_markup(tallymark: Callable[..., Ran], folder: Path) -> None:
    """A value in square brackets must be shown as it is."""
    ran = tallymark("query", "trends", "View", "--by", "os", "--data", folder)
    assert "[red]x" in ran.out


def test_unknown_names_are_told(tallymark: Callable[..., Ran], folder: Path) -> None:
    """An event nobody ever sent must be named, with the nearest that exists."""
    ran = tallymark("query", "trends", "Viwe", "--data", folder)
    assert "no event named 'Viwe' is stored; did you mean 'View'?" in ran.out


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["funnel", "View"], 2, "steps: needs at least 2, not 1"),
        (["trends", "View", "--interval", "year"], 2, "interval"),
        (["trends", "View", "--where", "=="], 2, "is no condition"),
        (["trends", "View", "--project", "other"], 1, "Projects: 'default'"),
        (["trends", "View", "--url", URL], 2, "both say where to ask"),
    ],
)
def test_failures_say_what_to_do(
    tallymark: Callable[..., Ran], folder: Path, arguments: list[str], code: int, says: str
) -> None:
    """A failure must have its exit code, say what is wrong on stderr and print no result."""
    ran = tallymark("query", *arguments, "--data", folder)
    assert (code, "") == (ran.code, ran.out)
    assert says in " ".join(ran.err.split())


def test_failures_as_json(tallymark: Callable[..., Ran], folder: Path) -> None:
    """With --json a failure must be one JSON line on stderr, with code and path."""
    ran = tallymark("query", "funnel", "View", "--data", folder, "--json")
    error = json.loads(ran.err)["error"]
    assert (2, "", "bad_question", "steps") == (ran.code, ran.out, error["code"], error["path"])


def test_no_folder(tallymark: Callable[..., Ran], tmp_path: Path) -> None:
    """A folder without a database must be exit code 3, and stay without one."""
    ran = tallymark("query", "trends", "View", "--data", tmp_path / "none")
    assert (3, False) == (ran.code, (tmp_path / "none").exists())
    assert "tallymark serve" in ran.err


@responses.activate
def test_a_running_collector(tallymark: Callable[..., Ran]) -> None:
    """With --url the question must go there, with the key in the header only."""
    asked = responses.post(f"{URL}/v1/query/funnel", json={"report": "funnel", "steps": []})
    ran = tallymark("query", "funnel", "a", "b", "--url", URL + "/", "--key", "tmr_x", "--json")
    request = asked.calls[0].request
    assert (0, {"report": "funnel", "steps": []}) == (ran.code, ran.json)
    assert ("Bearer tmr_x", None) == (
        request.headers["Authorization"],
        request.url.partition("?")[2] or None,
    )
    assert ["a", "b"] == json.loads(request.body)["steps"]


@responses.activate
@pytest.mark.parametrize(
    ("answer", "code", "says"),
    [
        ({"status": 401, "json": {"code": "key_unknown", "detail": "no such key"}}, 1, "read key"),
        (
            {"status": 422, "json": {"code": "bad_question", "detail": "x", "path": "by"}},
            2,
            "by: x",
        ),
        ({"status": 200, "body": "<html>Log in</html>"}, 3, "not as a collector does"),
        ({"status": 302, "headers": {"Location": "http://elsewhere"}}, 3, "not as a collector"),
        ({"body": responses.ConnectionError("refused")}, 3, "the connection failed"),
    ],
)
def test_answers_of_others(
    tallymark: Callable[..., Ran], answer: dict[str, object], code: int, says: str
) -> None:
    """Problems, login pages, redirects and silence must each be told apart."""
    responses.post(f"{URL}/v1/query/trends", **answer)
    ran = tallymark("query", "trends", "a", "--url", URL, "--key", "tmr_x")
    assert (code, "") == (ran.code, ran.out)
    assert says in " ".join(ran.err.split())


def test_a_url_needs_a_key(tallymark: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a key the command must say how to make one, before anything is sent."""
    monkeypatch.delenv("TALLYMARK_READ_KEY", raising=False)
    ran = tallymark("query", "trends", "a", "--url", URL)
    assert (2, True) == (ran.code, "key create --kind read" in " ".join(ran.err.split()))


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (
            ["trends", "Buy", "--measure", "p25", "--property", "price", "--per-user", "sum"],
            {"measure": "p25", "property": "price", "per_user": "sum"},
        ),
        (
            ["trends", "A", "--by", "x", "--measure", "dau", "--segment", "first", "--limit", "3"],
            {"by": ["x"], "segment": "first", "limit": 3},
        ),
        (["trends", "A", "B", "--formula", "A / B", "--session", "id"], {"session": "id"}),
        (
            ["funnel", "A", "B", "--grace", "2s", "--sum", "price", "--session", "10m"],
            {"grace": "2s", "sum": "price", "session": "10m"},
        ),
        (
            ["funnel", "A", "B", "--exclude", "C", "--excluded", "dropped", "--within", "range"],
            {"exclude": ["C"], "excluded": "dropped", "within": "range"},
        ),
        (
            ["funnel", "A", "B", "--ties", "either", "--where", "x=1", "--where-before"],
            {"ties": "either", "where_applies": "before"},
        ),
        (
            ["retention", "A", "B", "--measure", "sum", "--property", "p", "--average", "simple"],
            {"measure": "sum", "property": "p", "average": "simple"},
        ),
        (
            ["retention", "A", "B", "--bracket", "1-1", "--bracket", "2-7", "--size-column"],
            {"brackets": [[1, 1], [2, 7]], "size_column": True},
        ),
        (
            ["retention", "A", "B", "--birth-where", "x=1", "--by", "y", "--match", "both"],
            {
                "birth_event": {
                    "event": "A",
                    "where": {"property": "x", "op": "is", "value": 1},
                },
                "match": "both",
            },
        ),
        (
            ["frequency", "A", "--unit", "week", "--sub-unit", "day", "--where", "x"],
            {
                "event": "A", "unit": "week", "sub_unit": "day",
                "where": {"property": "x", "op": "set"},
            },
        ),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, list) else "",
)  # fmt: skip
@responses.activate
def test_every_option_is_asked(
    tallymark: Callable[..., Ran], command: list[str], expected: dict[str, object]
) -> None:
    """What is given on the command line must be in the question, and the question be a good one."""
    asked = responses.post(f"{URL}/v1/query/{command[0]}", json={"report": command[0]})
    ran = tallymark("query", *command, "--url", URL, "--key", "tmr_x", "--json")
    question = json.loads(asked.calls[0].request.body)
    assert (0, expected) == (ran.code, {key: question[key] for key in expected})
    parse(QUESTIONS[command[0]], question)


def test_frequency(tallymark: Callable[..., Ran], folder: Path) -> None:
    """A table must show how many users came in how many hours."""
    ran = tallymark("query", "frequency", "--data", folder)
    rows = [line.split() for line in ran.out.splitlines()]
    assert ["2026-03-02", "2", "2"] in rows
    assert ["Day", "≥", "1", "≥", "2"] in rows


@pytest.mark.parametrize("source", ["file", "stdin"])
def test_any_question_can_be_asked(
    tallymark: Callable[..., Ran],
    folder: Path,
    tmp_path: Path,
    source: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A question in JSON must be asked as it is, from a file or from stdin."""
    text = b'{"steps": ["View", {"compare": ["Buy", "View"]}]}'
    (tmp_path / "q.json").write_bytes(text)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text)))
    file = tmp_path / "q.json" if source == "file" else "-"
    ran = tallymark("query", "ask", "funnel", file, "--data", folder, "--json")
    assert [["View", "Buy"], ["View", "View"]] == [one["path"] for one in ran.json["segments"]]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["ask", "funnel", "/no/such/file"], "cannot read"),
        (["ask", "funnel", "/dev/null"], "not JSON"),
        (["ask", "flows", __file__], "not JSON"),
        (["trends", "View", "--json", "--csv"], "Give one"),
        (["trends", "View", "--interval", "year"], "interval: "),
        (["retention", "A", "B", "--bracket", "2"], "no bracket"),
        (["funnel", "A"], "needs at least 2"),
    ],
)
def test_wrong_questions(
    tallymark: Callable[..., Ran], folder: Path, arguments: list[str], says: str
) -> None:
    """A question that cannot be asked must be exit code 2, and say what is wrong with it."""
    ran = tallymark("query", *arguments, "--data", folder)
    assert (2, "", True) == (ran.code, ran.out, says in " ".join(ran.err.split()))


def test_an_unknown_report(tallymark: Callable[..., Ran], folder: Path, tmp_path: Path) -> None:
    """A report there is not must be told with those there are."""
    (tmp_path / "q.json").write_text("{}", encoding="utf-8")
    ran = tallymark("query", "ask", "flows", tmp_path / "q.json", "--data", folder)
    assert (1, True) == (ran.code, "trends, funnel, retention, frequency" in ran.err)


def test_unknown_names_come_first(tallymark: Callable[..., Ran], folder: Path) -> None:
    """A name that was never stored must be told before the numbers, with the nearest there is."""
    ran = tallymark("query", "trends", "Viev", "--data", folder)
    assert "did you mean 'View'?" in ran.out.splitlines()[1]
