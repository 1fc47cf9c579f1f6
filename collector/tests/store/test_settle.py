from __future__ import annotations

import hashlib
from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.store.log import Arrival, Loss, Refused, Row
from tallymark_collector.store.settle import (
    Known,
    Lost,
    Run,
    comparisons,
    continues,
    extended,
    named_again,
    runs_of,
    settle,
    settle_identified,
)
from tallymark_protocol import ranges as sets
from tallymark_protocol.ledger import Ledger

SEQS = st.lists(st.integers(1, 30), max_size=8)
RANGES = st.lists(st.tuples(st.integers(1, 30), st.integers(0, 5)), max_size=4).map(
    lambda pairs: sets.normalise((low, low + more) for low, more in pairs)
)
SHA = hashlib.sha256(b"request").digest()


def rows(*seqs: int) -> tuple[Row, ...]:
    """Return accepted events with these numbers."""
    return tuple(Row(i, seq, None, 0, 0, b"%d" % seq) for i, seq in enumerate(seqs))


def arrival(
    *events: Row, refused: tuple[Refused, ...] = (), losses: tuple[Loss, ...] = (), hwm: int = 0
) -> Arrival:
    """Return a request with these events."""
    return Arrival(
        project=1,
        stream="s",
        hwm=hwm,
        fin=False,
        received_at=0,
        rows=events,
        refused=refused,
        losses=losses,
        sha256=SHA,
        size=0,
    )


@given(upto=st.integers(0, 5), seqs=SEQS, carry=st.booleans())
def test_continuing_is_settling_without_looking(*, upto: int, seqs: list[int], carry: bool) -> None:
    """Where the short way is allowed it gives the ledger the long way gives."""
    if carry:
        seqs = list(range(upto + 1, upto + 1 + len(seqs)))
    ledger, request = Ledger(upto, (), upto), arrival(*rows(*seqs), hwm=9)
    allowed = bool(seqs) and seqs == list(range(upto + 1, upto + 1 + len(seqs)))
    assert allowed == continues(ledger, request)
    if allowed:
        outcome = settle(ledger, request, Known())
        assert extended(ledger, request) == outcome.ledger
        assert request.rows == outcome.fresh


@given(SEQS)
def test_runs_cover_the_rows(seqs: list[int]) -> None:
    """Runs give each row its position, and each is as long as it can be."""
    found = runs_of(rows(*seqs), 100, SHA)
    placed = [
        (seq, run.pos + seq - run.first) for run in found for seq in range(run.first, run.last + 1)
    ]
    assert list(zip(seqs, range(100, 100 + len(seqs)), strict=True)) == placed
    assert all(a.last + 1 != b.first for a, b in pairwise(found))


@given(RANGES, SEQS)
def test_named_again_is_the_settled_part(settled: sets.Ranges, seqs: list[int]) -> None:
    """A store is asked about exactly the settled numbers that are named."""
    ledger = Ledger().settle(settled)
    expected = {seq for seq in seqs if ledger.is_settled(seq)}
    assert expected == set(sets.numbers(named_again(ledger, arrival(*rows(*seqs)))))


def test_comparisons_trust_the_same_request() -> None:
    """A number that came in the very same request is not compared, one from another request is."""
    runs = (Run(1, 2, 10, SHA), Run(3, 4, 20, b"other"))
    request = arrival(*rows(1, 2, 3, 4, 5))
    assert [(2, 20), (3, 21)] == [(row.place, pos) for row, pos in comparisons(request, runs)]


def test_comparisons_of_a_request_that_repeats_a_number() -> None:
    """When a request uses a number twice, even its own numbers are compared."""
    request = arrival(*rows(1, 1))
    assert [10, 10] == [pos for _, pos in comparisons(request, (Run(1, 1, 10, SHA),))]


def test_loss_is_cut_around_what_is_stored() -> None:
    """Of a loss that a late row goes into, the parts before and after it stay (LED-02)."""
    ledger = Ledger().settle(((1, 9),))
    lost = Lost("dropped", "expired", 1, 9)
    outcome = settle(ledger, arrival(*rows(4)), Known(losses=(lost,)))
    assert (lost,) == outcome.gone
    assert (Lost("dropped", "expired", 1, 3), Lost("dropped", "expired", 5, 9)) == outcome.lost
    assert ledger == outcome.ledger


def test_precedence_within_one_request() -> None:
    """A number that one request stores, refuses and drops is stored (LED-02)."""
    refusal = Refused(1, 1, None, "bad_name", "e", None, b"{}")
    both = (refusal, Refused(2, 2, None, "bad_name", "e", None, b"{}"))
    losses = (Loss("expired", ((1, 3),), 0), Loss("sampled", ((1, 4),), 0))
    outcome = settle(Ledger(), arrival(*rows(1), refused=both, losses=losses), Known())
    assert [1] == [row.seq for row in outcome.fresh]
    assert (1,) == outcome.superseded
    assert {
        Lost("rejected", "bad_name", 2, 2),
        Lost("dropped", "expired", 3, 3),
        Lost("dropped", "sampled", 4, 4),
    } == set(outcome.lost)
    assert 4 == outcome.ledger.upto


@given(settled=RANGES, seqs=SEQS, lost=RANGES, most=st.integers(0, 4), refuse=st.booleans())
def test_what_would_open_too_many_ranges_stays_open(
    *, settled: sets.Ranges, seqs: list[int], lost: sets.Ranges, most: int, refuse: bool
) -> None:
    """It is named to be sent again, and has no other end; a number ends or is named (LED-14)."""
    ledger = Ledger().settle(settled)
    refused = tuple(
        Refused(i, seq, None, "bad_name", "e", None, b"{}") for i, seq in enumerate(seqs)
    )
    losses = (Loss("expired", lost, 0),) if lost else ()
    request = arrival(*(() if refuse else rows(*seqs)), refused=refused * refuse, losses=losses)
    known = Known(runs=runs_of(rows(*sets.numbers(ledger.all_settled())), 1, SHA))
    outcome = settle(ledger, request, known, most)
    assert len(outcome.ledger.settled) <= max(most, len(ledger.settled))
    ended = {row.seq for row in outcome.fresh}
    ended |= {n for one in outcome.lost for n in range(one.first, one.last + 1)}
    assert not ended & set(sets.numbers(outcome.retry))
    for seq in seqs:
        assert outcome.ledger.is_settled(seq) != sets.contains(outcome.retry, seq)
    kept = {item.seq for item in outcome.quarantined}
    assert not kept & set(sets.numbers(outcome.retry))


def test_an_import_may_leave_any_number_of_gaps() -> None:
    """What was exported in part goes in as it is (LED-14)."""
    request = replace(arrival(*rows(1, 3, 5, 7)), imported=True)
    outcome = settle(Ledger(), request, Known(), 1)
    assert (4, ()) == (len(outcome.fresh), outcome.retry)


def test_identified_events() -> None:
    """Ids are stored once: repeats are duplicates or conflicts, refused ones superseded."""
    events = tuple(
        Row(i, None, name, 0, 0, body)
        for i, (name, body) in enumerate(
            [("old", b"1"), ("old", b"2"), ("new", b"3"), ("new", b"4")]
        )
    )
    refusals = tuple(
        Refused(4 + i, None, name, "bad_name", "e", None, b"")
        for i, name in enumerate(["old", "new", None])
    )
    outcome = settle_identified(events, refusals, {"old"}, {1})
    assert [2] == [row.place for row in outcome.fresh]
    assert (3, (1, 3), (4, 5)) == (outcome.duplicate, outcome.conflicts, outcome.superseded)
    assert [6] == [item.place for item in outcome.quarantined]
