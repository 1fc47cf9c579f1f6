"""What a YAML scenario expects at its end, beyond what always holds."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tallymark_conformance.stage.sdk import SdkStage


def apply_expectations(stage: Any, expect: Mapping[str, Any]) -> None:
    """End the scenario's clients and note what is not as *expect* says."""
    if stage.scenario.role != "sdk":
        return
    stage.end()
    for name, value in expect.items():
        CHECKS[name](stage, value)


def within(stage: SdkStage, bounds: Any, found: int, what: str) -> None:
    """Note a finding unless *found* is the number *bounds*, or lies in them."""
    if isinstance(bounds, int):
        stage.equal(bounds, found, what)
        return
    low, high = bounds.get("min", 0), bounds.get("max")
    good = low <= found and (high is None or found <= high)
    stage.check(
        good, f"{what}: {found}, expected {low} to {'any number' if high is None else high}"
    )


def _stored(stage: SdkStage, value: Any) -> None:
    found = len(stage.kept().rows)
    if value == "all":
        stage.equal(len(stage.book.accepted()), found, "events stored")
    else:
        within(stage, value, found, "events stored")


def _unaccounted(stage: SdkStage, value: object) -> None:
    if value == "any":
        stage.relax("accounted", "the client has no way to tell the collector")


def _reasons(stage: SdkStage, value: Mapping[str, Any], state: str) -> None:
    kept = stage.kept()
    table = kept.dropped if state == "dropped" else kept.rejected
    found = Counter(reason for numbers in table.values() for reason in numbers.values())
    for reason in {*value, *found}:
        within(stage, value.get(reason, 0), found[reason], f"{state} as {reason}")


def _dropped(stage: SdkStage, value: Mapping[str, Any]) -> None:
    _reasons(stage, value, "dropped")


def _rejected(stage: SdkStage, value: Mapping[str, Any]) -> None:
    _reasons(stage, value, "rejected")


def _requests(stage: SdkStage, value: Any) -> None:
    within(stage, value, len(stage.posts()), "requests")


def _streams(stage: SdkStage, value: Any) -> None:
    within(stage, value, len(stage.streams()), "streams")


def _fin(stage: SdkStage, value: Any) -> None:
    found = sum(batch.get("fin") is True for _, _, batch in stage.posts())
    within(stage, value, found, "requests with fin")


def _faults(stage: SdkStage, value: Mapping[str, Any]) -> None:
    found = Counter(exchange.fault for exchange in stage.exchanges)
    for name, bounds in value.items():
        within(stage, bounds, found[name], f"requests that met {name}")


CHECKS: Mapping[str, Callable[[SdkStage, Any], None]] = {
    "stored": _stored,
    "unaccounted": _unaccounted,
    "dropped": _dropped,
    "rejected": _rejected,
    "requests": _requests,
    "streams": _streams,
    "fin": _fin,
    "faults": _faults,
}
