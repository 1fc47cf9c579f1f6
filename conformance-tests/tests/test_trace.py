from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallymark_conformance.errors import TraceError
from tallymark_conformance.proxy.message import Answer, Request
from tallymark_conformance.trace import Exchange, decode, encode, in_order, read

if TYPE_CHECKING:
    from pathlib import Path

TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12)
HEADERS = st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple)
ANSWERS = st.builds(Answer, st.integers(200, 599), TEXT, HEADERS, st.binary(max_size=30))
EXCHANGES = st.builds(
    Exchange,
    n=st.integers(0, 100),
    connection=st.integers(0, 100),
    at=st.integers(0, 2**50),
    started=st.integers(0, 2**40).map(lambda ms: ms / 8),
    ended=st.integers(0, 2**40).map(lambda ms: ms / 8),
    fault=TEXT,
    request=st.none() | st.builds(Request, TEXT, TEXT, TEXT, HEADERS, st.binary(max_size=30)),
    upstream=st.lists(ANSWERS, max_size=2).map(tuple),
    sent=st.none() | ANSWERS,
    whole=st.booleans(),
    end=st.sampled_from(("answered", "reset", "closed", "lost", "refused")),
)


@given(EXCHANGES)
def test_a_line_holds_the_whole_exchange(exchange: Exchange) -> None:
    """What is written reads back equal, bytes included."""
    assert exchange == decode(encode(exchange))


@given(st.lists(EXCHANGES, max_size=5))
def test_exchanges_are_put_in_the_order_of_their_requests(exchanges: list[Exchange]) -> None:
    """A trace is written in the order of the ends; judges want that of the beginnings."""
    expected = sorted(one.started for one in exchanges)
    assert expected == [one.started for one in in_order(exchanges)]


def test_a_file_is_read_line_by_line(tmp_path: Path) -> None:
    """Each line is one exchange."""
    exchange = Exchange(1, 1, 2, 3.0, 4.0, "pass", None, (), None, whole=False, end="lost")
    path = tmp_path / "trace.jsonl"
    path.write_text((encode(exchange) + "\n") * 2)
    assert [exchange, exchange] == list(read(path))


@pytest.mark.parametrize("line", ["", "[]", "{}", '{"n":1'])
def test_another_line_is_refused(line: str) -> None:
    """The message shows the line."""
    with pytest.raises(TraceError):
        decode(line)


def test_an_exchange_without_a_request_has_no_batch() -> None:
    """A port that was shut is noted without one."""
    exchange = Exchange(0, 0, 2, 3.0, 4.0, "refuse", None, (), None, whole=False, end="refused")
    assert {} == exchange.batch
