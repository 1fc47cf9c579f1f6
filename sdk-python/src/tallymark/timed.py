"""Measure how long a block or a function takes, and record it as one event."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from tallymark.clock import Clock

P = ParamSpec("P")
R = TypeVar("R")


class Timed:
    """Be a context manager and a decorator; each use records one event."""

    def __init__(
        self,
        track: Callable[..., object],
        clock: Clock,
        name: str,
        properties: Mapping[str, Any] | None,
        fields: Mapping[str, Any],
    ) -> None:
        """Measure for *track* by *clock*."""
        self._track = track
        self._clock = clock
        self._name = name
        self._properties = properties
        self._fields = fields
        self._begun: list[int] = []

    def __enter__(self) -> dict[str, Any]:
        """Begin; properties put into what is returned go with the event."""
        self._added: dict[str, Any] = {}
        self._begun.append(self._clock.steady_ms())
        return self._added

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Record the event; an error passes through."""
        measured: dict[str, Any] = {"duration_ms": self._clock.steady_ms() - self._begun.pop()}
        if kind is not None:
            measured["error"] = kind.__name__
        properties = {**(self._properties or {}), **self._added, **measured}
        self._track(self._name, properties, **self._fields)

    def _fresh(self) -> Timed:
        return Timed(self._track, self._clock, self._name, self._properties, self._fields)

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """Return *function*, measured; a coroutine function stays one."""
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def call_async(*args: P.args, **kwargs: P.kwargs) -> Any:  # noqa: ANN401
                with self._fresh():
                    return await function(*args, **kwargs)

            return cast("Callable[P, R]", call_async)

        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            with self._fresh():
                return function(*args, **kwargs)

        return call
