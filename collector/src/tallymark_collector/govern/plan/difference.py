"""What two plans, or a plan and the events that were seen, have and have not in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tallymark_collector.govern.plan.model import Plan

Kind = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: where, what kind, and the two sides."""

    kind: Kind
    path: str
    before: object = None
    after: object = None


def differences(before: Plan, after: Plan) -> tuple[Change, ...]:
    """Return what turns one plan into the other, by path."""
    return tuple(sorted(_of(document(before), document(after), ""), key=lambda one: one.path))


def document(plan: Plan) -> dict[str, Any]:
    """Return a plan as the document it is read from, without what is default."""
    return {
        "version": 1,
        "mode": plan.mode,
        "unplanned": plan.unplanned,
        "events": {
            name: {
                **({"mode": event.mode} if event.mode != plan.mode else {}),
                **({"description": event.description} if event.description else {}),
                **({"owner": event.owner} if event.owner else {}),
                **({"deprecated": True} if event.deprecated else {}),
                **{key: value for key, value in event.schema.items() if key != "type"},
            }
            for name, event in plan.events.items()
        },
    }


def _of(before: Mapping[str, Any], after: Mapping[str, Any], path: str) -> Iterator[Change]:
    for name in {**before, **after}:
        at = f"{path}.{name}" if path else str(name)
        if name not in after:
            yield Change("removed", at, before[name])
        elif name not in before:
            yield Change("added", at, None, after[name])
        elif isinstance(before[name], dict) and isinstance(after[name], dict):
            yield from _of(before[name], after[name], at)
        elif before[name] != after[name]:
            yield Change("changed", at, before[name], after[name])
