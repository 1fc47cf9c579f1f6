"""How one scenario of a record is played again."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def replay_command(record: Mapping[str, Any], scenario: str, seed: int) -> str:
    """Return the command line that plays *scenario* of *record* again."""
    words = ["tallymark-conformance", "run"]
    if record["role"] == "sdk":
        words += ["--sdk", record["argument"]]
    else:
        words += ["--server", *filter(None, [record["argument"]])]
        if record["argument"]:
            words += ["--key", "tmk_…"]
    return shlex.join([*words, "--only", scenario, "--seed", str(seed), "--verbose"])
