"""The loop of every producer: call, write down what was asked and answered, end in a given way."""

from __future__ import annotations

import argparse
import os
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from tallymark_conformance.history import digest
from tallymark_conformance.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

EVERY: Final = 250
"""How many calls lie between two looks at `stats()`."""
POISON: Final = "poison"
PAUSE_S: Final = 0.02


class Client(Protocol):
    """What a producer needs of an SDK."""

    def track(self, name: str, properties: Mapping[str, Any]) -> str | None:
        """Record an event; return its id, or None when it is none."""

    def stats(self) -> Sequence[Mapping[str, Any]]:
        """Return the ledger of the client's own stream first, then of those it took over."""

    def flush(self, timeout_s: float) -> bool:
        """Send what is pending; return whether all of it is settled."""

    def close(self, timeout_s: float) -> None:
        """End the client."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What one life of a producer does.

    *end* is how it ends: "close" closes the client, "exit" leaves that to the interpreter's exit,
    "drain" waits until nothing is pending first, streams of dead processes included. *poison* is
    the number of a call that carries the mark of `poison400`; *forks* children are forked after
    half of the calls. *in_flight* requests of a stream may be under way at once. *queue_max* events
    may wait in memory, beyond it the *overflow* one is dropped, and *batch_max* events go into one
    request; 0 leaves it to the SDK. After call *hold_at* the process waits to be killed.
    """

    url: str
    key: str
    history: Path
    producer: str
    life: int
    spool: str = ""
    count: int = 0
    rate: float = 0
    end: str = "close"
    timeout_s: float = 10
    request_ms: int = 1_500
    flush_at: int = 50
    flush_ms: int = 50
    in_flight: int = 1
    queue_max: int = 0
    overflow: str = "newest"
    batch_max: int = 0
    hold_at: int = 0
    poison: int = 0
    forks: int = 0
    pad: int = 40


def parse(arguments: Sequence[str] | None = None) -> Plan:
    """Return the plan that a command line describes."""
    parser = argparse.ArgumentParser(description="one life of a producer")
    kinds: Mapping[str, Callable[[str], Any]] = {
        "Path": Path,
        "int": int,
        "float": float,
        "str": str,
    }
    for name, kind in Plan.__annotations__.items():
        option = "--" + name.replace("_", "-")
        default = getattr(Plan, name, None)
        required = name in ("url", "key", "history", "producer", "life")
        value = {"required": True} if required else {"default": default}
        parser.add_argument(option, type=kinds[str(kind)], **value)
    return Plan(**vars(parser.parse_args(arguments)))


def arguments_of(plan: Plan) -> list[str]:
    """Return the command line that describes *plan*."""
    names = Plan.__annotations__
    return [f"--{name.replace('_', '-')}={getattr(plan, name)}" for name in names]


def drive(plan: Plan, make: Callable[[Plan], Client]) -> None:
    """Live the life that *plan* describes with the client that *make* gives."""
    recorder = Recorder(plan.history, plan.producer, plan.life, spool=bool(plan.spool))
    client = make(plan)
    before = plan.count // 2 if plan.forks else plan.count
    _call(plan, client, recorder, 1, before)
    children = [_fork(plan, client, number) for number in range(1, plan.forks + 1)]
    _call(plan, client, recorder, before + 1, plan.count)
    recorder.end()
    if plan.end == "drain":
        _drain(client, plan.timeout_s)
    if plan.end != "exit":
        client.close(plan.timeout_s)
        _note_stats(client, recorder, final=True)
    for child in children:
        os.waitpid(child, 0)
    recorder.close()


def properties(plan: Plan, n: int) -> dict[str, Any]:
    """Return the content of call *n*: its marker and values that a careless path would change."""
    return {
        "marker": f"{plan.producer}.{plan.life}.{n}",
        "n": n,
        "ratio": n / 10,
        "text": "é 日本 \U0001f600",
        "deep": {"list": [1, None, {"flag": True}]},
        "pad": "x" * plan.pad,
        "note": POISON if n == plan.poison else "",
    }


def _call(plan: Plan, client: Client, recorder: Recorder, first: int, last: int) -> None:
    started = time.monotonic()
    for n in range(first, last + 1):
        content = properties(plan, n)
        recorder.invoke(n, content["marker"], digest(content))
        recorder.returned(content["marker"], client.track("probe", content))
        if n == plan.hold_at:
            threading.Event().wait()
        if n % EVERY == 0:
            _note_stats(client, recorder, final=False)
        if plan.rate:
            ahead = (n - first + 1) / plan.rate - (time.monotonic() - started)
            if ahead > PAUSE_S:
                time.sleep(ahead)


def _fork(plan: Plan, client: Client, number: int) -> int:
    child = os.fork()
    if child:
        return child
    producer = f"{plan.producer}c{number}"
    history = plan.history.with_name(f"{plan.history.stem}-c{number}.jsonl")
    own = replace(plan, producer=producer, history=history, forks=0, poison=0)
    recorder = Recorder(own.history, producer, own.life, spool=bool(own.spool))
    try:
        _call(own, client, recorder, 1, own.count)
        client.close(own.timeout_s)
        _note_stats(client, recorder, final=True)
        recorder.close()
    finally:
        os._exit(0)


def _drain(client: Client, timeout_s: float) -> None:
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        settled = client.flush(1)
        if settled and not any(part["pending"] for part in client.stats()):
            return


def _note_stats(client: Client, recorder: Recorder, *, final: bool) -> None:
    for place, part in enumerate(client.stats()):
        recorder.stats(part, final=final, own=place == 0)
