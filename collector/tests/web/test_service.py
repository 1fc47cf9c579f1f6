"""What the collector says about itself, what is not built, and what pages elsewhere may read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tallymark_collector.problem import Problem
from tallymark_collector.server.run import url_of
from tallymark_protocol import SPEC_SHA256, codes, limits
from tallymark_protocol.validate import validate_config, validate_problem, validate_spec

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Running

EXPOSED = "Tallymark-Ack, Retry-After, Tallymark-Request-Id, Date"


@pytest.mark.parametrize("path", ["/v1/health", "/healthz"])
def test_health_needs_no_key(collector: Running, path: str) -> None:
    """While the process lives it says so (EPT-09)."""
    assert collector.ask("GET", path, key=None).json == {"status": "ok"}


def test_readiness_tells_what_was_counted(
    collector: Running, batch: Callable[..., dict[str, Any]]
) -> None:
    """200 and counters while ready, 503 with the reason otherwise."""
    collector.ask("POST", "/v1/batch", batch(3))
    ready = collector.ask("GET", "/readyz", key=None)
    collector.application.writer.stop(5)
    stopped = collector.ask("GET", "/readyz", key=None)

    assert (200, 3) == (ready.status, ready.json["counters"]["events_stored"])
    assert (503, "not_ready", "not ready: stopping") == (
        stopped.status,
        stopped.json["code"],
        stopped.json["detail"],
    )
    assert "retry-after" in stopped.headers


def test_the_running_spec_is_published_with_this_servers_limits(
    start: Callable[..., Running],
) -> None:
    """Version, hash, codes and the raised limits (EPT-09, ENV-12, VER-04)."""
    spec = start(max_body=2_000_000).ask("GET", "/v1/spec", key=None).json

    assert validate_spec(spec) is None
    assert (SPEC_SHA256, 2_000_000, limits.MAX_EVENTS) == (
        spec["sha256"],
        spec["limits"]["MAX_BODY"],
        spec["limits"]["MAX_EVENTS"],
    )


def test_the_control_block_is_named_by_its_etag(collector: Running) -> None:
    """304 to who has it, by header or by query (EPT-08)."""
    first = collector.ask("GET", f"/v1/config?k={collector.key}", key=None)
    etag = first.json["control"]["etag"]

    assert validate_config(first.json) is None
    assert first.headers["etag"] == f'"{etag}"'
    for headers, query in (({"If-None-Match": f'W/"{etag}"'}, ""), ({}, f"?etag={etag}")):
        again = collector.ask("GET", f"/v1/config{query}", b"", headers)
        assert (304, b"") == (again.status, again.body)
    assert collector.ask("GET", "/v1/config?etag=old").status == 200


@pytest.mark.parametrize(
    ("method", "path", "profile"),
    [
        ("POST", "/v1/flags", "flags"),
        ("GET", "/v1/flags/definitions", "flags"),
        ("PUT", "/v1/tables/prices", "tables"),
        ("GET", "/v1/keys", "receipt"),
    ],
)
def test_profiles_that_are_not_built_say_so(
    collector: Running, method: str, path: str, profile: str
) -> None:
    """501 names the profile (EPT-10)."""
    answer = collector.ask(method, path)

    assert (501, "not_implemented") == (answer.status, answer.json["code"])
    assert f"`{profile}`" in answer.json["detail"]


def test_the_type_of_every_problem_resolves(collector: Running) -> None:
    """A problem's type is a path of this server that explains it."""
    explained = [
        collector.ask("GET", Problem(code).document()["type"], key=None).json["code"]  # type: ignore[arg-type]
        for code in codes.PROBLEMS
    ]

    assert explained == list(codes.PROBLEMS)


def test_unknown_paths_and_methods_are_problems(collector: Running) -> None:
    """404, and 405 with the methods there are (EPT-11)."""
    missing = collector.ask("GET", "/v1/nothing")
    wrong = collector.ask("DELETE", "/v1/e")

    assert (404, "not_found") == (missing.status, missing.json["code"])
    assert (405, "method_not_allowed", "GET, OPTIONS, POST") == (
        wrong.status,
        wrong.json["code"],
        wrong.headers["allow"],
    )
    for answer in (missing, wrong):
        assert validate_problem(answer.json) is None
        assert answer.headers["content-type"] == "application/problem+json"


def test_head_is_answered_like_get_without_a_body(collector: Running) -> None:
    """Proxies may look without reading."""
    answer = collector.ask("HEAD", "/v1/spec", key=None)

    assert (200, b"") == (answer.status, answer.body)


def test_every_answer_of_ingestion_can_be_read_by_pages_elsewhere(
    collector: Running, batch: Callable[..., dict[str, Any]]
) -> None:
    """Good answers, errors and preflights carry the headers, without credentials (HDR-02)."""
    answers = [
        collector.ask("POST", "/v1/batch", batch(1)),
        collector.ask("POST", "/v1/batch", b"{"),
        collector.ask("POST", "/v1/batch", b"", key=None),
        collector.ask("GET", "/v1/nothing"),
        collector.ask("OPTIONS", "/v1/batch", key=None),
        collector.ask("POST", "/v1/batch", b"x" * 1_100_000),
    ]

    assert [200, 400, 401, 404, 204, 413] == [answer.status for answer in answers]
    for answer in answers:
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["access-control-expose-headers"] == EXPOSED
        assert "access-control-allow-credentials" not in answer.headers
    preflight = answers[4].headers
    assert "Tallymark-Sent-At" in preflight["access-control-allow-headers"]
    assert preflight["access-control-allow-methods"] == "OPTIONS, POST"


@pytest.mark.parametrize("path", ["/readyz", "/", "/v1/query/trends"])
def test_nothing_else_can_be_read_by_pages_elsewhere(collector: Running, path: str) -> None:
    """Only ingestion is open to other origins."""
    assert "access-control-allow-origin" not in collector.ask("GET", path).headers


def test_every_answer_has_a_request_id_of_its_own(collector: Running) -> None:
    """Also refusals of the server itself (ERR-02)."""
    ids = [
        collector.ask("GET", path, key=None).headers["tallymark-request-id"]
        for path in ("/", "/v1/nothing", "/v1/batch", "/healthz")
    ]
    with collector.connect() as client:
        client.sendall(b"garbage\r\n\r\n")
        assert b"tallymark-request-id: " in client.recv(4_096)

    assert len(set(ids)) == 4


def test_the_url_of_any_address_is_one_to_reach() -> None:
    """Listening everywhere is shown as this machine, IPv6 in brackets."""
    shown = [url_of(_Bound(host)) for host in ("0.0.0.0", "::", "::1", "10.0.0.1")]  # type: ignore[arg-type]

    assert shown == [
        "http://127.0.0.1:7",
        "http://[::1]:7",
        "http://[::1]:7",
        "http://10.0.0.1:7",
    ]


class _Bound:
    """What is asked of a bound socket."""

    def __init__(self, host: str) -> None:
        self._host = host

    def getsockname(self) -> tuple[str, int]:
        return self._host, 7
