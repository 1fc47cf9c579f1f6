"""The soak: `python -m fuzz --count N --seed S`, in blocks so that memory stays small."""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from fuzz import compare, mutate, node, oracle
from fuzz.edges import edges
from generate.source import Source, read

if TYPE_CHECKING:
    from collections.abc import Iterator

SPEC = Path(__file__).resolve().parent.parent / "spec"
BLOCK = 20_000


def blocks(source: Source, count: int, seed: int) -> Iterator[list[tuple[str, str]]]:
    """Yield the edges of the schema, then *count* mutated cases."""
    yield list(edges(source))
    for n, start in enumerate(range(0, count, BLOCK)):
        draw = random.Random(seed * 1_000_003 + n)
        yield [mutate.case(draw) for _ in range(min(BLOCK, count - start))]


def main() -> int:
    """Fuzz, print what disagrees, return 1 when anything did."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument(
        "--count", type=int, default=100_000, help="mutated cases besides the edges"
    )
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    source = read(SPEC)
    oracles = oracle.oracles(source)
    started, cases, found = time.monotonic(), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        module = node.build(Path(folder))
        for block in blocks(source, arguments.count, arguments.seed):
            cases += len(block)
            for case in compare.disagreements(oracles, module, block):
                found += 1
                print(json.dumps(case)[:2000], flush=True)
    seconds = time.monotonic() - started
    print(f"seed {arguments.seed}: {cases} cases, {found} disagreements, {seconds:.0f} s")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
