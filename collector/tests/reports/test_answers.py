"""Tests for reports/answers.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tallymark_collector.problem import Problem
from tallymark_collector.reports.answers import answer, understood

if TYPE_CHECKING:
    from collections.abc import Callable

    from tallymark_collector.query.snapshot import Snapshot


@pytest.mark.parametrize(
    ("report", "question", "code", "path"),
    [
        ("trends", {}, "bad_question", "events"),
        ("funnel", {"steps": ["View"]}, "bad_question", "steps"),
        ("retention", b"[", "bad_question", None),
        ("nothing", {}, "not_found", None),
    ],
)
def test_a_wrong_question_is_found_without_events(
    report: str, question: bytes | dict[str, object], code: str, path: str | None
) -> None:
    """What is wrong with a question must be told before any event is read (ERR-1)."""
    with pytest.raises(Problem) as raised:
        understood(report, question)
    assert (code, path) == (raised.value.code, raised.value.path)


def test_a_question_that_was_understood_is_answered(stored: Callable[..., Snapshot]) -> None:
    """It must give the same answer as the question it was read from."""
    snapshot = stored(("View", 0, "u", {}), ("Buy", 1, "u", {}))
    question = {"steps": ["View", "Buy"], "window": "1h"}
    assert answer("funnel", question, snapshot) == answer(
        "funnel", understood("funnel", question), snapshot
    )
