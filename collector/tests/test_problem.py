"""Problems: every code of the registry is an answer of RFC 9457."""

from __future__ import annotations

import pytest
from tallymark_collector.problem import Problem
from tallymark_protocol import codes
from tallymark_protocol.validate import validate_problem


@pytest.mark.parametrize("code", sorted(codes.PROBLEMS))
def test_every_code_makes_a_valid_document(code: str) -> None:
    """The document fits the protocol's schema and repeats the registry (ERR-01)."""
    entry = codes.PROBLEMS[code]
    document = Problem(code).document()

    assert validate_problem(document) is None
    assert (entry.status, entry.title, entry.retryable, entry.text) == (
        document["status"],
        document["title"],
        document["retryable"],
        document["detail"],
    )


def test_details_paths_and_errors_are_told() -> None:
    """What happened, where, and each single fault."""
    problem = Problem(
        "malformed", "seq is missing", path="seq", errors=[{"code": "x", "path": "seq"}]
    )

    assert {
        "detail": "seq is missing",
        "path": "seq",
        "errors": [{"code": "x", "path": "seq"}],
    } == {name: problem.document()[name] for name in ("detail", "path", "errors")}


@pytest.mark.parametrize(("ms", "seconds"), [(1, "1"), (1000, "1"), (1001, "2"), (0, "1")])
def test_the_time_to_wait_is_a_header_in_whole_seconds(ms: int, seconds: str) -> None:
    """Retry-After is rounded up and at least a second (ERR-03)."""
    assert dict(Problem("overloaded", retry_after_ms=ms).headers())["retry-after"] == seconds


def test_a_code_outside_the_registry_is_a_programming_error() -> None:
    """Nobody answers with a code that has no entry."""
    with pytest.raises(KeyError):
        Problem("no_such_code")
