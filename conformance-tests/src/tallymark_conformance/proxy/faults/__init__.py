"""The faults by name. A new one is a small class with `apply` and a line in this table."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from tallymark_conformance.errors import ScriptError
from tallymark_conformance.proxy.faults import (
    answers,
    broken,
    delivery,
    limits,
    timing,
    transport,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tallymark_conformance.proxy.exchange import Fault

FAULTS: Final[Mapping[str, type[Any]]] = {
    "pass": answers.Pass,
    "status": answers.Status,
    "html200": answers.Html200,
    "redirect": answers.Redirect,
    "empty200": answers.Empty200,
    "wrong_json": answers.WrongJson,
    "ack_other_stream": answers.AckOtherStream,
    "partial": answers.Partial,
    "retry_after": answers.RetryAfter,
    "false_ack": answers.FalseAck,
    "amend": answers.Amend,
    "fin_mid_body": broken.FinMidBody,
    "truncate": broken.Truncate,
    "bad_length": broken.BadLength,
    "bad_chunk": broken.BadChunk,
    "gzip_garbage": broken.GzipGarbage,
    "huge_body": broken.HugeBody,
    "gzip_bomb": broken.GzipBomb,
    "http10": broken.Http10,
    "clock": broken.Clock,
    "rst_before": transport.RstBefore,
    "rst_after": transport.RstAfter,
    "refuse": transport.Refuse,
    "blackhole": transport.Blackhole,
    "stall": timing.Stall,
    "drip": timing.Drip,
    "slow_upload": timing.SlowUpload,
    "duplicate": delivery.Duplicate,
    "reorder": delivery.Reorder,
    "replay_later": delivery.ReplayLater,
    "close_after": delivery.CloseAfter,
    "limit413": limits.Limit413,
    "poison400": limits.Poison400,
}

PASS: Final[Fault] = answers.Pass()


def make_fault(do: object) -> tuple[str, Fault]:
    """Return the name and the fault a script means: `html200` or `{status: {code: 503}}`."""
    name: object
    arguments: object
    if isinstance(do, str):
        name, arguments = do, {}
    elif isinstance(do, dict) and len(do) == 1:
        name, arguments = next(iter(do.items()))
    else:
        raise ScriptError(f"a fault is a name or one name with arguments, not {do!r}")
    kind = FAULTS.get(name) if isinstance(name, str) else None
    if kind is None or not isinstance(name, str):
        raise ScriptError(f"no fault {name!r}; there are: {', '.join(FAULTS)}")
    known = [field.name for field in fields(kind)]
    if not isinstance(arguments, dict) or not set(arguments) <= set(known):
        raise ScriptError(f"fault {name!r} takes {known or 'nothing'}, not {arguments!r}")
    fault: Fault = kind(**arguments)
    return name, fault
