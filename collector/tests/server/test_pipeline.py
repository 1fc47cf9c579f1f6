"""The requests of one connection: one after the other, and none after the end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from tallymark_collector.server.pipeline import Pipeline
from tallymark_collector.server.readahead import ReadAhead, ReadAheadLimits, Reservoir

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class Request:
    """What a pipeline needs of an exchange."""

    def __init__(self) -> None:
        """Wait with an empty body."""
        self.head_size = 10
        self.cut = self.over = False

    @property
    def settled(self) -> bool:
        """Tell whether it has been answered."""
        return self.over

    def drop_body(self) -> None:
        """Throw away nothing."""


class Line:
    """A pipeline whose requests wait to be let go."""

    def __init__(self) -> None:
        """Start empty."""
        self.reservoir = Reservoir(10**9)
        self.requests = [Request() for _ in range(3)]
        self.tasks: list[asyncio.Task[None]] = []
        self.let_go = asyncio.Event()
        ahead = ReadAhead(ReadAheadLimits(), self.reservoir)
        self.pipeline = Pipeline(ahead, self._start, self._ended)
        for request in self.requests:
            self.pipeline.queue(request, self._answer)  # type: ignore[arg-type]

    def _start(self, _request: object, app: Callable[..., Awaitable[None]]) -> None:
        self.tasks.append(asyncio.ensure_future(app({}, None, None)))

    def _ended(self) -> None:
        self.pipeline.advance()

    async def _answer(self, *_asgi: Any) -> None:  # noqa: ANN401 - what ASGI gives
        try:
            await self.let_go.wait()
        except asyncio.CancelledError:
            return  # as the boundary does: it answers that the server is stopping


async def _run(line: Line) -> None:
    while not all(task.done() for task in line.tasks):
        await asyncio.wait(line.tasks)


def test_requests_run_in_turn() -> None:
    """Each starts when the one before is settled, and nothing is held at the end."""

    async def scenario() -> None:
        line = Line()
        assert (1, True) == (len(line.tasks), line.pipeline.busy)
        line.let_go.set()
        await _run(line)
        assert (3, False, 0) == (len(line.tasks), line.pipeline.busy, line.reservoir.held)

    asyncio.run(scenario())


def test_after_a_cancelled_request_none_is_begun() -> None:
    """When the time of a stop is over the waiting ones are dropped; they were never answered."""

    async def scenario() -> None:
        line = Line()
        await asyncio.sleep(0)
        line.tasks[0].cancel()
        await _run(line)
        assert [True, False, False] == [request.over for request in line.requests]
        assert (1, False, 0) == (len(line.tasks), line.pipeline.busy, line.reservoir.held)

    asyncio.run(scenario())
