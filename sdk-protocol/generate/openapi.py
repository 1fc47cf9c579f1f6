"""Write OpenAPI 3.1: the endpoints of TMP/1 and every type."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from generate.source import Source

BATCH = ("envelope", "answer", "200")
ENDPOINTS: tuple[tuple[str, str, str, str | None, str, str], ...] = (
    ("post", "/v1/batch", "TM-EPT-01", *BATCH),
    ("post", "/v1/b", "TM-EPT-02", *BATCH),
    ("post", "/v1/e", "TM-EPT-03", "flat", "", "204"),
    ("get", "/v1/e", "TM-EPT-04", None, "", "204"),
    ("get", "/v1/e.gif", "TM-EPT-04", None, "", "200"),
    ("get", "/v1/streams/{stream}", "TM-EPT-05", None, "stream_state", "200"),
    ("post", "/v1/import", "TM-EPT-06", *BATCH),
    ("post", "/v1/validate", "TM-EPT-07", *BATCH),
    ("get", "/v1/config", "TM-EPT-08", None, "config", "200"),
    ("get", "/v1/spec", "TM-EPT-09", None, "spec", "200"),
    ("get", "/v1/health", "TM-EPT-09", None, "", "200"),
)
OPEN = ("/v1/spec", "/v1/health")


def document(source: Source) -> str:
    """Return the document as JSON."""
    texts = {rule["id"]: rule["text"] for rule in source.requirements["requirements"]}
    paths: dict[str, dict[str, Any]] = {}
    for method, path, rule, body, answer, status in ENDPOINTS:
        paths.setdefault(path, {})[method] = {
            "operationId": f"{method}_{path[4:].translate(str.maketrans('/.{', '___', '}'))}",
            "summary": texts[rule],
            "security": [] if path in OPEN else [{"key": []}, {"k": []}],
            **_parameters(path),
            **({"requestBody": {"required": True, "content": _content(body)}} if body else {}),
            "responses": {
                status: {"description": rule, **({"content": _content(answer)} if answer else {})},
                "default": {
                    "description": "TM-ERR-01",
                    "content": _content("problem", "application/problem+json"),
                },
            },
        }
    schemes = {
        "key": {"type": "http", "scheme": "bearer"},
        "k": {"type": "apiKey", "in": "query", "name": "k"},
    }
    schemas = json.loads(json.dumps(source.schema()["$defs"]).replace("#/$defs/", _SCHEMAS))
    return (
        json.dumps(
            {
                "openapi": "3.1.0",
                "info": {"title": "TMP/1", "version": source.requirements["version"]},
                "paths": paths,
                "components": {"securitySchemes": schemes, "schemas": schemas},
            },
            indent=1,
        )
        + "\n"
    )


_SCHEMAS = "#/components/schemas/"


def _content(name: str, media: str = "application/json") -> dict[str, Any]:
    return {media: {"schema": {"$ref": f"{_SCHEMAS}{name}"}}}


def _parameters(path: str) -> dict[str, Any]:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    schema = {"$ref": f"{_SCHEMAS}stream"}
    found = [{"name": name, "in": "path", "required": True, "schema": schema} for name in names]
    return {"parameters": found} if found else {}
