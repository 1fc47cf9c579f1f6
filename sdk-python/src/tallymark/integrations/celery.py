"""
Carry the caller's context into Celery tasks, and lose nothing when a worker process ends.

    connect(client)    # where the Celery app is made, in web servers and workers alike
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from celery import signals  # type: ignore[import-untyped]

from tallymark.context import pack, unpack
from tallymark.courier import EXIT_S
from tallymark.integrations.exchange import Observer

if TYPE_CHECKING:
    from contextvars import Token

    from tallymark.client import Client
    from tallymark.context import Scope
    from tallymark.integrations.exchange import Exchange

HEADER = "tallymark"


class Connection:
    """Follow Celery's signals for one client; kept alive by whoever called `connect`."""

    def __init__(self, client: Client, event: str | None) -> None:
        """Begin to follow."""
        self._client = client
        self._surroundings = client._surroundings  # noqa: SLF001 - our own
        self._observer: Observer[str] = Observer(client, event=event)
        self._running: dict[str, tuple[Exchange, str, Token[Scope | None]]] = {}
        signals.before_task_publish.connect(self._publish, weak=False)
        signals.task_prerun.connect(self._begin, weak=False)
        signals.task_postrun.connect(self._end, weak=False)
        signals.worker_process_shutdown.connect(self._leave, weak=False)
        signals.worker_shutdown.connect(self._leave, weak=False)

    def disconnect(self) -> None:
        """Follow no more."""
        signals.before_task_publish.disconnect(self._publish)
        signals.task_prerun.disconnect(self._begin)
        signals.task_postrun.disconnect(self._end)
        signals.worker_process_shutdown.disconnect(self._leave)
        signals.worker_shutdown.disconnect(self._leave)

    def _publish(self, headers: dict[str, Any] | None = None, **_: object) -> None:
        scope = self._surroundings.inner()
        if headers is not None and scope is not None:
            headers[HEADER] = pack(scope)

    def _begin(self, task_id: str, task: Any, **_: object) -> None:  # noqa: ANN401 - Celery's
        carried = unpack(task.request.get(HEADER))
        exchange = self._observer.begin(task_id, "task", task.name)
        # Not a `with`: Celery tells the beginning and the end by two calls.
        token = self._surroundings.enter(carried)
        self._running[task_id] = (exchange, task.name, token)

    def _end(self, task_id: str, state: str | None = None, **_: object) -> None:
        begun = self._running.pop(task_id, None)
        if begun is not None:
            exchange, name, token = begun
            exchange.end_as({"task": name, "state": state})
            self._surroundings.leave(token)

    def _leave(self, **_: object) -> None:
        # A worker process ends by os._exit, which runs nothing of atexit.
        self._client.flush(EXIT_S)


def connect(client: Client, *, event: str | None = None) -> Connection:
    """
    Follow Celery's signals for *client*.

    What is tracked in a task carries the user, device, groups and properties of the `context` it
    was sent from. With *event*, each task becomes an event of that name, with `task`, `state` and
    `duration_ms`.
    """
    return Connection(client, event)
