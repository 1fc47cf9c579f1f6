"""The client: what a program calls. Calls never raise and never wait for a network."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from tallymark.clock import seconds
from tallymark.courier import FLUSH_S
from tallymark.environment import client_options
from tallymark.guard import guarded
from tallymark.options import Batching, Endpoint, Hooks, Privacy, Retry, Spool
from tallymark.tracker import BATCHING, HOOKS, LOGGER, PRIVACY, RETRY, SPOOL, Tracker
from tallymark.worker import Worker

if TYPE_CHECKING:
    from typing import Self

    from tallymark.transport import Transport


class Client(Tracker[Worker]):
    """
    Record events and deliver them in the background.

    Calls return the event's id, or None if there is no event (wrong use, no consent, closed
    client). *transport* replaces HTTP, as `tallymark.testing.MemoryTransport` does.

    :raises ConfigurationError: if an option cannot work

    >>> Client("tmk_0123456789abcdefghijAB", "https://events.example", spool=Spool(False))
    Client(Endpoint(key='tmk_0123…', url='https://events.example'))
    """

    def __init__(
        self,
        key: str,
        url: str,
        *,
        batching: Batching = BATCHING,
        retry: Retry = RETRY,
        spool: Spool = SPOOL,
        privacy: Privacy = PRIVACY,
        hooks: Hooks = HOOKS,
        transport: Transport | None = None,
    ) -> None:
        """Begin to record; nothing is sent and nothing of requests is imported yet."""
        super().__init__(
            Endpoint(key, url),
            batching,
            retry,
            spool,
            privacy,
            hooks,
            lambda courier: Worker(courier, transport),
            getattr(transport, "clock", None),
        )

    @classmethod
    def from_env(cls, **options: Any) -> Client:  # noqa: ANN401 - the constructor's options
        """
        Read TALLYMARK_KEY, TALLYMARK_URL and TALLYMARK_SPOOL; *options* as for the constructor.

        Without a key the client is disabled: it warns once, records nothing, and says so in
        `stats()`. TALLYMARK_SPOOL is a directory, or `off`.

        >>> Client.from_env(spool=Spool(False)).stats().disabled  # without TALLYMARK_KEY
        True
        """
        found = client_options(os.environ, options, LOGGER)
        client = cls(found.key, found.url, **found.options)
        if found.disabled:
            client._pipeline.disable()
        return client

    def __repr__(self) -> str:
        """Show where the client sends; the key is masked."""
        return f"Client({self._endpoint!r})"

    def flush(self, timeout: float = FLUSH_S) -> bool:
        """
        Wait until everything recorded so far is settled; *timeout* in seconds.

        False if it is not, and at once if it cannot be in time (a pause, a long backoff).

        >>> client.flush(timeout=5)
        True
        """
        return bool(self._flush(timeout))

    @guarded
    def _flush(self, timeout: float) -> bool:
        return self._pipeline.worker.flush(seconds(timeout))

    def close(self, timeout: float = FLUSH_S) -> bool:
        """
        Send what is left, end the streams and stop; False if something could not be sent.

        What is left stays in the spool for the next process, or is declared `shutdown_deadline`.

        >>> with Client(KEY, URL, spool=Spool(False), transport=MemoryTransport()) as another:
        ...     _ = another.track("Started")
        >>> another.close()  # again: what the first time came to
        True
        """
        return bool(self._close(timeout))

    @guarded
    def _close(self, timeout: float) -> bool:
        wait = seconds(timeout)
        if self._begin_close():
            self._pipeline.complete = self._pipeline.worker.close(wait)
        return self._pipeline.complete

    def __enter__(self) -> Self:
        """Return the client; `with` closes it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the client."""
        self.close()
