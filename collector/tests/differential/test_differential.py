"""Kernels against the plain evaluator, on generated worlds: the answers must be the same."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
from asking import asked
from breaks import BREAKS
from comparing import by_kernel, difference
from shrinking import VECTORS, case_of, kept, replayed, shrunk
from world import World, generated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SHARES = 8
"""Tests the cases are dealt out to, so that several processes run them."""
QUESTIONS = 8
"""Asked of each world."""


def cases(seed: int) -> Iterator[tuple[World, str, dict[str, Any]]]:
    """Iterate over the cases of one world."""
    random = Random(seed)
    max_rows, small = random.choice((8, 30, 1_000)), random.choice((0, 3, 20))
    with World(max_rows=max_rows, small=small) as world:
        generated(random, world, random.choice((5, 20, 60, 120)), disk=random.random() < 0.25)
        for _ in range(QUESTIONS):
            yield world, *asked(random)


@pytest.mark.parametrize("share", range(SHARES))
def test_kernels_equal_the_plain_evaluator(request: pytest.FixtureRequest, share: int) -> None:
    """Each generated question must have one answer, whichever engine gives it (I1-I5).

    A difference is shrunk and kept as a vector: commit it with what was wrong.
    """
    worlds, first = request.config.getoption("--worlds"), request.config.getoption("--seed")
    compared = kernels = 0
    for seed in range(first * 1_000_000 + share, first * 1_000_000 + worlds, SHARES):
        for world, report, question in cases(seed):
            compared += 1
            if difference(world, report, question) is not None:
                case = case_of(world, report, question)
                small = shrunk(case, lambda one: replayed(one) is not None)
                path = kept(small, f"found in world {seed}")
                pytest.fail(f"world {seed}: {report} {json.dumps(small)}; kept as {path.name}")
        kernels += by_kernel(world, report, question)
    assert (compared >= worlds // SHARES * QUESTIONS, kernels > 0) == (True, True)


@given(st.randoms(use_true_random=False), st.sampled_from((3, 1_000)), st.sampled_from((0, 3)))
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_small_worlds(random: Random, max_rows: int, small: int) -> None:
    """Worlds of a few events, chosen to be shrunk, must have one answer too (I5)."""
    with World(max_rows=max_rows, small=small) as world:
        generated(random, world, 10, disk=random.random() < 0.2)
        report, question = asked(random)
        assert difference(world, report, question) is None


@pytest.mark.parametrize("path", sorted(VECTORS.glob("*.json")), ids=lambda path: path.stem)
def test_vectors(path: Path) -> None:
    """What differed once, or would under a broken rule, must never differ again."""
    assert replayed(json.loads(path.read_text(encoding="utf-8"))) is None


@pytest.mark.parametrize("broken", BREAKS, ids=lambda broken: broken.__name__)
def test_a_broken_rule_is_found(
    broken: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Breaking one rule of the engine on purpose must make the vector kept for it differ."""
    case = json.loads((VECTORS / f"{broken.__name__}.json").read_text(encoding="utf-8"))
    assert replayed(case) is None
    broken(monkeypatch)
    assert replayed(case) is not None
