"""Log lines and counters: constant messages, no keys, no texts of errors."""

from __future__ import annotations

import io
import json
import logging
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.observe import (
    Counters,
    JsonFormatter,
    TextFormatter,
    log,
    masked,
    request_ids,
    set_up,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "tmk_0123456789012345678901"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Collect the lines of the collector's logger."""
    stream = io.StringIO()
    set_up("json", "info", stream)
    yield stream
    for name in ("tallymark_collector", "uvicorn.error", "asyncio"):
        logging.getLogger(name).handlers.clear()


def test_a_line_is_one_json_object_with_constant_message_and_fields(lines: io.StringIO) -> None:
    """Fields stand beside the message, never in it."""
    log(logging.INFO, "The collector accepts requests.", port=7300)

    line = json.loads(lines.getvalue())
    assert {"message": "The collector accepts requests.", "level": "info", "port": 7300} == {
        name: line[name] for name in ("message", "level", "port")
    }
    assert line["time"].endswith("Z")


def test_lines_below_the_level_are_left_out(lines: io.StringIO) -> None:
    """Debug lines cost nothing at level info."""
    log(logging.DEBUG, "Nobody sees this.")

    assert lines.getvalue() == ""


@pytest.mark.parametrize("name", ["uvicorn.error", "asyncio"])
def test_what_the_collector_runs_on_logs_the_same_way(lines: io.StringIO, name: str) -> None:
    """No line of another shape gets into the log; their small talk is left out."""
    logging.getLogger(name).info("Waiting for background tasks to complete.")
    logging.getLogger(name).error("Task was destroyed but it is pending!")
    (line,) = map(json.loads, lines.getvalue().splitlines())

    assert (line["level"], line["message"]) == ("error", "Task was destroyed but it is pending!")


def test_an_errors_text_is_not_logged_its_place_is(lines: io.StringIO) -> None:
    """What a person sent may stand in an error's text: only type and place are told."""
    try:
        int("ada@example.com")
    except ValueError:
        logging.getLogger("tallymark_collector.part").exception("It failed.")

    line = json.loads(lines.getvalue())
    assert ("ValueError", "It failed.") == (line["error"], line["message"])
    assert "test_observe.py" in line["where"][0]
    assert "ada@" not in lines.getvalue()


def test_fields_given_the_standard_way_are_told_too(lines: io.StringIO) -> None:
    """`extra` of the standard library works as well."""
    logging.getLogger("tallymark_collector.part").warning("Full.", extra={"reason": "disk"})

    assert json.loads(lines.getvalue())["reason"] == "disk"


@pytest.mark.parametrize("formatter", [JsonFormatter(), TextFormatter()])
def test_keys_are_masked_even_where_none_should_be(formatter: logging.Formatter) -> None:
    """Keys in fields and in query strings never reach a line (WEB-06)."""
    record = logging.makeLogRecord(
        {"msg": "x", "levelname": "INFO", "fields": {"a": KEY, "b": "/v1/b?k=odd&st=1"}}
    )

    line = formatter.format(record)

    assert KEY[4:] not in line
    assert "odd" not in line
    assert "st=1" in line


@given(st.text(alphabet="0123456789abcXYZ", min_size=1), st.text(), st.text())
def test_no_key_survives_masking(key: str, before: str, after: str) -> None:
    """Whatever stands around a key, it is masked."""
    text = masked(f"{before} tmk_{key} {after}")

    assert f"tmk_{key}" not in text or f"tmk_{key}" in before + after


@given(st.text())
def test_a_text_line_stays_one_line(value: str) -> None:
    """No field can begin a line of its own."""
    record = logging.makeLogRecord({"msg": "x", "levelname": "INFO", "fields": {"v": value}})

    assert len(TextFormatter().format(record).splitlines()) == 1
    assert len(JsonFormatter().format(record).splitlines()) == 1


def test_request_ids_are_distinct_and_safe_in_a_header() -> None:
    """Each call gives another id."""
    new = request_ids()
    ids = [new() for _ in range(1_000)]

    assert len(set(ids)) == 1_000
    assert all(name.isascii() and name.replace("-", "").isalnum() for name in ids)


def test_counters_are_told_by_name() -> None:
    """A snapshot is a plain mapping."""
    counters = Counters(requests=2)

    assert counters.snapshot()["requests"] == 2
    assert set(counters.snapshot().values()) == {0, 2}
