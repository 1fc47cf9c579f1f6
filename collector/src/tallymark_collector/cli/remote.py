"""Questions to a running collector."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import requests

from tallymark_collector.cli.failure import FAILED, UNREACHABLE, Failure

if TYPE_CHECKING:
    from tallymark_collector.reports.result import Result

TIMEOUT_S = 60


def ask(url: str, key: str, report: str, question: dict[str, object]) -> Result:
    """Ask a collector a question and return the result."""
    address = f"{url.rstrip('/')}/v1/query/{report}"
    try:
        response = requests.post(
            address,
            json=question,
            headers={"Authorization": f"Bearer {key}"},
            timeout=TIMEOUT_S,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        raise Failure(
            f"no answer from {url}: {_reason(error)}",
            "Is the collector running there? `tallymark serve` starts one.",
            code="unreachable",
            exit_code=UNREACHABLE,
        ) from error
    body = _document(response, url)
    if response.status_code == requests.codes.ok:
        return body
    raise Failure(
        str(body.get("detail") or body.get("title") or f"status {response.status_code}"),
        _advice(response.status_code),
        code=str(body.get("code", "failed")),
        path=body.get("path"),
        exit_code=FAILED,
    )


def _document(response: requests.Response, url: str) -> dict[str, Any]:
    """Return the JSON object of an answer; anything else did not come from a collector."""
    try:
        body = response.json()
    except requests.JSONDecodeError:
        body = None
    if not isinstance(body, dict):
        raise Failure(
            f"{url} answered with status {response.status_code}, but not as a collector does",
            "Check the address: it is where `tallymark serve` listens, without a path.",
            code="unreachable",
            exit_code=UNREACHABLE,
        )
    return body


def _advice(status: int) -> str:
    if status in (requests.codes.unauthorized, requests.codes.forbidden):
        return "Reports need a read key: `tallymark key create --kind read` makes one."
    return ""


def _reason(error: requests.RequestException) -> str:
    """Return the last words of an error: the library's own are a chain of addresses."""
    if isinstance(error, requests.Timeout):
        return f"nothing came within {TIMEOUT_S} s"
    if isinstance(error, requests.ConnectionError):
        return "the connection failed"
    return str(error)
