"""Read-ahead: what waits is counted, and bounded."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.server.readahead import ReadAhead, ReadAheadLimits


def test_requests_and_bytes_are_bounded_each() -> None:
    """Either bound alone makes it full."""
    requests, size = (ReadAhead(ReadAheadLimits(requests=2, bytes=10)) for _ in range(2))
    requests.queued()
    assert not requests.full
    requests.queued()
    size.took(10)

    assert (requests.full, size.full) == (True, True)


@given(st.lists(st.integers(1, 1_000)))
def test_what_was_taken_and_given_leaves_nothing(sizes: list[int]) -> None:
    """Handing everything out makes room again."""
    ahead = ReadAhead(ReadAheadLimits(requests=1, bytes=1))
    for size in sizes:
        ahead.queued()
        ahead.took(size)
    for size in sizes:
        ahead.started()
        ahead.gave(size)

    assert not ahead.full
