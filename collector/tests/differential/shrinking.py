"""The smallest case that still differs, and its file: a vector from then on."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comparing import difference
from world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

VECTORS = Path(__file__).parent / "vectors"
OPTIONAL = (
    "from", "to", "where", "by", "compare", "rolling", "cumulative", "formula", "exclude", "sum",
    "interval", "brackets", "size_column", "attribution", "within", "excluded", "where_applies",
    "timezone", "average", "measure", "limit", "segment", "hold",
)  # fmt: skip
Case = dict[str, Any]


def case_of(world: World, report: str, question: dict[str, Any]) -> Case:
    """Return all that makes a case: what was done to the world, and what it was asked."""
    return {
        "max_rows": world.max_rows,
        "small": world.small,
        "done": list(world.done),
        "report": report,
        "question": question,
    }


def replayed(case: Case) -> tuple[Any, Any] | None:
    """Do a case again; return the two answers if they differ."""
    with World(max_rows=case["max_rows"], small=case["small"]) as world:
        for action in case["done"]:
            world.do(action)
        return difference(world, case["report"], case["question"])


def shrunk(case: Case, differs: Callable[[Case], bool]) -> Case:
    """Return the smallest case found that still differs, leaving out one thing after another."""
    smaller = True
    while smaller:
        smaller = False
        for candidate in _candidates(case):
            if differs(candidate):
                case, smaller = candidate, True
                break
    return case


def _candidates(case: Case) -> Iterator[Case]:
    done, question = case["done"], case["question"]
    size = len(done) // 2
    while size:
        for start in range(0, len(done), size):
            yield {**case, "done": done[:start] + done[start + size :]}
        size //= 2
    for key in OPTIONAL:
        if key in question:
            rest = {name: value for name, value in question.items() if name != key}
            yield {**case, "question": rest}
    for place, action in enumerate(done):
        if action[0] == "store":
            for key in ("ctx", "g", "s", "d"):
                if key in action[2]:
                    body = {name: value for name, value in action[2].items() if name != key}
                    other = ["store", action[1], body, action[3]]
                    yield {**case, "done": [*done[:place], other, *done[place + 1 :]]}


def kept(case: Case, says: str) -> Path:
    """Write a case as a vector, named by its content."""
    VECTORS.mkdir(exist_ok=True)
    text = json.dumps({"says": says, **case}, indent=1, ensure_ascii=False) + "\n"
    name = hashlib.sha256(text.encode()).hexdigest()[:12]
    path = VECTORS / f"{name}.json"
    path.write_text(text, encoding="utf-8")
    return path
