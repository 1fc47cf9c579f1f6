"""A plan as values, and how it is read from its file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import yaml

from tallymark_collector.govern.plan.schema import Fault, faults_of_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Mode = Literal["observe", "warn", "quarantine", "reject"]
"""What becomes of an event that does not fit: only counted, or stored and reported, or kept aside
without being stored until the plan or the event is mended, or refused for good."""

MODES: Final[tuple[Mode, ...]] = get_args(Mode)
VERSION: Final = 1
LARGEST: Final = 1024 * 1024

_PLAN: Final = frozenset({"version", "mode", "unplanned", "events"})
_EVENT: Final = frozenset(
    {"description", "owner", "mode", "properties", "required", "additionalProperties", "deprecated"}
)
_TEXTS: Final = ("description", "owner")


@dataclass(frozen=True, slots=True)
class PlannedEvent:
    """One event of a plan; `schema` is that of its properties."""

    mode: Mode
    schema: Mapping[str, Any]
    description: str = ""
    owner: str = ""
    deprecated: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What a project's events should look like.

    `unplanned` is what becomes of events whose name the plan does not have.
    """

    mode: Mode = "observe"
    unplanned: Mode = "observe"
    events: Mapping[str, PlannedEvent] = field(default_factory=dict)


class PlanError(Exception):
    """A text is no plan; `faults` says why, each with its path."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        """Name the first fault in the message."""
        self.faults = faults
        more = f" ({len(faults) - 1} more)" if len(faults) > 1 else ""
        super().__init__(f"{faults[0].path or 'the plan'}: {faults[0].text}{more}")


def read(text: str) -> Plan:
    """Read a plan from YAML or JSON; raise `PlanError` with everything that is wrong in it."""
    if len(text) > LARGEST:
        raise PlanError((Fault("", f"is larger than {LARGEST} characters"),))
    try:
        document = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise PlanError((Fault("", f"is not YAML: {error}"),)) from error
    return of_document({} if document is None else document)


def of_document(document: object) -> Plan:
    """Return the plan of a decoded document; raise `PlanError` with all its faults."""
    found = tuple(faults(document))
    if found or not isinstance(document, dict):
        raise PlanError(found)
    mode: Mode = document.get("mode", "observe")
    return Plan(
        mode=mode,
        unplanned=document.get("unplanned", "observe"),
        events={
            name: _planned(event or {}, mode)
            for name, event in (document.get("events") or {}).items()
        },
    )


def faults(document: object) -> Iterator[Fault]:
    """Iterate over everything that keeps a document from being a plan."""
    if not isinstance(document, dict):
        yield Fault("", "is no mapping with version and events")
        return
    yield from _unknown(document, _PLAN, "")
    if document.get("version") != VERSION:
        yield Fault("version", f"is not {VERSION}")
    for name in ("mode", "unplanned"):
        yield from _mode(document, name, name)
    events = document.get("events") or {}
    if not isinstance(events, dict):
        yield Fault("events", "is no mapping of names to events")
        return
    for name, event in events.items():
        yield from _event(name, event)


def _event(name: object, event: object) -> Iterator[Fault]:
    path = f"events.{name}"
    if not isinstance(name, str) or not name:
        yield Fault(path, "is no name of an event: put it in quotes")
        return
    if event is None:
        return
    if not isinstance(event, dict):
        yield Fault(path, "is no mapping with properties")
        return
    yield from _unknown(event, _EVENT, f"{path}.")
    yield from _mode(event, "mode", f"{path}.mode")
    for text in _TEXTS:
        if not isinstance(event.get(text, ""), str):
            yield Fault(f"{path}.{text}", "is no text")
    if not isinstance(event.get("deprecated", False), bool):
        yield Fault(f"{path}.deprecated", "is neither true nor false")
    yield from faults_of_schema(_schema(event), path)


def _planned(event: Mapping[str, Any], mode: Mode) -> PlannedEvent:
    return PlannedEvent(
        mode=event.get("mode", mode),
        schema=_schema(event),
        description=event.get("description", ""),
        owner=event.get("owner", ""),
        deprecated=event.get("deprecated", False),
    )


def _schema(event: Mapping[str, Any]) -> dict[str, Any]:
    names = ("properties", "required", "additionalProperties")
    return {"type": "object", **{name: event[name] for name in names if name in event}}


def _unknown(document: Mapping[Any, Any], known: frozenset[str], before: str) -> Iterator[Fault]:
    for name in document:
        if name not in known:
            yield Fault(f"{before}{name}", f"is unknown here; known are {', '.join(sorted(known))}")


def _mode(document: Mapping[Any, Any], name: str, path: str) -> Iterator[Fault]:
    if document.get(name, "observe") not in MODES:
        yield Fault(path, f"is none of {', '.join(MODES)}")
