from __future__ import annotations

import json
import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fuzz import compare, mutate, node, oracle
from fuzz.edges import edges
from generate.source import read

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tallymark_protocol import Issue

SOURCE = read(Path(__file__).resolve().parent.parent / "spec")


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the compiled TypeScript validators."""
    return node.build(tmp_path_factory.mktemp("sdk-js"))


@pytest.fixture(scope="module")
def oracles() -> Mapping[str, Callable[[object], bool]]:
    """Return the schema's judgement of each type."""
    return oracle.oracles(SOURCE)


def drawn(count: int, seed: int) -> list[tuple[str, str]]:
    """Return mutated cases, the same for the same seed."""
    draw = random.Random(seed)
    return [mutate.case(draw) for _ in range(count)]


def test_schema_python_and_typescript_agree(
    module: Path, oracles: Mapping[str, Callable[[object], bool]]
) -> None:
    """On 10,000 mutated values none of the three disagrees, nor the two on code and path (VAL)."""
    assert [] == list(compare.disagreements(oracles, module, drawn(10_000, 1)))


def test_they_agree_at_every_edge(
    module: Path, oracles: Mapping[str, Callable[[object], bool]]
) -> None:
    """On both sides of each bound, list and type of the schema they give the same verdict (VAL)."""
    cases = list(edges(SOURCE))
    assert len(cases) > 5000
    assert [] == list(compare.disagreements(oracles, module, cases))


def test_samples_are_valid(oracles: Mapping[str, Callable[[object], bool]]) -> None:
    """What is mutated is valid before, for the schema and for the validator."""
    for kind, samples in mutate.SAMPLES.items():
        for sample in samples:
            assert oracles[kind](sample), (kind, sample)
            assert compare.PYTHON[kind](sample) is None, (kind, sample)


def test_both_verdicts_are_common() -> None:
    """A fair part of the cases is accepted, and every code of a schema is met."""
    issues = [compare.PYTHON[kind](json.loads(text)) for kind, text in drawn(10_000, 1)]
    assert 0.1 < sum(issue is None for issue in issues) / len(issues) < 0.7
    codes = {issue.code for issue in issues if issue}
    assert codes >= {"bad_id", "bad_name", "name_too_long", "too_large", "too_many_props", "depth"}
    assert codes >= {"bad_type", "unknown_kind", "unknown_op", "reserved_name", "malformed"}


@pytest.mark.parametrize("defect", ["booleans are integers", "code of the last issue"])
def test_a_planted_defect_is_found(
    module: Path, oracles: Mapping[str, Callable[[object], bool]], defect: str
) -> None:
    """A validator with one defect disagrees within 3,000 cases."""

    def broken(value: object) -> Issue | None:
        issue = compare.PYTHON["event"](value)
        if issue is None or not isinstance(value, dict):
            return issue
        if defect == "booleans are integers":
            return None if isinstance(value.get(issue.path), bool) else issue
        return compare.PYTHON["event"]({**value, issue.path: None}) or issue

    python = {**compare.PYTHON, "event": broken}
    found = list(compare.disagreements(oracles, module, drawn(3000, 2), python=python))
    assert found
