"""Each number of a stream ends once, and what ended is not forgotten."""

from __future__ import annotations

from tallymark.intervals import Intervals
from tallymark.outcomes import HIGHEST, Outcomes


def test_settled_beats_dropped() -> None:
    """A loss declared for what the server has is void (LED-2)."""
    outcomes = Outcomes()
    outcomes.assigned = 10
    outcomes.settle([(1, 5)])
    assert outcomes.drop("expired", [(4, 7)]) == [(6, 7)]
    assert outcomes.drops() == {"expired": ((6, 7),)}


def test_first_reason_stays() -> None:
    """A number that was declared lost is not declared again with another reason."""
    outcomes = Outcomes()
    outcomes.drop("hook", [(2, 3)])
    outcomes.drop("sampled", [(1, 4)])
    assert outcomes.drops() == {"hook": ((2, 3),), "sampled": ((1, 1), (4, 4))}


def test_acknowledged_reports_stay_known() -> None:
    """An acknowledged report is gone, and its numbers cannot be declared again (LED-3)."""
    outcomes = Outcomes()
    outcomes.drop("hook", [(2, 3)])
    outcomes.drop("sampled", [(5, 5)])
    assert outcomes.ack([(1, 3)]) == [(2, 3)]
    assert outcomes.drop("expired", [(2, 2)]) == []
    assert (outcomes.drops(), 3 in outcomes, 4 in outcomes) == (
        {"sampled": ((5, 5),)},
        True,
        False,
    )


def test_dropped_numbers_count_as_assigned() -> None:
    """A loss above every event raises the highest assigned number."""
    outcomes = Outcomes()
    outcomes.drop("hook", [(7, 7)])
    assert outcomes.assigned == 7


def test_nonsense_is_cut_off() -> None:
    """Numbers the protocol does not have, or that were never assigned, change nothing."""
    outcomes = Outcomes()
    outcomes.assigned = 3
    assert outcomes.settle([(-5, 0), (2, HIGHEST * 4)]) == [(2, 3)]
    assert outcomes.drop("hook", [(-3, 1), (HIGHEST, HIGHEST + 9)]) == [(1, 1), (HIGHEST, HIGHEST)]


def test_unknown() -> None:
    """What was assigned, is not held and never ended is unknown."""
    outcomes = Outcomes()
    outcomes.drop("hook", [(9, 9)])
    outcomes.settle([(1, 2)])
    assert outcomes.unknown(Intervals([(4, 5)])) == [(3, 3), (6, 8)]
    assert Outcomes().unknown(Intervals()) == []
