"""The always-on oracles of a server: what must hold of each of its answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from tallymark_conformance.stage.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tallymark_conformance.stage.server import ServerStage

FIELDS: Final = ("type", "title", "status", "code", "retryable", "detail")
WAITS: Final = (429, 503)
FIRST_ERROR: Final = 400


def judge_server(stage: ServerStage) -> Iterator[Finding]:
    """Find answers without a request id, errors that are no problem, waits without a time."""
    for entry in stage.wire:
        status, headers = entry["status"], entry["answer_headers"]
        where = f"{entry['method']} {entry['target']} answered {status}"
        if "tallymark-request-id" not in headers:
            yield Finding("TM-ERR-02", f"{where} without Tallymark-Request-Id")
        if status in WAITS and "retry-after" not in headers:
            yield Finding("TM-ERR-03", f"{where} without Retry-After")
        if status >= FIRST_ERROR:
            yield from _problem(entry["answer"], headers, where, status)


def _problem(text: str, headers: dict[str, str], where: str, status: int) -> Iterator[Finding]:
    if not headers.get("content-type", "").startswith("application/problem+json"):
        yield Finding("TM-ERR-01", f"{where} as {headers.get('content-type')!r}")
        return
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    missing = [name for name in FIELDS if not isinstance(value, dict) or name not in value]
    if missing:
        yield Finding("TM-ERR-01", f"{where} without {', '.join(missing)}")
    elif value["status"] != status:
        yield Finding("TM-ERR-01", f"{where}, but its body says {value['status']}")
