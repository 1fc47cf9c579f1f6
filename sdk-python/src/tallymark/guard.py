"""
Keep the program that is measured alive: the one place that catches everything.

A call of this SDK must never break its host. Whatever goes wrong is logged, at most once a minute
and kind; wrong use is raised instead if the client is strict.
"""

from __future__ import annotations

import functools
import logging
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Protocol, TypeVar

from tallymark.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tallymark.clock import Clock

QUIET_MS = 60_000

P = ParamSpec("P")
R = TypeVar("R")
C = TypeVar("C", bound="Guarded")


def result_of(function: Callable[[], R]) -> R | Exception:
    """Return what *function* returns, or the error it raises: for code that is not ours."""
    try:
        return function()
    except Exception as error:  # noqa: BLE001 - the caller decides what any error means
        return error


class Guard:
    """Log a kind of trouble once a minute, with the number of repeats left out since."""

    def __init__(self, clock: Clock, logger: logging.Logger, *, strict: bool) -> None:
        """Log to *logger*; *strict* is for `guarded`."""
        self._clock = clock
        self._logger = logger
        self.strict = strict
        self._last: dict[str, tuple[int, int]] = {}

    def may_say(self, kind: str) -> bool:
        """Tell whether `say` would log this kind now; asking counts as no repeat."""
        last = self._last.get(kind)
        return last is None or self._clock.steady_ms() - last[0] >= QUIET_MS

    def say(self, kind: str, message: str, level: int = logging.WARNING) -> bool:
        """Log *message* unless its kind was logged within the last minute; tell whether it was."""
        now = self._clock.steady_ms()
        last, left_out = self._last.get(kind, (now - QUIET_MS, 0))
        if now - last < QUIET_MS:
            self._last[kind] = (last, left_out + 1)
            return False
        self._last[kind] = (now, 0)
        if left_out:
            message = f"{message} (and {left_out} more of this kind)"
        self._logger.log(level, message)
        return True

    def attempt(self, kind: str, function: Callable[[], R]) -> R | None:
        """Call a function that is not ours (a hook); None and a log line if it raises."""
        result = result_of(function)
        if isinstance(result, Exception):
            self.say(kind, f"{kind} raised {type(result).__name__}: {result}", logging.ERROR)
            return None
        return result

    async def attempt_async(self, kind: str, function: Callable[[], Awaitable[R]]) -> R | None:
        """Await what is not ours (a transport); None and a log line if it raises."""
        try:
            return await function()
        except Exception as error:  # noqa: BLE001 - the host must live (see the module)
            self.say(kind, f"{kind} raised {type(error).__name__}: {error}", logging.ERROR)
            return None


class Guarded(Protocol):
    """What `guarded` needs of the object whose method it wraps."""

    _guard: Guard

    def _failed(self, method: str, error: Exception) -> None:
        """Take note of a failed call."""


def guarded(
    method: Callable[Concatenate[C, P], R],
) -> Callable[Concatenate[C, P], R | None]:
    """Make a method return None instead of raising; a strict client raises wrong use."""

    @functools.wraps(method)
    def call(self: C, /, *args: P.args, **kwargs: P.kwargs) -> R | None:
        try:
            return method(self, *args, **kwargs)
        except UsageError as error:
            if self._guard.strict:
                raise
            self._failed(method.__name__, error)
        except TypeError as error:
            wrong = _misfit(error)
            if wrong is not None and self._guard.strict:
                raise wrong from error
            self._failed(method.__name__, wrong or error)
        except Exception as error:  # noqa: BLE001 - the host must live (see the module)
            self._failed(method.__name__, error)
        return None

    return call


def _misfit(error: TypeError) -> UsageError | None:
    """Return wrong use if the arguments did not fit the signature: the call never began."""
    trace = error.__traceback__
    began = trace is not None and trace.tb_next is not None
    return None if began else UsageError(str(error))
