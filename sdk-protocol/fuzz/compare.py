"""Judge cases three times and tell where the judgements differ."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from fuzz import node
from tallymark_protocol import validate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tallymark_protocol import Issue

PYTHON: Mapping[str, Callable[[object], Issue | None]] = {
    "event": validate.validate_event,
    "flat": validate.validate_flat,
    "context": validate.validate_context,
    "envelope": validate.validate_envelope,
    "answer": validate.validate_answer,
    "stream_state": validate.validate_stream_state,
    "problem": validate.validate_problem,
    "config": validate.validate_config,
    "spec": validate.validate_spec,
}


def disagreements(
    oracles: Mapping[str, Callable[[object], bool]],
    module: Path,
    cases: Sequence[tuple[str, str]],
    *,
    python: Mapping[str, Callable[[object], Issue | None]] = PYTHON,
) -> Iterator[dict[str, Any]]:
    """Yield the cases (a type and a JSON text) on which schema, Python and TypeScript disagree.

    The schema says whether a value is accepted; the two validators must also agree on code, path
    and limit.
    """
    for (kind, text), found in zip(cases, node.issues(module, cases), strict=True):
        value = json.loads(text)
        issue = python[kind](value)
        own = asdict(issue) if issue else None
        accepted = oracles[kind](value)
        if own != found or accepted is not (own is None):
            yield {"type": kind, "text": text, "schema": accepted, "python": own, "js": found}
