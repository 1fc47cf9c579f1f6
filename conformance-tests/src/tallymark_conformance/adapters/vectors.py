"""The pure functions of the Python side, as the vectors of the protocol ask for them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from tallymark_protocol.bucket import bucket, sampled
from tallymark_protocol.canonical import canonical, merge_patch
from tallymark_protocol.event_id import event_id
from tallymark_protocol.merge import Alias, Identify, Seen, Tag, resolve
from tallymark_protocol.profile import Operation, fold
from tallymark_protocol.retry import ceiling_ms, classify, retry_after_ms

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Input = Any


def _bucket(given: Input) -> Any:
    return bucket(given["seed"], given["unit"])


def _sampling(given: Input) -> Any:
    return sampled(given["unit"], given["rate"])


def _event_id(given: Input) -> Any:
    return event_id(given["stream"], given["seq"])


def _values(given: Input) -> Any:
    if given["op"] == "merge_patch":
        return canonical(merge_patch(given["base"], given["patch"])).decode()
    try:
        return canonical(json.loads(given["text"])).decode()
    except ValueError:
        return None


def _retry(given: Input) -> Any:
    if given["op"] == "classify":
        return classify(given["status"], given["code"], given["proven"])
    if given["op"] == "ceiling":
        return ceiling_ms(given["failures"])
    return retry_after_ms(given["value"], given["now"])


def _profile(given: Input) -> Any:
    return fold(Operation(Tag(**event["tag"]), event["ops"]) for event in given)


def _merge(given: Input) -> Any:
    identities = resolve([_operation(operation) for operation in given["operations"]])
    owners = [identities.canonical(**event) for event in given["events"]]
    return {"users": dict(identities.users), "owners": owners}


def _operation(operation: Mapping[str, Any]) -> Seen | Identify | Alias:
    fields = {key: value for key, value in operation.items() if key != "op"}
    if "tag" in fields:
        fields["tag"] = Tag(**fields["tag"])
    kinds: Mapping[str, Callable[..., Seen | Identify | Alias]]
    kinds = {"seen": Seen, "identify": Identify, "alias": Alias}
    return kinds[operation["op"]](**fields)


FUNCTIONS: Final[Mapping[str, Callable[[Input], Any]]] = {
    "bucket": _bucket,
    "sampling": _sampling,
    "event_id": _event_id,
    "values": _values,
    "retry": _retry,
    "merge": _merge,
    "profile": _profile,
}
"""By the name of the file of vectors."""
