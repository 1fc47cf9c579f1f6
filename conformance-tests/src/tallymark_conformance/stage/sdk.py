"""The stage of an SDK under test: an adapter, the fault proxy, and a real collector behind it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tallymark_conformance.errors import ProcessError, Unsupported
from tallymark_conformance.log_reader import ask_ledgers
from tallymark_conformance.oracles.requests import batches
from tallymark_conformance.processes import wait_until
from tallymark_conformance.proxy.script import parse as parse_script
from tallymark_conformance.stage.client import Client
from tallymark_conformance.stage.judging import Judging
from tallymark_conformance.stage.store import Kept, read_kept
from tallymark_conformance.trace import in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path
    from random import Random
    from signal import Signals

    from tallymark_conformance.history import StreamLedger
    from tallymark_conformance.processes import Collector
    from tallymark_conformance.proxy.message import Request
    from tallymark_conformance.proxy.thread import ProxyThread
    from tallymark_conformance.scenario.header import Scenario
    from tallymark_conformance.stage.book import Book
    from tallymark_conformance.stage.finding import Finding
    from tallymark_conformance.tmc.adapter import Adapter
    from tallymark_conformance.trace import Exchange

WAIT_MS: Final = 15_000
LOOK_S: Final = 0.25
"""How long a client may need, in real time, to see that its clock was moved."""
DEFAULTS: Final[Mapping[str, Any]] = {"flush_at": 100, "flush_ms": 60_000, "spool_dir": None}
"""A client of a scenario sends when it is told to, and keeps nothing on disk."""


@dataclass(slots=True)
class SdkStage(Judging):
    """Everything a scenario of an SDK can do and see.

    *relaxed* names always-on oracles that do not hold in this scenario, each with its reason;
    *used_up* says that the adapter's process must not be given to another scenario.
    """

    scenario: Scenario
    adapter: Adapter
    collector: Collector
    proxy: ProxyThread
    folder: Path
    rng: Random
    book: Book
    clients: dict[str, Client] = field(default_factory=dict)
    everyone: list[Client] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    relaxed: dict[str, str] = field(default_factory=dict)
    life: int = 1
    used_up: bool = False
    started: float = field(default_factory=lambda: time.monotonic() * 1000)

    # -- the SDK ---------------------------------------------------------------------------------

    def create(self, client: str = "a", *, adapter: Adapter | None = None, **config: Any) -> Client:
        """Make a client behind the proxy and return it; *config* as in TMC/1's `create`.

        *adapter* is another process of the same SDK that the scenario has started.
        """
        where = self.adapter if adapter is None else adapter
        values = {"url": self.proxy.url, "key": self.collector.key, **DEFAULTS, **config}
        if values["spool_dir"] is True:
            values["spool_dir"] = str(self.folder / "spool")
        if not self.has("spool") and "spool_dir" not in config:
            values.pop("spool_dir")
        if values.get("virtual_clock"):
            self.used_up = True
        self.note(f"create {client} {config}")
        where.ask("create", client=client, config=values)
        may_tell = self.has("stats")
        made = Client(client, self.life, values, where, self.book, may_tell, self._recorded)
        self.book.opened(client, self.life)
        self.clients[client] = made
        self.everyone.append(made)
        return made

    def has(self, capability: str) -> bool:
        """Tell whether the adapter declares *capability*."""
        hello = self.adapter.hello
        return hello is not None and capability in hello.capabilities

    @property
    def platform(self) -> str:
        """Return server, browser or device."""
        return "" if self.adapter.hello is None else self.adapter.hello.platform

    def kill(self) -> None:
        """End the adapter's process by SIGKILL: every client in it is gone at once."""
        self.note("kill the process")
        self.used_up = True
        self.adapter.kill()
        self.clients = {}

    def exit(self, number: Signals | None = None) -> int:
        """End the process without closing its clients; return its exit status."""
        self.note("end the process" if number is None else f"send {number.name}")
        self.used_up = True
        status = self.adapter.exit(number)
        self.clients = {}
        return status

    def start(self) -> None:
        """Start the adapter again after its end: the next life of its clients."""
        self.note("start the process again")
        self.life += 1
        self.used_up = True
        self.adapter.start()

    def tab(self, client: Client, do: str) -> Mapping[str, Any]:
        """Do with a client's tab what people do: leave, crash, hide; or ask for its cookies."""
        self.note(f"{do} the tab of {client.name}")
        reply = self.adapter.ask("page", client=client.name, do=do)
        if do in ("leave", "crash"):
            self.clients.pop(client.name, None)
            self.used_up = True
        return reply

    # -- the other side --------------------------------------------------------------------------

    def follow(self, *rules: Mapping[str, Any], **more: Any) -> None:
        """Let these proxy rules decide from now on; none lets everything pass."""
        self.note(f"faults {list(rules) or 'none'}")
        self.proxy.follow(parse_script({"rules": [dict(rule) for rule in rules], **more}))

    @property
    def exchanges(self) -> list[Exchange]:
        """Return what crossed the wire so far, in order."""
        return in_order(list(self.proxy.exchanges))

    def posts(self) -> list[tuple[Exchange, Request, Mapping[str, Any]]]:
        """Return the batches that were sent: exchange, request and decoded envelope."""
        return list(batches(self.exchanges))

    def sent_events(self) -> Iterator[Mapping[str, Any]]:
        """Iterate over the events of all batches, repetitions included, with seq as `n`."""
        for _, _, batch in self.posts():
            for place, event in enumerate(batch.get("events", ())):
                yield {"n": batch.get("seq", 0) + place, **event}

    def streams(self) -> list[str]:
        """Return every stream that was named on the wire, in order of appearance."""
        found = [batch.get("stream") for _, _, batch in self.posts()]
        return list(dict.fromkeys(stream for stream in found if isinstance(stream, str)))

    def kept(self) -> Kept:
        """Return what the collector holds of this scenario."""
        return read_kept(self.collector.data, self.streams(), f"{self.book.token}.")

    def ledgers(self) -> Mapping[str, StreamLedger]:
        """Return the collector's ledgers of this scenario's streams."""
        names = self.streams()
        return ask_ledgers(self.collector.url, self.collector.key, names) if names else {}

    # -- waiting and judging ---------------------------------------------------------------------

    def wait(self, condition: Callable[[], bool], what: str, timeout_ms: int = WAIT_MS) -> None:
        """Wait until *condition* holds; a scenario in which it never does has failed."""
        try:
            wait_until(condition, timeout_ms / 1000, what)
        except ProcessError as error:
            self.fail(str(error))

    def wait_requests(self, count: int, timeout_ms: int = WAIT_MS) -> None:
        """Wait until *count* batches were sent and have had their end."""
        self.wait(lambda: len(self.posts()) >= count, f"{count} requests", timeout_ms)

    def wait_stored(self, count: int, timeout_ms: int = WAIT_MS) -> None:
        """Wait until the collector holds *count* events of this scenario."""
        self.wait(lambda: len(self.kept().rows) >= count, f"{count} stored events", timeout_ms)

    def pass_time(
        self, client: Client, condition: Callable[[], bool], what: str, step_ms: int, most_ms: int
    ) -> None:
        """Let the client's time pass in steps, at most *most_ms*, until *condition* holds."""
        spent = 0
        while not condition():
            if spent >= most_ms:
                self.fail(f"{spent} ms have passed on its clock in vain: {what}")
            client.advance(step_ms)
            spent += step_ms
            self._look(condition, LOOK_S)

    def _recorded(self) -> None:
        self._look(lambda: not self.proxy.busy, LOOK_S)

    def _look(self, condition: Callable[[], bool], seconds: float) -> None:
        until = time.monotonic() + seconds
        while not condition() and time.monotonic() < until:
            time.sleep(0.005)

    def quiet(self, ms: int) -> None:
        """Demand that no request arrives for *ms*."""
        before, until = len(self.proxy.exchanges), time.monotonic() + ms / 1000
        while time.monotonic() < until and len(self.proxy.exchanges) == before:
            time.sleep(0.01)
        self.check(
            len(self.proxy.exchanges) == before, f"a request within {ms} ms that were to be quiet"
        )

    def relax(self, oracle: str, reason: str) -> None:
        """Leave an always-on oracle out of this scenario, for a *reason* that the report shows."""
        self.relaxed[oracle] = reason

    def end(self) -> None:
        """Close what the scenario left open and let the wire come to rest."""
        if self.adapter.alive:
            for client in self.clients.values():
                if client.closed_at is None:
                    self._close(client)
        self.wait(lambda: not self.proxy.busy, "the end of the last request")

    def _close(self, client: Client) -> None:
        try:
            client.close()
        except Unsupported:
            self.note(f"{client.name} cannot be closed")


def answers_of(posts: Sequence[tuple[Exchange, Request, Mapping[str, Any]]]) -> list[int]:
    """Return the status each batch was answered with, 0 for none."""
    return [0 if exchange.sent is None else exchange.sent.status for exchange, _, _ in posts]
