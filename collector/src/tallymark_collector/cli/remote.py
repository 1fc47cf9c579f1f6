"""Questions to a collector, and its refusals in words a person can act on."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import orjson

from tallymark_collector.cli.failure import UNREACHABLE, WRONG_USE, Failure, exit_code_of
from tallymark_collector.connect.collectors import Collector, HttpCollector, Reply, Unreached

if TYPE_CHECKING:
    from tallymark_collector.reports.result import Result

_OK = 200
_KEY_STATUS = (401, 403)


def reading_key(url: str, key: str | None) -> str:
    """Return the key to read with, or fail saying where one comes from."""
    if not key:
        raise Failure(
            f"{url} needs a key",
            "Give --key or TALLYMARK_READ_KEY; `tallymark key create --kind read` makes one.",
            code="key_missing",
            exit_code=WRONG_USE,
        )
    return key


def ask(url: str, key: str, report: str, question: dict[str, object]) -> Result:
    """Ask the collector at an address a question and return the result."""
    with closing(HttpCollector(url, key)) as collector:
        return answer_of(collector, report, question)


def answer_of(collector: Collector, report: str, question: dict[str, object]) -> Result:
    """Ask a collector a question and return the result."""
    headers = {"Content-Type": "application/json"}
    reply = asked(collector, "POST", f"/v1/query/{report}", orjson.dumps(question), headers)
    return _document(reply, collector)


def asked(
    collector: Collector,
    method: str,
    path: str,
    body: bytes = b"",
    headers: dict[str, str] | None = None,
) -> Reply:
    """Return a collector's answer of status 200; fail with its own reason for any other."""
    try:
        reply = collector.request(method, path, body, headers)
    except Unreached as error:
        raise Failure(
            f"no answer from {collector.name}: {error}",
            "Is the collector running there? `tallymark serve` starts one.",
            code="unreachable",
            exit_code=UNREACHABLE,
        ) from error
    if reply.status == _OK:
        return reply
    problem = _document(reply, collector)
    code = str(problem.get("code", "failed"))
    raise Failure(
        str(problem.get("detail") or problem.get("title") or f"status {reply.status}"),
        _advice(reply.status),
        code=code,
        path=problem.get("path"),
        exit_code=exit_code_of(code),
    )


def _document(reply: Reply, collector: Collector) -> dict[str, Any]:
    """Return the JSON object of an answer; anything else did not come from a collector."""
    try:
        body = orjson.loads(reply.content)
    except orjson.JSONDecodeError:
        body = None
    if not isinstance(body, dict):
        raise no_collector(reply, collector)
    return body


def no_collector(reply: Reply, collector: Collector) -> Failure:
    """Return the failure of having asked something that is no collector."""
    return Failure(
        f"{collector.name} answered with status {reply.status}, but not as a collector does",
        "Check the address: it is where `tallymark serve` listens, without a path.",
        code="unreachable",
        exit_code=UNREACHABLE,
    )


def _advice(status: int) -> str:
    if status in _KEY_STATUS:
        return "Reports need a read key: `tallymark key create --kind read` makes one."
    return ""
