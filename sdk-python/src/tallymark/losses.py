"""
Log what became of events that will not be stored: none ends without a word.

Each line names a kind of loss at most once a minute; `stats()` and `Hooks(on_result=…)` have all.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tallymark.answer import Rejection
    from tallymark.event_ids import EventIds
    from tallymark.guard import Guard

_CAUSES = {
    "queue_overflow": "more events wait than may be kept",
    "expired": "they waited longer than Retry.max_age_ms",
    "storage_error": "the spool could not be written or read back",
}
"""Losses nobody asked for and no call could report when it was made."""


class LossLog:
    """Log losses and rejections through a guard, which keeps them rare."""

    def __init__(self, guard: Guard) -> None:
        """Begin with nothing told."""
        self._guard = guard
        self._told: dict[str, int] = {}
        self._telling = threading.RLock()

    def take(self, dropped: Mapping[str, int], *, last: bool = False) -> None:
        """
        Log what was lost since it was last told; *dropped* = all losses so far, by reason.

        What is held back to keep the log short is told with the next line, or the *last* one.
        """
        with self._telling:
            for reason, cause in _CAUSES.items():
                new = dropped.get(reason, 0) - self._told.get(reason, 0)
                kind = f"dropped {reason}{' at the end' if last else ''}"
                if new > 0 and self._guard.may_say(kind):
                    self._told[reason] = dropped[reason]
                    self._guard.say(kind, f"{_events(new)} dropped: {reason} ({cause})")

    def reject(self, item: Rejection, ids: EventIds) -> None:
        """Log the collector's verdict on one event; its values are not shown."""
        place = "" if item.path is None else f" at {item.path}"
        limit = "" if item.limit is None else f", limit {item.limit}"
        self._guard.say(
            f"rejected {item.code}",
            f"the collector rejected event {ids.of(item.seq)}: {item.code}{place}{limit}",
        )

    def refuse(self, reason: str, number: int, detail: str) -> None:
        """Log events that were given up because no request with them is taken."""
        self._guard.say(f"dropped {reason}", f"{_events(number)} dropped: {reason} ({detail})")

    def end(self, lost: int, left: int, place: str | None) -> None:
        """Log what could not be sent before the end: lost, or left in the spool at *place*."""
        if lost:
            self._guard.say(
                "dropped shutdown_deadline",
                f"{_events(lost)} lost: not sent before the end, and there is no spool",
            )
        if left:
            self._guard.say(
                "left in spool",
                f"{_events(left)} left in {place} for the next process",
                logging.INFO,
            )


def _events(number: int) -> str:
    return "1 event was" if number == 1 else f"{number:,} events were"
