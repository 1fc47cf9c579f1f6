"""The command: write the vectors, or check that the committed ones are what it would write."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vectors import (
    bodies,
    hashes,
    identity,
    json_values,
    ledgers,
    profiles,
    retries,
    skew,
    verdicts,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

FOLDER = Path(__file__).resolve().parent.parent / "spec/vectors"
FILES: Mapping[str, Callable[[], Iterable[dict[str, Any]]]] = {
    "bucket": hashes.buckets,
    "event_id": hashes.event_ids,
    "device_stream": hashes.device_streams,
    "sampling": hashes.sampling,
    "skew": skew.skews,
    "merge": identity.merges,
    "profile": profiles.profiles,
    "ledger": ledgers.ledgers,
    "validate": verdicts.verdicts,
    "values": json_values.values,
    "retry": retries.retries,
    "compress": bodies.bodies,
}


def text(name: str) -> str:
    """Return a file's content: a JSON array with one vector a line."""
    lines = [
        json.dumps({"id": f"{name}-{n:04}", **vector}) for n, vector in enumerate(FILES[name](), 1)
    ]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def main() -> int:
    """Run the command and return its exit code."""
    check = "--check" in sys.argv[1:]
    stale = 0
    for name in FILES:
        path = FOLDER / f"{name}.json"
        if not path.exists() or path.read_text() != text(name):
            stale += 1
            sys.stdout.write(f"{path.name}\n")
            if not check:
                path.write_text(text(name))
    return 1 if stale and check else 0


if __name__ == "__main__":
    sys.exit(main())
