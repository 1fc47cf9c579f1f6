"""Verdicts on what comes over the wire: generated from the schema, plus what a schema cannot say.

The functions take decoded JSON and return the first issue in a fixed order (fields as the spec
lists them, free keys in the order of RFC 8785), or None. They never raise on anything a JSON
decoder can return. Sizes in bytes of whole events and contexts are the caller's to check: it has
the bytes (TM-EVT-12, TM-CTX-01).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tallymark_protocol._generated.validators import (
    validate_answer,
    validate_config,
    validate_context,
    validate_envelope,
    validate_event,
    validate_flat,
    validate_problem,
    validate_spec,
    validate_stream_state,
)
from tallymark_protocol.checks import Issue

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "REQUIREMENTS",
    "Issue",
    "integer",
    "validate_answer",
    "validate_config",
    "validate_context",
    "validate_envelope",
    "validate_event",
    "validate_flat",
    "validate_problem",
    "validate_spec",
    "validate_stream_state",
    "validate_subject",
]

REQUIREMENTS: Final = (
    *(f"TM-VAL-{n:02}" for n in range(1, 10)),
    *(f"TM-ENV-{n:02}" for n in range(1, 13)),
    *(f"TM-EVT-{n:02}" for n in range(1, 13)),
)
"""Ids of the rules these functions decide."""

_NO_CONTEXT: Final[Mapping[str, object]] = {}


def validate_subject(
    event: Mapping[str, object], context: Mapping[str, object] | None
) -> Issue | None:
    """Return the issue of a profile operation that names nobody (TM-KND-04).

    *event* has passed `validate_event`; *context* is its effective context.
    """
    known = context or _NO_CONTEXT
    if event.get("k") != "profile":
        return None
    named = (event.get("u"), event.get("d"), known.get("user_id"), known.get("device_id"))
    return None if any(name is not None for name in named) else Issue("bad_id", "u")


def integer(value: object, default: int | None = None) -> int | None:
    """Return a valid integer field as int: 1.0 is 1, null is *default* (TM-VAL-02)."""
    return int(value) if isinstance(value, (int, float)) else default
