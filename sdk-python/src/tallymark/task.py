"""
Drive a recorder's deliveries with a task: the twin of `worker` for programs that run an event loop.

The task lives in the loop that first awaits a call, and moves to another when that one ends. What
waits on a disk, and the import of aiohttp, run in the loop's executor. Nothing here decides what is
sent, or when; a cancelled request counts as one whose answer got lost.
"""

from __future__ import annotations

import asyncio
import inspect
import threading
import time
from dataclasses import dataclass, field, replace
from queue import SimpleQueue
from typing import TYPE_CHECKING, TypeVar

from tallymark.courier import AFTER_FAULT_MS, EXIT_S
from tallymark.decisions import Done, Wait
from tallymark.lanes import settled
from tallymark.lifecycle import FORKS, at_exit, not_at_exit
from tallymark.retry import CEILING
from tallymark.transport import Failure

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Awaitable, Callable

    from tallymark.courier import Courier
    from tallymark.lanes import Job
    from tallymark.retry import Draws
    from tallymark.transport import AsyncTransport, Request, Response, Transport

T = TypeVar("T")

_BREATHE_EVERY = 100
"""Calls after which a loop that only records lets the sending task have its turn."""
_LOOK_AGAIN_S = 1.0
_JOIN_S = 1.0


@dataclass(eq=False)
class _Home:
    """Hold where the task lives: a loop, and what is in the air there."""

    loop: AbstractEventLoop
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    opening: asyncio.Lock = field(default_factory=asyncio.Lock)
    task: asyncio.Task[None] | None = None
    transport: AsyncTransport | Transport | None = None
    jobs: dict[int, Job] = field(default_factory=dict)

    def put(self, item: None) -> None:
        """Wake the task; may be called from any thread (as a queue of signals is)."""
        del item
        call(self.loop, self.woken.set)

    @property
    def alive(self) -> bool:
        """Tell whether the task will run if it is woken now."""
        if self.task is None or self.task.done() or self.loop.is_closed():
            return False
        return self.loop.is_running() or self.loop is running_loop()


def call(loop: AbstractEventLoop, function: Callable[[], object]) -> None:
    """Have *loop* call a function soon; nothing happens if it is closed."""
    try:
        loop.call_soon_threadsafe(function)
    except RuntimeError:
        # Closed between a look at it and now: whoever needs the task finds it another home.
        return


def running_loop() -> AbstractEventLoop | None:
    """Return the loop that runs in this thread."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


class TaskShell:
    """Send what the recorder decides, from an event loop."""

    def __init__(self, courier: Courier, transport: AsyncTransport | Transport | None) -> None:
        """Drive *courier*'s recorder by *transport*, None = HTTP; no task is started yet."""
        self._courier = courier
        self._recorder = courier.recorder
        self._given = transport
        self._home: _Home | None = None
        self._moving = threading.Lock()
        self._ended = False
        self._calls = 0
        self._waiting: dict[asyncio.Event, AbstractEventLoop] = {}
        self._recorder.wake = self.wake
        courier.steered = transport is None

    # -- called by the client ------------------------------------------------------------------

    def wake(self) -> bool:
        """Look for work now; starts the task if it does not run. False = no loop runs here."""
        home = self._find_home()
        if home is None:
            return False
        home.put(None)
        return True

    def _find_home(self) -> _Home | None:
        with self._moving:
            if self._home is not None and self._home.alive:
                return self._home
            loop = running_loop()
            if loop is None or self._ended:
                return None
            self._leave_home()
            not_at_exit(self.exit)
            at_exit(self.exit)
            self._home = home = _Home(loop)
            home.task = loop.create_task(self._main(home), name="tallymark")
            return home

    def _leave_home(self) -> None:
        """Give up what was in the air in a loop that does not run any more."""
        if self._home is not None:
            for job in list(self._home.jobs.values()):
                self._land(self._home, job, Failure("other", "its event loop stopped"))

    async def breathe(self) -> None:
        """
        Let the task have its turn, and wait for room while the queue is nearly full.

        Only while the collector answers: in an outage the caller is not held up, and what does not
        fit is dropped and declared as `queue_overflow`.
        """
        self._calls += 1
        if self._calls % _BREATHE_EVERY == 0:
            await asyncio.sleep(0)
        while self._recorder.crowded() and not self._ended and self.wake():
            self._recorder.hurry()
            await self._news(_LOOK_AGAIN_S)

    async def flush(self, timeout_s: float) -> bool:
        """Wait until everything recorded so far is settled; False if that cannot be in time."""
        deadline = time.monotonic() + timeout_s
        self.wake()
        if not await self._until(lambda: self._courier.adopted, deadline):
            return False
        goals = self._recorder.hurry()
        self.wake()
        return await self._until(lambda: settled(goals), deadline)

    async def close(self, timeout_s: float) -> bool:
        """Send what is left, say that the streams end, and stop; False if something is left."""
        deadline = time.monotonic() + timeout_s
        self._recorder.end()
        self.wake()
        try:
            return await self._until(self._recorder.drained, deadline)
        finally:
            # Also if the caller is cancelled here: what is left is put where it is safe, now.
            self.end()
            await self._join()

    def end(self) -> None:
        """Stop now: what is left stays in the spool, or is lost and said so."""
        self._ended = True
        not_at_exit(self.exit)
        self._courier.shut()
        home = self._home
        if home is not None and home.task is not None:
            call(home.loop, home.task.cancel)

    async def _join(self) -> None:
        home = self._home
        if home is None or home.task is None or home.loop is not running_loop():
            return
        if home.task is not asyncio.current_task():
            await asyncio.wait({home.task}, timeout=_JOIN_S)

    def exit(self) -> None:
        """Deliver within the time an exiting program has: without a loop, so by requests."""
        if not self._ended:
            self._courier.guard.attempt("exit", self._deliver_at_exit)

    def _deliver_at_exit(self) -> None:
        deadline = time.monotonic() + EXIT_S
        self._leave_home()
        self._home = None
        self._recorder.end()
        try:
            while not self._recorder.drained() and self._send_at_exit(deadline):
                pass
        finally:
            self.end()

    def _send_at_exit(self, deadline: float) -> bool:
        left = deadline - time.monotonic()
        decision = self._recorder.next()
        if left <= 0 or isinstance(decision, Done):
            return False
        if isinstance(decision, Wait):
            delay = self._courier.clock.delay(SimpleQueue(), decision.until)
            if delay is None or delay > left:
                return False
            threading.Event().wait(delay)
            return True
        request = self._courier.request(decision)
        request = replace(request, timeout_s=min(left, request.timeout_s))
        came = self._exit_transport().send(request)
        if inspect.isawaitable(came):
            return False
        self._courier.settle(decision, came)
        return True

    def _exit_transport(self) -> AsyncTransport | Transport:
        if self._given is not None:
            return self._given
        from tallymark.transport.http import HttpTransport  # noqa: PLC0415 - as in `worker`

        self._given = HttpTransport(self._courier.endpoint.url)
        return self._given

    def abandon(self) -> None:
        """Do nothing any more: this is a forked child, the loop is the parent's."""
        self._ended = True
        self._home = None

    def forget(self) -> None:
        """Take note that the client is gone; may be called by the garbage collector: no locks."""
        self._courier.forgotten = True
        if self._home is not None:
            self._home.put(None)

    # -- waiting for the task ------------------------------------------------------------------

    async def _until(self, reached: Callable[[], bool], deadline: float) -> bool:
        while True:
            left = deadline - time.monotonic()
            with self._recorder.lock:
                if reached():
                    return True
                if left <= 0 or self._recorder.hopeless(left * 1_000):
                    return False
            await self._news(left)

    async def _news(self, timeout_s: float) -> None:
        """Wait until the task did something, at most that long; from any loop."""
        news = asyncio.Event()
        self._waiting[news] = asyncio.get_running_loop()
        try:
            await _wait(news, min(timeout_s, _LOOK_AGAIN_S))
        finally:
            self._waiting.pop(news, None)

    def _tell(self) -> None:
        for news, loop in list(self._waiting.items()):
            call(loop, news.set)

    # -- the task ------------------------------------------------------------------------------

    async def _main(self, home: _Home) -> None:
        count = self._courier.retry.in_flight
        runners = [home.loop.create_task(self._run(home)) for _ in range(count)]
        try:
            await asyncio.gather(*runners)
        finally:
            for runner in runners:
                runner.cancel()
            await asyncio.gather(*runners, return_exceptions=True)
            self._tell()
            if home.transport is not None:
                await _value(home.transport.close())

    async def _run(self, home: _Home) -> None:
        while not self._ended and self._home is home:
            decision = await self._courier.guard.attempt_async("task", lambda: self._step(home))
            self._tell()
            if decision is None:
                await _wait(home.woken, AFTER_FAULT_MS / 1_000)
            elif isinstance(decision, Done):
                break
        home.put(None)
        if self._recorder.closed and not self._ended:
            self._courier.guard.attempt("task", self.end)

    async def _step(self, home: _Home) -> Job | Wait | Done:
        if self._courier.adoption_due:
            await self._aside(self._courier.adopt)
        if self._courier.steered and self._courier.config_due:
            asked = self._courier.config_request()
            self._courier.take_config(await self._exchange(home, asked))
        decision = self._recorder.next()
        if isinstance(decision, Wait):
            await self._rest(home, decision)
        elif not isinstance(decision, Done):
            await self._work(home, decision)
        return decision

    async def _rest(self, home: _Home, decision: Wait) -> None:
        await self._aside(self._courier.tidy)
        pause = self._courier.rest(decision)
        self._tell()
        if pause is not None:
            await _wait(home.woken, self._courier.clock.delay(home, pause.until))
            home.woken.clear()

    async def _aside(self, function: Callable[[], T]) -> T:
        """Call what may wait on a disk, beside the loop if there is a disk at all."""
        if not self._recorder.spooled:
            return function()
        return await asyncio.get_running_loop().run_in_executor(None, function)

    async def _work(self, home: _Home, job: Job) -> None:
        home.jobs[id(job)] = job
        came: Response | Failure | None = Failure("other", "cancelled")
        try:
            await self._aside(self._courier.tidy)
            came = await self._courier.guard.attempt_async(
                "transport", lambda: self._send(home, job)
            )
        finally:
            self._land(home, job, came)

    def _land(self, home: _Home, job: Job, came: Response | Failure | None) -> None:
        if home.jobs.pop(id(job), None) is not None and not self._ended:
            self._courier.settle(job, came)
            self._tell()

    async def _send(self, home: _Home, job: Job) -> Response | Failure:
        return await self._exchange(home, self._courier.request(job))

    async def _exchange(self, home: _Home, request: Request) -> Response | Failure:
        async with home.opening:
            if home.transport is None:
                home.transport = await self._open()
        return await _value(home.transport.send(request))

    async def _open(self) -> AsyncTransport | Transport:
        if self._given is not None:
            self._recorder.link.draws = getattr(self._given, "draws", CEILING)
            return self._given
        loop = asyncio.get_running_loop()
        make, self._recorder.link.draws = await loop.run_in_executor(None, _import_http)
        return make(self._courier.endpoint.url)


def _import_http() -> tuple[Callable[[str], AsyncTransport], Draws]:
    # Imported here, beside the loop: they take longer than everything else together.
    with FORKS.importing:
        from tallymark.draws import draws  # noqa: PLC0415
        from tallymark.transport.aio import AioTransport  # noqa: PLC0415

    return AioTransport, draws()


async def _value(given: Awaitable[T] | T) -> T:
    """Return what a transport gives; one that is not asynchronous (in memory) gives it at once."""
    return await given if inspect.isawaitable(given) else given


async def _wait(event: asyncio.Event, timeout_s: float | None) -> None:
    """Wait for an event, at most that long; it is set in either case."""
    if timeout_s is None:
        await event.wait()
        return
    timer = asyncio.get_running_loop().call_later(timeout_s, event.set)
    try:
        await event.wait()
    finally:
        timer.cancel()
