"""The soak: `python -m fuzz --count N --seed S`, in blocks so that memory stays small."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from fuzz import compare, node, oracle
from generate.source import read

SPEC = Path(__file__).resolve().parent.parent / "spec"
BLOCK = 20_000


def main() -> int:
    """Fuzz, print what disagrees, return 1 when anything did."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    oracles = oracle.oracles(read(SPEC))
    found = 0
    with tempfile.TemporaryDirectory() as folder:
        module = node.build(Path(folder))
        for n, start in enumerate(range(0, arguments.count, BLOCK)):
            count = min(BLOCK, arguments.count - start)
            seed = arguments.seed * 1_000_003 + n
            for case in compare.disagreements(oracles, module, count=count, seed=seed):
                found += 1
                sys.stdout.write(json.dumps(case)[:2000] + "\n")
    sys.stdout.write(f"{arguments.count} cases, {found} disagreements\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
