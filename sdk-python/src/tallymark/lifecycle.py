"""
Follow the process: forks, exit, SIGTERM.

The interpreter's hooks belong to the process and cannot be taken back (`os.register_at_fork`), so
one registry of weak references serves every client; it is the package's only shared state.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
import weakref
from typing import TYPE_CHECKING, NoReturn, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

_IMPORT_S = 5.0
_TERMINATED = 128 + signal.SIGTERM


class Forkable(Protocol):
    """What wants to know that it lives in a forked child now."""

    def after_fork(self) -> None:
        """Begin anew: no lock, thread, connection or file of the parent may be used."""


class Forks:
    """
    Tell every living client about a fork, in the child.

    While a thread imports under `importing`, a fork waits: the child would inherit a module that is
    half there, with a lock that nobody will ever release, and could never send.
    """

    def __init__(self) -> None:
        """Ask the interpreter to be told."""
        self._known: weakref.WeakSet[Forkable] = weakref.WeakSet()
        self.importing: threading.Lock = threading.Lock()
        self._waited = False
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(
                before=self._wait,
                after_in_parent=self._go_on,
                after_in_child=self._tell,
            )

    def follow(self, client: Forkable) -> None:
        """Tell *client* from now on."""
        self._known.add(client)

    def _wait(self) -> None:
        # Not for ever: the forking thread may itself hold a lock that import is waiting for.
        self._waited = self.importing.acquire(timeout=_IMPORT_S)

    def _go_on(self) -> None:
        if self._waited:
            self.importing.release()

    def _tell(self) -> None:
        self.importing = threading.Lock()
        for client in list(self._known):
            client.after_fork()


FORKS = Forks()


def at_exit(function: Callable[[], object]) -> None:
    """
    Call *function* when the interpreter exits.

    Children of multiprocessing leave without running atexit's functions, but run their own.
    """
    atexit.register(function)
    multiprocessing = sys.modules.get("multiprocessing.util")
    if multiprocessing is not None and sys.modules["multiprocessing.process"].parent_process():
        multiprocessing.Finalize(None, function, exitpriority=100)


def not_at_exit(function: Callable[[], object]) -> None:
    """Forget a function of `at_exit`; multiprocessing's list keeps it, so it must bear that."""
    atexit.unregister(function)


def exit_on_sigterm() -> bool:
    """
    Turn SIGTERM into a normal exit if nobody handles it yet; tell whether that was done.

    The exit unwinds the main thread, so no lock is left held, and then runs atexit's functions.
    """
    if threading.current_thread() is not threading.main_thread():
        return False
    if signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        return False
    signal.signal(signal.SIGTERM, _exit)
    return True


def _exit(number: int, frame: object) -> NoReturn:
    del number, frame
    sys.exit(_TERMINATED)
