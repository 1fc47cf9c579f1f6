"""The boundary: every error is an answer, and none tells what a person sent."""

from __future__ import annotations

import io
import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
from tallymark_collector import observe
from tallymark_collector.store.log import StoreBusy, StoreFull
from tallymark_collector.web.routes import Route

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.requests import Request
    from starlette.responses import Response

    from conftest import Running


class Failing:
    """A route that raises what it is told to."""

    def __init__(self, error: Exception) -> None:
        """Raise *error* on every request."""
        self._error = error

    async def __call__(self, _request: Request) -> Response:
        """Raise."""
        raise self._error


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Collect log lines."""
    stream = io.StringIO()
    observe.set_up("json", "info", stream)
    yield stream
    for name in ("tallymark_collector", "uvicorn.error", "asyncio"):
        logging.getLogger(name).handlers.clear()


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (StoreFull("disk"), 503, "disk_full"),
        (StoreBusy("lock"), 503, "store_busy"),
        (RuntimeError("ada@example.com"), 500, "internal"),
    ],
)
def test_errors_become_problems(
    start_with: Callable[..., Running], lines: io.StringIO, error: Exception, status: int, code: str
) -> None:
    """Stores that cannot write are 503 with a wait; the rest is 500 without the error's text."""
    collector = start_with(Route("GET", "/fail", Failing(error), "public"))

    answer = collector.ask("GET", "/fail")

    assert (status, code) == (answer.status, answer.json["code"])
    assert ("retry-after" in answer.headers) == (status == 503)
    assert b"ada@" not in answer.body
    assert "ada@" not in lines.getvalue()
    if status == 500:
        logged = json.loads(lines.getvalue().splitlines()[0])
        assert logged["request_id"] == answer.headers["tallymark-request-id"]
        assert logged["error"] == "RuntimeError"


def test_access_lines_hold_neither_keys_nor_properties(
    start: Callable[..., Running], lines: io.StringIO, eventually: Callable[..., None]
) -> None:
    """The path is told, the query string never (WEB-06)."""
    collector = start(access_log=True)
    collector.ask("GET", f"/v1/e?k={collector.key}&e=a&p.mail=ada@example.com", key=None)

    eventually(lambda: "request" in lines.getvalue(), expected=True)
    line = json.loads(lines.getvalue().splitlines()[-1])
    assert ("GET", "/v1/e", 204) == (line["method"], line["path"], line["status"])
    for secret in (collector.key, "ada", "127.0.0.1"):
        assert secret not in lines.getvalue()


@pytest.fixture
def start_with(start: Callable[..., Running]) -> Callable[..., Running]:
    """Start a collector with one more route."""
    return lambda route: start(more_routes=[route])


def test_a_planted_canary_never_reaches_the_log(
    start: Callable[..., Running],
    lines: io.StringIO,
    batch: Callable[..., dict[str, Any]],
) -> None:
    """Names, values, keys and addresses of bad and good requests stay out of every line."""
    collector = start(access_log=True, log_level="debug")
    canary = "canary-7f3a"
    bad = batch(2)
    bad["events"][0] = {"e": "a" * 300 + canary, "p": {canary: canary}}
    collector.ask("POST", "/v1/batch", bad)
    collector.ask("POST", "/v1/batch", f'{{"{canary}'.encode())
    collector.ask("POST", "/v1/batch", bad, {"X-Forwarded-For": canary}, key=f"tmk_{canary}")

    assert canary not in lines.getvalue()
    assert collector.application.settings.host not in lines.getvalue()
