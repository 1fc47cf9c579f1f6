"""The verbs of a YAML scenario. Anything harder is a Python scenario: the list does not grow."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from tallymark_conformance.errors import ScenarioError

if TYPE_CHECKING:
    from tallymark_conformance.stage.sdk import SdkStage
    from tallymark_conformance.stage.server import ServerStage

Step = Mapping[str, Any]
SIGNALS: Final = {"TERM": signal.SIGTERM, "INT": signal.SIGINT}


def _create(stage: SdkStage, client: str = "a", **config: Any) -> None:
    stage.create(client, **config)


def _track(stage: SdkStage, client: str = "a", **more: Any) -> None:
    stage.clients[client].track(**more)


def _call(stage: SdkStage, method: str, client: str = "a", **args: Any) -> None:
    stage.clients[client].call(method, **args)


def _flush(
    stage: SdkStage, *, client: str = "a", timeout_ms: int = 15_000, complete: bool | None = None
) -> None:
    found = stage.clients[client].flush(timeout_ms)
    if complete is not None:
        stage.equal(complete, found, "what flush said")


def _close(
    stage: SdkStage, *, client: str = "a", timeout_ms: int = 15_000, complete: bool | None = None
) -> None:
    found = stage.clients[client].close(timeout_ms)
    if complete is not None:
        stage.equal(complete, found, "what close said")


def _stats(stage: SdkStage, client: str = "a", **expected: Any) -> None:
    found = stage.clients[client].stats()
    for name, value in expected.items():
        stage.equal(value, found.get(name), f"stats: {name}")


def _kill(stage: SdkStage) -> None:
    stage.kill()


def _start(stage: SdkStage) -> None:
    stage.start()


def _exit(stage: SdkStage, signal: str | None = None) -> None:
    stage.exit(None if signal is None else SIGNALS[signal])


def _wait(stage: SdkStage, requests: int = 0, stored: int = 0, timeout_ms: int = 15_000) -> None:
    if requests:
        stage.wait_requests(requests, timeout_ms)
    if stored:
        stage.wait_stored(stored, timeout_ms)


def _quiet(stage: SdkStage, ms: int) -> None:
    stage.quiet(ms)


def _faults(stage: SdkStage, rules: list[Mapping[str, Any]] | None = None) -> None:
    stage.follow(*(rules or ()))


def _advance(stage: SdkStage, client: str = "a", ms: int = 0, wall_ms: int = 0) -> None:
    stage.clients[client].advance(ms, wall_ms)


def _collector(stage: SdkStage | ServerStage, do: str) -> None:
    {"kill": stage.collector.kill, "stop": stage.collector.stop, "start": stage.collector.start}[
        do
    ]()


def _batch(stage: ServerStage, **more: Any) -> None:
    stage.batch(**more)


def _request(stage: ServerStage, **more: Any) -> None:
    stage.request(**more)


SDK_VERBS: Final[Mapping[str, Callable[..., None]]] = {
    "create": _create,
    "track": _track,
    "call": _call,
    "flush": _flush,
    "close": _close,
    "stats": _stats,
    "kill": _kill,
    "start": _start,
    "exit": _exit,
    "wait": _wait,
    "quiet": _quiet,
    "faults": _faults,
    "advance": _advance,
    "collector": _collector,
}
SERVER_VERBS: Final[Mapping[str, Callable[..., None]]] = {
    "request": _request,
    "batch": _batch,
    "collector": _collector,
}
VERBS: Final[Mapping[str, Mapping[str, Callable[..., None]]]] = {
    "sdk": SDK_VERBS,
    "server": SERVER_VERBS,
}
FREE: Final = frozenset({"create", "track", "call", "stats", "batch", "request"})
"""Verbs whose arguments are those of what they call: checked when they are played."""


def check_step(step: Step, role: str) -> None:
    """Raise ScenarioError when *role* has no such verb, or the verb does not take the arguments."""
    ((verb, arguments),) = step.items()
    known = VERBS[role]
    if verb not in known:
        raise ScenarioError(f"no verb {verb!r}; there are: {', '.join(known)}")
    if not isinstance(arguments, dict):
        raise ScenarioError(f"{verb} takes a mapping of arguments, not {arguments!r}")
    names = known[verb].__annotations__.keys() - {"stage", "return"}
    wrong = set(arguments) - names
    if wrong and verb not in FREE:
        raise ScenarioError(f"{verb} takes {', '.join(sorted(names))}; not {sorted(wrong)}")


def play(stage: Any, step: Step) -> None:
    """Do what *step* says on *stage*."""
    ((verb, arguments),) = step.items()
    stage.note(f"{verb} {dict(arguments)}")
    try:
        VERBS[stage.scenario.role][verb](stage, **arguments)
    except TypeError as error:
        raise ScenarioError(f"{stage.scenario.id}: {verb}: {error}") from error
