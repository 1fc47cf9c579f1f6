"""The protocol's own examples, sent to a server: each must get the verdict both ends agree on."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any, Final

from tallymark_conformance.scenario.server import server_scenario
from tallymark_conformance.spec import vectors
from tallymark_conformance.stage.answers import accepted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tallymark_conformance.stage.server import Reply, ServerStage

TRIAL: Final = "/v1/validate"
LATER: Final = frozenset(("key_policy", "consent_missing", "too_old", "bad_time", "conflict"))
"""Verdicts of a server on events that are right in themselves."""
PLACE: Final = '"HERE"'


def _of(kind: str) -> tuple[Mapping[str, Any], ...]:
    return tuple(one for one in vectors("validate") if one["input"]["type"] == kind)


def _rules(*found: Mapping[str, Any]) -> list[str]:
    return sorted({str(one["requirement"]) for one in found})


def issue_of(value: Mapping[str, Any] | None) -> tuple[Any, ...] | None:
    """Return code, path and limit of an issue, None for none."""
    if value is None:
        return None
    return value.get("code"), value.get("path", ""), value.get("limit")


def first_error(reply: Reply) -> tuple[Any, ...] | None:
    """Return the first fault that a problem names, with the problem's own code if it has none."""
    value = reply.json if isinstance(reply.json, dict) else {}
    errors: Sequence[Mapping[str, Any]] = value.get("errors") or [value]
    return issue_of(errors[0])


def judged(stage: ServerStage, envelope: Mapping[str, Any], text: str) -> tuple[Any, ...] | None:
    """Return the verdict on the first event of *envelope*, into which the JSON *text* is put."""
    body = json.dumps(envelope).replace(PLACE, text, 1)
    answer = accepted(stage, stage.post(body.encode(), TRIAL))
    rejected = answer.get("rejected", ())
    return issue_of(rejected[0]) if rejected else None


def compare(stage: ServerStage, vector: Mapping[str, Any], found: tuple[Any, ...] | None) -> None:
    """Hold a verdict against the vector; one only a server can give is fine on a good event."""
    expected = issue_of(vector["expect"])
    if expected is None and found is not None and found[0] in LATER:
        return
    if expected is None and found in (("bad_id", "u", None), ("too_large", "", 65_536)):
        return
    what = f"{vector['id']}, {vector['input']['text'][:100]}"
    stage.equal(expected, found, what, vector["requirement"])


def _shortened(stage: ServerStage) -> None:
    """Keep the record of a long scenario short: the last exchanges are enough to see it."""
    if len(stage.wire) > 60 and not stage.findings:
        del stage.wire[:-5]


def _each(stage: ServerStage, found: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for one in found:
        yield one
        _shortened(stage)


@server_scenario("srv.vectors_of_events", _rules(*_of("event")))
def vectors_of_events(stage: ServerStage) -> None:
    """Every example of an event gets its verdict: code, path and limit."""
    envelope = stage.envelope(0, hwm=1, events=["HERE"])
    for vector in _each(stage, _of("event")):
        compare(stage, vector, judged(stage, envelope, vector["input"]["text"]))


@server_scenario("srv.vectors_of_contexts", _rules(*_of("context")))
def vectors_of_contexts(stage: ServerStage) -> None:
    """Every example of a context gets its verdict, on each event of the batch."""
    envelope = stage.envelope(1, ctx="HERE")
    for vector in _each(stage, _of("context")):
        text, expected = vector["input"]["text"], vector["expect"]
        if not text.lstrip().startswith("{"):
            # No object at all is an issue of the envelope.
            continue
        if expected is not None:
            path = f"ctx.{expected['path']}" if expected["path"] else "ctx"
            expected = {**expected, "path": path}
        compare(stage, {**vector, "expect": expected}, judged(stage, envelope, text))


@server_scenario("srv.vectors_of_envelopes", _rules(*_of("envelope")))
def vectors_of_envelopes(stage: ServerStage) -> None:
    """Every example of an envelope is taken, or refused with its code and path."""
    for vector in _each(stage, _of("envelope")):
        reply = stage.post(vector["input"]["text"].encode(), TRIAL)
        expected = issue_of(vector["expect"])
        found = None if reply.status == 200 else first_error(reply)
        stage.equal(expected, found, f"{vector['id']}", vector["requirement"])


@server_scenario("iot.vectors_of_events", _rules(*_of("flat")))
def vectors_of_flat_events(stage: ServerStage) -> None:
    """Every example of a device's event is stored, or refused with its code and path."""
    for vector in _each(stage, _of("flat")):
        reply = stage.post(vector["input"]["text"].encode(), "/v1/e")
        compare(stage, vector, None if reply.status == 204 else first_error(reply))


@server_scenario("srv.vectors_of_bodies", _rules(*vectors("compress")))
def vectors_of_bodies(stage: ServerStage) -> None:
    """Every example of content type and coding is taken, or refused with its code."""
    for vector in _each(stage, vectors("compress")):
        given, expected = vector["input"], vector["expect"]
        fields = {"Content-Type": given["type"], "Content-Encoding": given["encoding"]}
        headers = {name: text for name, text in fields.items() if text is not None}
        body = base64.b64decode(given["body"])
        reply = stage.ask("POST", given["path"], body, key="write", headers=headers)
        value = reply.json if isinstance(reply.json, dict) else {}
        # What the body says may be wrong: only its form is the question here.
        found = None if reply.status in (200, 204, 422) else value.get("code")
        stage.equal(expected, found, f"{vector['id']}, {headers}", vector["requirement"])
