"""The Python SDK behind TMC/1: `python -m tallymark_conformance.adapters.python`."""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import tallymark
from tallymark import Batching, Client, Hooks, Privacy, Retry, Spool

from tallymark_conformance.adapters.clock import moved, virtual_transport
from tallymark_conformance.adapters.odd import odd
from tallymark_conformance.adapters.vectors import FUNCTIONS
from tallymark_protocol import SPEC_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tallymark import Result, Totals

Fields = dict[str, Any]
CAPABILITIES: Final = (
    *("track", "page", "screen", "identify", "profile", "group", "alias", "exposure", "flag"),
    *("consent", "reset", "register", "stats", "results", "hook", "spool", "gzip", "headers"),
    *("virtual_clock", "wall_jump", "threads", "fork", "signals", "exit_flush", "odd", "times"),
    *("batching", "overflow", "max_age", "control", "sampling", "gpc", "bucket"),
)


@dataclass(slots=True)
class Session:
    """The clients of this process by name, and what they reported."""

    clients: dict[str, Client] = field(default_factory=dict)
    results: dict[str, list[Fields]] = field(default_factory=dict)
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(16))

    def hello(self, _: Fields) -> Fields:
        """Say who we are."""
        functions = [f"vector:{name}" for name in FUNCTIONS]
        return {
            "name": "tallymark",
            "version": tallymark.__version__,
            "language": "python",
            "platform": "server",
            "spec": SPEC_VERSION,
            "capabilities": [*CAPABILITIES, *functions],
        }

    def create(self, request: Fields) -> Fields:
        """Make a client."""
        name, config = request["client"], request["config"]
        seen: list[Fields] = []
        self.results[name] = seen
        self.clients[name] = Client(
            config["key"],
            config["url"],
            batching=Batching(**_named(config, BATCHING)),
            retry=Retry(**_named(config, RETRY)),
            spool=Spool(
                config.get("spool_dir") or False, **_named(config, {"spool_max_bytes": "max_bytes"})
            ),
            privacy=Privacy(**_named(config, PRIVACY), **config.get("consent", {})),
            hooks=Hooks(
                before_send=_hook(config),
                on_result=lambda found: seen.append(_result(found)),
                sigterm=config.get("sigterm", False),
            ),
            transport=virtual_transport(config["url"]) if config.get("virtual_clock") else None,
        )
        return {}

    def call(self, request: Fields) -> Fields:
        """Make one call, on the thread that is asked for."""
        call = CALLS[request["method"]]
        client = self.clients[request["client"]]
        try:
            found = call(client, **odd(request["args"]))
        except Exception as error:  # noqa: BLE001 (that no call raises is what is tested)
            return {"id": None, "raised": type(error).__name__}
        return {"value": found} if request["method"] == "flag" else {"id": found}

    def flush(self, request: Fields) -> Fields:
        """Wait until all is settled."""
        return {"complete": self.clients[request["client"]].flush(request["timeout_ms"] / 1000)}

    def close(self, request: Fields) -> Fields:
        """End a client."""
        return {"complete": self.clients[request["client"]].close(request["timeout_ms"] / 1000)}

    def stats(self, request: Fields) -> Fields:
        """Tell what became of a client's events."""
        return {
            **_stats(self.clients[request["client"]]),
            "results": self.results[request["client"]],
            "threads": sum("tallymark" in thread.name for thread in threading.enumerate()),
        }

    def bucket(self, request: Fields) -> Fields:
        """Tell the bucket of a unit."""
        output = FUNCTIONS["bucket"]({"seed": request["seed"], "unit": request["unit"]})
        return {"bucket": output}

    def vector(self, request: Fields) -> Fields:
        """Answer one vector."""
        return {"output": FUNCTIONS[request["function"]](request["input"])}

    def fork(self, request: Fields) -> Fields:
        """Make calls in a forked child that closes its client; return their ids."""
        client = self.clients[request["client"]]
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                ids = [CALLS[call["method"]](client, **call["args"]) for call in request["calls"]]
                client.close(request.get("timeout_ms", 10_000) / 1000)
                os.write(writing, json.dumps({"ids": ids, "stats": _stats(client)}).encode())
            finally:
                os._exit(0)
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            said = pipe.read()
        os.waitpid(child, 0)
        found: Fields = json.loads(said)
        return found

    def advance(self, request: Fields) -> Fields:
        """Move the clocks of all clients that have a virtual one."""
        moved(request.get("ms", 0), request.get("wall_ms", 0))
        return {}


BATCHING: Final = {
    name: name
    for name in ("flush_at", "flush_ms", "max_events", "max_bytes", "queue_max", "overflow")
}
RETRY: Final = {name: name for name in ("timeout_ms", "max_age_ms", "in_flight")}
PRIVACY: Final = {name: name for name in ("when_unknown", "gpc", "ip")}


def _named(config: Fields, names: Mapping[str, str]) -> Fields:
    return {own: config[name] for name, own in names.items() if name in config}


def _hook(config: Fields) -> Callable[[dict[str, Any]], Mapping[str, Any] | None] | None:
    def hook(event: dict[str, Any]) -> Mapping[str, Any] | None:
        if config.get("break_hook"):
            raise RuntimeError("a broken hook")
        return None if event.get("e") == config["drop_events"] else event

    return hook if config.get("break_hook") or "drop_events" in config else None


def _result(found: Result) -> Fields:
    return {"outcome": found.outcome, "code": found.code, "path": found.path, "id": found.id}


def _totals(found: Totals) -> Fields:
    return {
        "assigned": found.assigned,
        "stored": found.stored,
        "rejected": dict(found.rejected),
        "dropped": dict(found.dropped),
        "pending": found.pending,
    }


def _stats(client: Client) -> Fields:
    found = client.stats()
    more = ("trouble", "sanitized", "refused", "stream", "spool", "note")
    return {
        **_totals(found),
        **{name: getattr(found, name) for name in more},
        "recovered": _totals(found.recovered),
    }


def _positional(method: str, *first: str) -> Callable[..., Any]:
    """Return a call of *method* whose arguments *first* are given by place, the rest by name."""

    def call(client: Client, **args: Any) -> Any:
        given = [args.pop(name) for name in first if name in args]
        return getattr(client, method)(*given, **args)

    return call


CALLS: Final[Mapping[str, Callable[..., Any]]] = {
    "track": _positional("track", "name", "properties"),
    "page": _positional("page", "name", "properties"),
    "screen": _positional("screen", "name", "properties"),
    "identify": _positional("identify", "user", "properties"),
    "profile": _positional("profile", "changes"),
    "group": _positional("group", "kind", "id", "properties"),
    "alias": _positional("alias", "previous", "user"),
    "exposure": _positional("exposure", "flag", "variant"),
    "flag": _positional("flag", "flag", "default"),
    "consent": _positional("consent"),
    "reset": _positional("reset"),
    "register": _positional("register", "properties"),
}


def main() -> None:
    """Answer requests until the input ends; then leave as a program that forgot to close."""
    session, lines = Session(), threading.Lock()
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    slow: queue.SimpleQueue[Fields] = queue.SimpleQueue()

    def answer(request: Fields) -> None:
        reply = _reply(session, request)
        with lines:
            out.write(json.dumps({"id": request["id"], **reply}) + "\n")
            out.flush()

    def settle() -> None:
        while True:
            answer(slow.get())

    # What waits for the network must not hold up the calls behind it.
    for _ in range(4):
        threading.Thread(target=settle, daemon=True).start()
    for line in sys.stdin:
        request = json.loads(line)
        if request["op"] in ("flush", "close"):
            slow.put(request)
        elif "thread" in request:
            session.threads.submit(answer, request)
        else:
            answer(request)


def _reply(session: Session, request: Fields) -> Fields:
    operation = getattr(session, request["op"], None)
    if operation is None:
        return {"unsupported": True}
    try:
        return {"ok": operation(request)}
    except Exception as error:  # noqa: BLE001 (the suite is told, whatever it was)
        return {"error": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    main()
