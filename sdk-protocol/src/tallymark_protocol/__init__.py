"""The Tallymark wire protocol TMP/1: what both ends share, without dependencies and without I/O."""

from __future__ import annotations

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
from tallymark_protocol._generated import codes, limits
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
