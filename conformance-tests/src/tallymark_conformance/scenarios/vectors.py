"""The pure functions of an SDK, against the vectors of the protocol, every one of them."""

from __future__ import annotations

import json
from itertools import permutations
from typing import TYPE_CHECKING, Any, Final

from tallymark_conformance.scenario.python import scenario
from tallymark_conformance.spec import vector_files, vectors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tallymark_conformance.stage.sdk import SdkStage

ALL_ORDERS: Final = 3
"""Of so many operations every order is tried, of more the one given and its reverse."""
FILES: Final = ("bucket", "sampling", "event_id", "values", "retry", "merge", "profile")


MORE: Final = {"profile": frozenset({"TM-PRF-02", "TM-PRF-04"})}
"""Rules that vectors hold, too: each cites the first one it is about."""


def orders(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Iterate over orders of *items* that must all give the same."""
    if len(items) <= ALL_ORDERS:
        yield from permutations(items)
    else:
        yield from (items, items[::-1])


def inputs(name: str, value: Any) -> Iterator[Any]:
    """Iterate over the inputs that a vector stands for: sets of operations in every order."""
    if name == "merge":
        for order in orders(value["operations"]):
            yield {**value, "operations": list(order)}
    elif name == "profile":
        yield from (list(order) for order in orders(value))
    else:
        yield value


def played(stage: SdkStage, name: str) -> None:
    """Ask for every vector of the file *name* and compare."""
    waiting: list[tuple[Mapping[str, Any], Any]] = []
    for vector in vectors(name):
        for value in inputs(name, vector["input"]):
            ticket = stage.adapter.post("vector", function=name, input=value)
            waiting.append((vector, ticket))
    for vector, ticket in waiting:
        found = ticket.result()["output"]
        same = json.dumps(vector["expect"], sort_keys=True) == json.dumps(found, sort_keys=True)
        if not (same or vector["expect"] == found):
            detail = f"{vector['id']}: {found!r} instead of {vector['expect']!r}"
            stage.check(good=False, detail=detail[:300], req=vector["requirement"])


@scenario(
    "vec.<name>",
    ["TM-BKT-01"],
    tier="gold",
    platforms=["server"],
    variants=[
        {
            "name": name,
            "req": sorted(vector_files()[name] | MORE.get(name, frozenset())),
            "needs": [f"vector:{name}"],
        }
        for name in FILES
    ],
)
def vector_file(stage: SdkStage, name: str) -> None:
    """Every vector of <name>.json gives what it says."""
    played(stage, name)


@scenario(
    "prf.list_is_bounded",
    ["TM-PRF-05"],
    needs=["vector:profile"],
    tier="gold",
    platforms=["server"],
)
def list_is_bounded(stage: SdkStage) -> None:
    """A profile's list keeps its last 255 items, in the order of their tags."""
    operations = [
        {"tag": {"ts": ts, "stream": "s", "seq": ts}, "ops": {"$append": {"list": ts}}}
        for ts in range(1, 301)
    ]
    stage.rng.shuffle(operations)
    reply = stage.adapter.ask("vector", function="profile", input=operations)
    stage.equal({"list": list(range(46, 301))}, reply["output"], "profile")
