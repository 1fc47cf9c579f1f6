"""Write OpenAPI 3.1: every endpoint of TMP/1, every type, every problem by its status."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from generate.source import Source

Node = dict[str, Any]
_SCHEMAS = "#/components/schemas/"
MEDIA = {
    "envelope": ("application/json", "text/plain", "application/x-ndjson"),
    "flat": ("application/json", "text/plain"),
}
KEYS = {
    "write": "a write key or a secret key",
    "secret": "a secret key",
    "none": "no key",
}
EVERYWHERE = (404, 405, 431, 500, 503)
WITH_KEY = (400, 401, 403, 429)
WITH_BODY = (402, 408, 413, 415)
FLAT_QUERY = {
    "e": "event_name",
    "d": "id",
    "u": "id",
    "s": "id",
    "id": "explicit_id",
    "stream": "stream",
    "n": "seq",
    "b": "count",
    "t": "integer",
    "dt": "integer",
}


def document(source: Source) -> str:
    """Return the document as JSON."""
    texts = {rule["id"]: rule["text"] for rule in source.requirements["requirements"]}
    paths: dict[str, Node] = {}
    for endpoint in source.registry["endpoints"]:
        operation = _operation(source, endpoint, texts[endpoint["rule"]])
        paths.setdefault(endpoint["path"], {})[endpoint["method"].lower()] = operation
    info = {
        "title": "TMP/1",
        "version": source.requirements["version"],
        "summary": "The Tallymark protocol: events that are stored once or counted as lost.",
        "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
    }
    whole = {
        "openapi": "3.1.0",
        "info": info,
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": _components(source),
    }
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def _operation(source: Source, endpoint: Node, rule: str) -> Node:
    built = endpoint["profile"] in source.requirements["features"]
    absent = "" if built else f" The profile {endpoint['profile']} is not built: 501."
    name = endpoint["path"].strip("/").translate(str.maketrans("/.{", "___", "}"))
    operation: Node = {
        "operationId": f"{endpoint['method'].lower()}_{name.removeprefix('v1_')}",
        "summary": endpoint["text"],
        "description": f"{endpoint['rule']}: {rule} Takes {KEYS[endpoint['key']]}.{absent}",
        "security": _security(endpoint),
    }
    parameters = [*_path_parameters(endpoint["path"]), *_parameters(source, endpoint)]
    if parameters:
        operation["parameters"] = parameters
    body = endpoint.get("body")
    if body in MEDIA:
        operation["requestBody"] = {"required": True, "content": _content(body, *MEDIA[body])}
    operation["responses"] = _responses(source, endpoint, built=built)
    return operation


def _security(endpoint: Node) -> list[Node]:
    if endpoint["key"] == "none":
        return []
    return [{"key": []}, *([{"k": []}] if endpoint["k"] else [])]


def _path_parameters(path: str) -> list[Node]:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    stream = {"$ref": f"{_SCHEMAS}stream"}
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": stream if name == "stream" else {"type": "string"},
        }
        for name in names
    ]


def _parameters(source: Source, endpoint: Node) -> list[Node]:
    """Return the headers an endpoint reads, their query forms, and the fields of a flat query."""
    found: list[Node] = []
    known = {line["header"]: line for line in source.registry["headers"]}
    for name in endpoint["reads"]:
        line = known[name]
        text = f"{line['rule']}: {line['text']}"
        schema = {"type": "string"}
        found.append({"name": name, "in": "header", "description": text, "schema": schema})
        if line["query"]:
            query = {"name": line["query"], "in": "query", "description": text, "schema": schema}
            found.append(query)
    if endpoint.get("body") == "query":
        found += [
            {"name": name, "in": "query", "schema": {"$ref": f"{_SCHEMAS}{kind}"}}
            for name, kind in FLAT_QUERY.items()
        ]
        text = "Properties by name: `p.<key>` is a number or string, `ps.<key>` a string."
        either = {"type": "object", "additionalProperties": {"type": ["string", "number"]}}
        free = {"name": "properties", "in": "query", "style": "form", "explode": True}
        found.append(free | {"description": f"TM-IOT-02: {text}", "schema": either})
    return found


def _responses(source: Source, endpoint: Node, *, built: bool) -> Node:
    if not built:
        return {"501": {"$ref": "#/components/responses/problem_501"}}
    responses: Node = {}
    success: Node = {"description": endpoint["text"], "headers": _headers(endpoint)}
    answer = endpoint.get("answer")
    if answer == "image/gif":
        success["content"] = {"image/gif": {}}
    elif answer and endpoint["status"] != 204:  # noqa: PLR2004 - the status without a body
        success["content"] = _content(answer, "application/json")
    responses[str(endpoint["status"])] = success
    if "Prefer" in endpoint["reads"]:
        text = "with `Prefer: return=representation`"
        full = {"description": text, "headers": _headers(endpoint)}
        responses["200"] = full | {"content": _content("answer", "application/json")}
    if "If-None-Match" in endpoint["reads"]:
        responses["304"] = {"description": "the client has this version"}
    known = {line["status"] for line in source.registry["codes"]["problems"]}
    for status in sorted(_statuses(endpoint) & known):
        responses[str(status)] = {"$ref": f"#/components/responses/problem_{status}"}
    responses["default"] = {"$ref": "#/components/responses/problem"}
    return responses


def _statuses(endpoint: Node) -> set[int]:
    statuses = set(EVERYWHERE)
    if endpoint["key"] != "none":
        statuses |= set(WITH_KEY)
    if endpoint.get("body") in MEDIA:
        statuses |= set(WITH_BODY)
    if endpoint.get("body") == "query":
        statuses.add(414)
    if "Prefer" in endpoint["reads"]:
        statuses.add(422)
    return statuses


def _headers(endpoint: Node) -> Node:
    names = ["Tallymark-Request-Id"]
    if endpoint.get("body") or endpoint.get("answer") == "stream_state":
        names.insert(0, "Tallymark-Ack")
    if "If-None-Match" in endpoint["reads"]:
        names.append("ETag")
    return {name: _header(name) for name in names}


def _header(name: str) -> Node:
    return {"$ref": f"#/components/headers/{name}"}


def _components(source: Source) -> Node:
    """Return keys, headers of answers, problems by status, and all types."""
    headers = {
        line["header"]: {
            "description": f"{line['rule']}: {line['text']}",
            "schema": {"type": "string"},
        }
        for line in source.registry["headers"]
        if line["direction"] == "answer"
    }
    schemas = json.loads(json.dumps(source.schema()["$defs"]).replace("#/$defs/", _SCHEMAS))
    _look_inside(schemas["envelope"])
    return {
        "securitySchemes": {
            "key": {"type": "http", "scheme": "bearer"},
            "k": {"type": "apiKey", "in": "query", "name": "k"},
        },
        "headers": headers,
        "responses": _problems(source),
        "schemas": schemas,
    }


def _look_inside(node: Any) -> None:  # noqa: ANN401 - any part of a schema
    """Name the type of what an envelope's validator leaves to verdicts (TM-ENV-08, TM-ENV-09)."""
    for part in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        _look_inside(part)
    if isinstance(node, dict) and "x-of" in node:
        inner = {"$ref": f"{_SCHEMAS}{node.pop('x-of')}"}
        node |= {"items": inner} if node["type"] == "array" else inner


def _problems(source: Source) -> Node:
    codes: dict[int, list[str]] = {}
    for line in source.registry["codes"]["problems"]:
        codes.setdefault(line["status"], []).append(f"`{line['code']}`: {line['text']}")
    request_id = {"Tallymark-Request-Id": _header("Tallymark-Request-Id")}
    content = _content("problem", "application/problem+json")
    found: Node = {
        "problem": {
            "description": "TM-ERR-01: any other problem",
            "headers": request_id,
            "content": content,
        }
    }
    for status, texts in sorted(codes.items()):
        wait = {"Retry-After": _header("Retry-After")}
        found[f"problem_{status}"] = {
            "description": "\n".join(texts),
            "headers": request_id | (wait if status in (429, 503) else {}),
            "content": content,
        }
    return found


def _content(name: str, *media: str) -> Node:
    schema = {"$ref": f"{_SCHEMAS}{name}"}
    lines = {"type": "string", "description": "TM-IOT-04"}
    return {kind: {"schema": lines if kind == "application/x-ndjson" else schema} for kind in media}
