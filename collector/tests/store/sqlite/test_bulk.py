from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.store.sqlite.bulk import Bulk, Layout, Statement

LAYOUT = Layout(("a", "b?"), texts=("c", "d?"), blobs=("e", "f?"))
INSERT = Statement(LAYOUT, "INSERT INTO t ({names}) {source} SELECT {values} FROM packed")
NUMBERS = st.integers(-(10**17) + 1, 10**18 - 1)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
ROWS = st.lists(
    st.tuples(NUMBERS, NUMBERS, TEXT, TEXT, st.binary(max_size=8), st.binary(max_size=8)),
    max_size=6,
)


def insert(rows: list[tuple[int, int, str, str, bytes, bytes]]) -> list[tuple[object, ...]]:
    """Return what a table holds after the rows were written in one step."""
    connection = sqlite3.connect(":memory:")
    connection.execute(
        "CREATE TABLE t (a INTEGER, b INTEGER, c TEXT, d TEXT, e BLOB, f BLOB) STRICT"
    )
    bulk = Bulk(INSERT)
    for a, b, c, d, e, f in rows:
        bulk.add((a, b), (c.encode(), d.encode(), e, f))
    bulk.execute(connection)
    found = connection.execute("SELECT a, b, c, d, e, f FROM t ORDER BY rowid").fetchall()
    connection.close()
    return found


@given(ROWS)
def test_rows_come_back(rows: list[tuple[int, int, str, str, bytes, bytes]]) -> None:
    """Every value is written as it is, in order; 0 and nothing are NULL where `?` says so."""
    expected = [(a, b or None, c, d or None, e, f or None) for a, b, c, d, e, f in rows]
    assert expected == insert(rows)


@pytest.mark.parametrize("number", [10**18, -(10**17), 2**63, -(2**63), 2**70])
def test_number_that_does_not_fit(number: int) -> None:
    """A number too long for its field is refused before it can shift the others."""
    with pytest.raises(OverflowError):
        Bulk(INSERT).add((number, 0), (b"", b"", b"", b""))


def test_nothing_waits() -> None:
    """Without rows nothing is run, and rows are written once."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t (a INTEGER)")
    bulk = Bulk(
        Statement(Layout(("a",)), "INSERT INTO t ({names}) {source} SELECT {values} FROM packed")
    )
    assert bulk.execute(connection) is None
    bulk.add((7,))
    assert (1, 18) == (bulk.count, bulk.bytes)
    bulk.execute(connection)
    assert bulk.execute(connection) is None
    assert [(7,)] == connection.execute("SELECT a FROM t").fetchall()
    connection.close()
