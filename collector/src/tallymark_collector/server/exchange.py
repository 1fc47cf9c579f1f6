"""One request and its answer on a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

if TYPE_CHECKING:
    import asyncio

    from uvicorn._types import ASGIReceiveEvent, ASGISendEvent, HTTPResponseStartEvent

    from tallymark_collector.problem import Problem
    from tallymark_collector.server.outlet import Outlet

_WITHOUT_BODY: Final = (204, 304)
_REFUSED: Final = (429, 503)


class Owner(Protocol):
    """What an exchange tells its connection."""

    def handed_out(self, size: int) -> None:
        """Note that *size* body bytes left the read-ahead."""

    def unheard(self) -> None:
        """Note that a request was refused and nobody is there to be told."""


class Exchange(RequestResponseCycle):
    """A request whose body is handed out from memory, whatever has become of the connection.

    `head_size` and `announced` are the bytes of its head and, if it has a length, of its body.
    `cut` says that no more of the body will come; `refusal` is what a body that broke a limit is
    answered with; it is raised where the application reads the body, so that the answer takes the
    application's own way.
    """

    def __init__(
        self,
        owner: Owner,
        outlet: Outlet,
        **arguments: Any,  # noqa: ANN401 - Uvicorn's own list
    ) -> None:
        """Take Uvicorn's *arguments*, the connection to report to, and where to write."""
        super().__init__(transport=cast("asyncio.Transport", outlet), **arguments)
        self.owner = owner
        self.outlet = outlet
        self._head: HTTPResponseStartEvent | None = None
        self.cut = False
        self.over = False
        self.refusal: Problem | None = None
        self.received = 0
        self.head_size = 0
        self.announced = 0
        self._handed_all = False

    @property
    def settled(self) -> bool:
        """Tell whether nothing more will be done about this request."""
        return self.over or self.response_complete

    @property
    def body_left(self) -> int:
        """Return how many bytes are sure to come and to belong to the body."""
        return max(0, self.announced - self.received) if self.awaits_body else 0

    @property
    def awaits_body(self) -> bool:
        """Tell whether a part of the body is still expected."""
        return self.more_body and not self.cut and self.refusal is None

    def refuse(self, problem: Problem) -> None:
        """Answer *problem* as soon as the body is asked for, and close after the answer."""
        self.refusal = problem
        self.keep_alive = False
        self.drop_body()
        self.message_event.set()

    def drop_body(self) -> None:
        """Throw away body bytes nobody asked for."""
        if self.body:
            self.owner.handed_out(len(self.body))
            self.body = bytearray()

    def cut_off(self) -> None:
        """Note that the rest of the body will never come."""
        if self.more_body:
            self.cut = True
            self.message_event.set()

    async def receive(self) -> ASGIReceiveEvent:
        """Return the next part of the body, `http.disconnect` only if it can never be complete."""
        if self._handed_all:
            return await self._until_gone()
        self._continue()
        while not self._has_part():
            self.message_event.clear()
            await self.message_event.wait()
        if self.refusal is not None:
            raise self.refusal
        if self.cut or self.response_complete:
            return {"type": "http.disconnect"}
        part = bytes(self.body)
        self.drop_body()
        self._handed_all = not self.more_body
        return {"type": "http.request", "body": part, "more_body": self.more_body}

    async def send(self, message: ASGISendEvent) -> None:
        """Send a part of the answer; nothing is sent, and nothing fails, once the peer is gone.

        The head of an answer whose body follows at once waits for it.
        """
        if message["type"] == "http.response.start":
            if self.disconnected and message["status"] in _REFUSED:
                self.owner.unheard()
            if self.waiting_for_100_continue:
                # The peer may leave out a body it was not told to send: what follows is unknown.
                self.keep_alive = self.keep_alive and not self.more_body
            if _is_whole(message):
                self._head = message
                return
        head, self._head = self._head, None
        if head is None:
            await super().send(message)
            return
        self.outlet.cork()
        try:
            await super().send(head)
            await super().send(message)
        finally:
            self.outlet.uncork()

    def _continue(self) -> None:
        if self.waiting_for_100_continue:
            self.waiting_for_100_continue = False
            if self.more_body and self.refusal is None and not self.disconnected:
                self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _has_part(self) -> bool:
        return bool(
            self.body
            or not self.more_body
            or self.cut
            or self.refusal is not None
            or self.response_complete
        )

    async def _until_gone(self) -> ASGIReceiveEvent:
        while not (self.disconnected or self.response_complete):
            self.message_event.clear()
            await self.message_event.wait()
        return {"type": "http.disconnect"}


def _is_whole(start: HTTPResponseStartEvent) -> bool:
    """Tell whether the body of an answer follows its head at once: a stream has no length."""
    return start["status"] in _WITHOUT_BODY or any(
        name == b"content-length" for name, _ in start.get("headers", ())
    )
