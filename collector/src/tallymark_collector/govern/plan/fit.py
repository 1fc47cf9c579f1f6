"""Whether an event fits the plan, and what follows if it does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tallymark_collector.govern.plan.schema import Fault, first_fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tallymark_collector.govern.plan.model import Mode, Plan


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why an event does not fit, and what the plan wants done about it."""

    mode: Mode
    fault: Fault


def misfit(plan: Plan, name: str, properties: Mapping[str, object]) -> Misfit | None:
    """Return what keeps an event from fitting, or None.

    Properties that begin with `$` are the SDK's own: they are checked when planned, never missed in
    a plan. The path is that in the event (`p.total`, `e` for its name).
    """
    planned = plan.events.get(name)
    if planned is None:
        if not plan.events or name.startswith("$"):
            return None
        return Misfit(plan.unplanned, Fault("e", "is not in the plan"))
    fault = first_fault(planned.schema, dict(properties), "p")
    return None if fault is None else Misfit(planned.mode, fault)
