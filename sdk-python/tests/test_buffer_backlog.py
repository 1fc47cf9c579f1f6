"""The backlog answers like a sorted dictionary, whatever was released in between."""

from __future__ import annotations

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tallymark.backlog import Backlog
from tallymark.intervals import Intervals

RANGE = st.tuples(st.integers(1, 60), st.integers(0, 12)).map(lambda pair: (pair[0], sum(pair)))


@given(
    st.sets(st.integers(1, 60)),
    st.lists(RANGE, max_size=8),
    st.lists(RANGE, max_size=4),
    st.integers(0, 20),
    st.integers(0, 80),
)
def test_select(
    seqs: set[int],
    released: list[tuple[int, int]],
    skipped: list[tuple[int, int]],
    max_events: int,
    max_bytes: int,
) -> None:
    """The oldest rows outside the skipped ones are returned, up to both limits, at least one."""
    backlog: Backlog[bytes] = Backlog([], b"")
    kept = {}
    for seq in sorted(seqs):
        backlog.append(seq, seq % 9 + 1, b"%d" % seq)
        kept[seq] = (seq, b"%d" % seq, seq % 9 + 1)
    gone = backlog.release(released)
    assert sorted(gone) == sorted(
        kept.pop(seq)[1] for seq in list(kept) if any(low <= seq <= high for low, high in released)
    )
    skip = Intervals(skipped)
    expected: list[tuple[int, bytes, int]] = []
    for seq, row in kept.items():
        if seq in skip:
            continue
        total = sum(size for _, _, size in expected) + row[2]
        if len(expected) == max_events or (expected and total > max_bytes):
            break
        expected.append(row)
    assert expected == backlog.select(max_events, max_bytes, skip.ranges())
    assert (len(kept), sum(row[2] for row in kept.values())) == (len(backlog), backlog.total_bytes)


def test_compaction_keeps_the_rest() -> None:
    """Releasing most rows frees the columns and changes no other answer."""
    places: array[int] = array("Q")
    backlog: Backlog[int] = Backlog(places)
    for seq in range(1, 10_001):
        backlog.append(seq, 3, seq * 10)
    backlog.release([(2, 4_999), (5_001, 9_999)])
    assert backlog.select(9, 99, ()) == [(1, 10, 3), (5_000, 50_000, 3), (10_000, 100_000, 3)]
    assert (len(backlog), backlog.total_bytes) == (3, 9)
    assert len(backlog._seqs) == 3
    assert (backlog.last, backlog.oldest()[0]) == (10_000, 1)


def test_replace_and_where() -> None:
    """A row's value can be replaced, and rows be found by value."""
    backlog: Backlog[int] = Backlog(array("Q"))
    for seq in range(1, 7):
        backlog.append(seq, 1, seq % 2)
    backlog.replace(4, 1)
    backlog.release([(3, 3)])
    assert backlog.where(bool) == ((1, 1), (4, 5))


@pytest.mark.parametrize("kept", [1, 50_000])
def test_work_does_not_grow_with_released_rows(kept: int) -> None:
    """What was released before costs nothing later: few rows stand behind a stuck old event."""
    backlog: Backlog[bytes] = Backlog([], b"")
    for seq in range(1, 50_001):
        backlog.append(seq, 1, b"x")
    backlog.release([(kept + 1, 50_000)])
    assert len(backlog._seqs) <= max(1_024, 2 * kept)
