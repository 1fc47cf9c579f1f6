"""
Record log lines as events.

    logging.getLogger("app").addHandler(TallymarkHandler(client, level=logging.WARNING))
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

from tallymark.guard import result_of

if TYPE_CHECKING:
    from tallymark.client import Client

_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class TallymarkHandler(logging.Handler):
    """
    Track each record as one event.

    Its properties are `level`, `logger`, `message`, `error` (the type of an exception), and what
    the line was given as `extra`. Lines of this package, and of its sending threads, are left out:
    they would never end.
    """

    def __init__(
        self, client: Client, event: str = "Logged", *, level: int = logging.WARNING
    ) -> None:
        """Track for *client* under the name *event*."""
        super().__init__(level)
        self._client = client
        self._event = event

    def emit(self, record: logging.LogRecord) -> None:
        """Track a record."""
        ours = str(record.name).partition(".")[0] == "tallymark"
        if not ours and not threading.current_thread().name.startswith("tallymark-"):
            self._client.track(self._event, self._properties(record), time=record.created)

    def _properties(self, record: logging.LogRecord) -> dict[str, Any]:
        extra = {key: value for key, value in vars(record).items() if key not in _OWN}
        message = result_of(record.getMessage)
        said: dict[str, Any] = {
            **extra,
            "level": record.levelname,
            "logger": record.name,
            # Wrong arguments of a line are its author's business, and no reason to lose it.
            "message": record.msg if isinstance(message, Exception) else message,
        }
        if record.exc_info and record.exc_info[0] is not None:
            said["error"] = record.exc_info[0].__name__
        return said
