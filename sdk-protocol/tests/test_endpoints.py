from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from tallymark_collector import app
from tallymark_collector.settings import Settings
from tallymark_collector.web import cors

from generate.source import read
from tallymark_protocol import validate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Running
    from tallymark_collector.web.routes import Route

SPEC = Path(__file__).resolve().parent.parent / "spec"
ENDPOINTS = yaml.safe_load((SPEC / "registry/endpoints.yaml").read_text())
HEADERS = yaml.safe_load((SPEC / "registry/headers.yaml").read_text())
OPENAPI = json.loads((SPEC / "openapi.json").read_text())
KEYS = {"write": "write", "import": "secret", "public": "none"}
STREAM = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
BUILT = [endpoint for endpoint in ENDPOINTS if endpoint["profile"] in ("core", "control")]
ABSENT = [endpoint for endpoint in ENDPOINTS if endpoint not in BUILT]


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Route, ...]]:
    """Return the collector's routes for producers: those that ask no permission to read.

    Probes of the process and the files of the dashboard are no part of the protocol.
    """
    application = app.build(Settings(data=tmp_path_factory.mktemp("collector")))
    application.start()
    yield tuple(
        route
        for route in application.routes
        if route.permission != "read" and route.path.startswith(("/v1/", "/problems/"))
    )
    application.stop(5)


def test_the_collector_has_these_endpoints_and_no_others(routes: tuple[Route, ...]) -> None:
    """Each route for producers is in the registry, and each endpoint of it is a route (EPT)."""
    registered = {(endpoint["method"], endpoint["path"]) for endpoint in ENDPOINTS}
    assert {(route.method, route.path) for route in routes} == registered


def test_the_openapi_document_has_them_too(routes: tuple[Route, ...]) -> None:
    """A route is never missing from the document, nor the reverse."""
    documented = {
        (method.upper(), path)
        for path, operations in OPENAPI["paths"].items()
        for method in operations
    }
    assert {(route.method, route.path) for route in routes} == documented


@pytest.mark.parametrize("endpoint", BUILT, ids=lambda e: f"{e['method']} {e['path']}")
def test_keys_are_asked_for_as_registered(
    routes: tuple[Route, ...], endpoint: dict[str, Any]
) -> None:
    """The kind of key, and whether it may stand in `k`, are those of the registry (AUTH-01)."""
    (route,) = [
        route
        for route in routes
        if (route.method, route.path) == (endpoint["method"], endpoint["path"])
    ]
    assert route.permission is not None
    assert (endpoint["key"], endpoint["k"]) == (KEYS[route.permission], route.query_key)


@pytest.mark.parametrize("endpoint", ABSENT, ids=lambda e: f"{e['method']} {e['path']}")
def test_what_is_not_built_says_so(collector: Running, endpoint: dict[str, Any]) -> None:
    """An endpoint of an absent profile answers 501 and names the profile (EPT-10)."""
    status, _, body = collector.ask(endpoint["method"], endpoint["path"].replace("{name}", "x"))
    problem = json.loads(body)
    assert (501, "not_implemented") == (status, problem["code"])
    assert endpoint["profile"] in problem["detail"]
    assert validate.validate_problem(problem) is None


def test_pages_on_other_origins_may_send_and_read_the_registered_headers() -> None:
    """What CORS exposes and allows is what the registry says (HDR-02)."""
    exposed = {line["header"] for line in HEADERS if line["exposed"]}
    assert exposed == set(cors.EXPOSED.split(", "))
    fixed = {"Sec-GPC", "Origin"}  # a browser sets them itself, no page may
    asked = {line["header"] for line in HEADERS if line["direction"] == "request"} - fixed
    assert asked == set(cors.ALLOWED.split(", "))


REQUESTS: tuple[tuple[str, str, dict[str, Any] | None], ...] = (
    ("POST", "/v1/batch", {"v": 1, "stream": STREAM, "seq": 1, "hwm": 1, "t0": 0, "events": [{}]}),
    ("POST", "/v1/b", {"v": 1, "t0": 0, "events": [{"e": "x", "id": "a1b2c3d4"}]}),
    ("POST", "/v1/validate", {"v": 1, "t0": 0, "events": [{"e": "x", "id": "a1b2c3d5"}]}),
    ("POST", "/v1/e", {"e": "x", "d": "dev-1", "n": 1}),
    ("POST", "/v1/e", {"e": "x", "d": "dev-1", "n": 2, "u": "null"}),
    ("POST", "/v1/batch", {"v": 2}),
    ("POST", "/v1/import", {"v": 1, "t0": 0, "events": []}),
    ("GET", "/v1/e?e=x&d=dev-1&n=3", None),
    ("GET", "/v1/e.gif?e=x", None),
    ("GET", f"/v1/streams/{STREAM}", None),
    ("GET", "/v1/streams/none", None),
    ("GET", "/v1/config", None),
    ("GET", "/v1/spec", None),
    ("GET", "/v1/health", None),
    ("GET", "/problems/malformed", None),
    ("GET", "/problems/none", None),
)


@pytest.mark.parametrize(("method", "path", "body"), REQUESTS)
def test_answers_fit_the_document(
    collector: Running, method: str, path: str, body: dict[str, Any] | None
) -> None:
    """Status, media type, headers and body of real answers are those the document promises."""
    text = None if body is None else json.dumps(body).encode()
    status, headers, answer = collector.ask(method, path, text, Content_Type="application/json")
    response = _response(method, path.partition("?")[0], status)
    assert [] == [name for name in response.get("headers", {}) if name.lower() not in headers]
    content = response.get("content", {})
    assert bool(content) == bool(answer)
    if content:
        media = headers["content-type"]
        assert media in content
        if "schema" in content[media]:
            schema = content[media]["schema"] | {"components": OPENAPI["components"]}
            Draft202012Validator(schema).validate(json.loads(answer))


def _response(method: str, path: str, status: int) -> dict[str, Any]:
    """Return what the document says of an answer."""
    operations = next(
        operations
        for template, operations in OPENAPI["paths"].items()
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path)
    )
    response: dict[str, Any] = operations[method.lower()]["responses"][str(status)]
    if "$ref" in response:
        name = response["$ref"].rpartition("/")[2]
        found: dict[str, Any] = OPENAPI["components"]["responses"][name]
        return found
    return response


def test_the_registry_names_what_exists() -> None:
    """Types, rules and headers an endpoint names are those of the spec; its rule names the path."""
    source = read(SPEC)
    rules = {rule["id"]: rule for rule in source.requirements["requirements"]}
    headers = {line["header"] for line in HEADERS}
    for endpoint in ENDPOINTS:
        assert endpoint["profile"] == rules[endpoint["rule"]]["profile"], endpoint["path"]
        assert {endpoint.get("body"), endpoint.get("answer")} <= {
            *source.types,
            *(None, "query", "image/gif"),
        }
        assert set(endpoint["reads"]) <= headers
        assert endpoint["path"].replace("{code}", "<code>") in rules[endpoint["rule"]]["text"]
    assert {line["rule"] for line in HEADERS} <= set(rules)
