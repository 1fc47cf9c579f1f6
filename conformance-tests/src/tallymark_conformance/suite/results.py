"""All outcomes of one run, and what was run: the JSON file that every report is made from."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from tallymark_conformance.suite.levels import level_of
from tallymark_protocol import SPEC_SHA256, SPEC_VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tallymark_conformance.stage.server import Target
    from tallymark_conformance.suite.declaration import Declaration
    from tallymark_conformance.suite.outcome import Outcome
    from tallymark_conformance.tmc.adapter import Hello


@dataclass(frozen=True, slots=True)
class Results:
    """The record of one run: who was tested, by which suite and spec, and every outcome.

    *argument* is what `run` was told after `--sdk` or `--server`, so that it can be told again.
    """

    role: str
    name: str
    version: str
    language: str
    platform: str
    claimed: str
    argument: str
    command_sha256: str
    seed: int
    outcomes: Sequence[Outcome]

    @classmethod
    def of_sdk(
        cls, declaration: Declaration, hello: Hello, outcomes: Sequence[Outcome], seed: int
    ) -> Results:
        """Return the record of a run with an SDK."""
        return cls(
            "sdk",
            declaration.name,
            hello.version,
            hello.language,
            hello.platform,
            declaration.level,
            declaration.argument,
            declaration.sha256,
            seed,
            outcomes,
        )

    @classmethod
    def of_server(cls, target: Target, outcomes: Sequence[Outcome], seed: int) -> Results:
        """Return the record of a run against a server."""
        argument = "" if target.collector is not None else target.url
        return cls("server", "server", "", "", "server", "", argument, "", seed, outcomes)

    def counts(self) -> dict[str, int]:
        """Return how many outcomes have each status."""
        return dict(Counter(outcome.status for outcome in self.outcomes).most_common())

    def as_json(self) -> dict[str, Any]:
        """Return the record as a JSON object."""
        standing = level_of(self.outcomes, self.platform) if self.role == "sdk" else None
        return {
            "format": "tallymark-conformance/1",
            "suite": version("tallymark-conformance"),
            "spec": {"version": SPEC_VERSION, "sha256": SPEC_SHA256},
            "role": self.role,
            "name": self.name,
            "version": self.version,
            "language": self.language,
            "platform": self.platform,
            "claimed": self.claimed,
            "argument": self.argument,
            "command_sha256": self.command_sha256,
            "seed": self.seed,
            "counts": self.counts(),
            "level": None if standing is None else standing.as_json(),
            "outcomes": [outcome.as_json() for outcome in self.outcomes],
        }


def write_results(path: Path, results: Results) -> None:
    """Write the record to *path*."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results.as_json(), indent=1) + "\n", encoding="utf-8")


def read_results(path: Path) -> Mapping[str, Any]:
    """Return the record that was written to *path*."""
    value: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return value
