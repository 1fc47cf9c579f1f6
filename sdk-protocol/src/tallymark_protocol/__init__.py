"""The Tallymark wire protocol TMP/1: what both ends share, without dependencies and without I/O.

Its modules are loaded when first asked for: an application that only sends events does not pay
for identity, profiles and the validators when it starts.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tallymark_protocol import (
        ack,
        bucket,
        canonical,
        clock,
        event_id,
        ledger,
        merge,
        profile,
        ranges,
        retry,
        validate,
    )
    from tallymark_protocol._generated import codes, control, limits
    from tallymark_protocol._generated.document import FEATURES, SPEC_SHA256, SPEC_VERSION
    from tallymark_protocol.checks import Issue
    from tallymark_protocol.ranges import Ranges
    from tallymark_protocol.spec import spec_document

__all__ = [
    "FEATURES",
    "SPEC_SHA256",
    "SPEC_VERSION",
    "Issue",
    "Ranges",
    "ack",
    "bucket",
    "canonical",
    "clock",
    "codes",
    "control",
    "event_id",
    "ledger",
    "limits",
    "merge",
    "profile",
    "ranges",
    "retry",
    "spec_document",
    "validate",
]

_TABLES = {name: f"_generated.{name}" for name in ("codes", "control", "limits")}
_NAMES = {
    "FEATURES": "_generated.document",
    "SPEC_SHA256": "_generated.document",
    "SPEC_VERSION": "_generated.document",
    "Issue": "checks",
    "Ranges": "ranges",
    "spec_document": "spec",
}


if not TYPE_CHECKING:  # a checker is to complain about names that do not exist

    def __getattr__(name: str) -> object:
        """Load the module a public name belongs to (PEP 562)."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        home = _NAMES.get(name)
        module = import_module(f"{__name__}.{home or _TABLES.get(name, name)}")
        found: object = getattr(module, name) if home else module
        globals()[name] = found
        return found
