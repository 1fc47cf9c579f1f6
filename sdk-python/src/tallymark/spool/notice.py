"""Say what a user of a spool should be told; wording and place are the client's business."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

NoticeCode = Literal["unusable", "degraded", "recovered", "damaged", "kept_aside", "unreadable"]


@dataclass(frozen=True)
class Notice:
    """
    Report one thing about a spool directory.

    unusable    the directory cannot be used: events are kept in memory
    degraded    writing failed: events are kept in memory until it works again
    recovered   writing works again
    damaged     bytes were not readable; the events lost with them are declared `storage_error`
    kept_aside  files of another format version were found; they are kept and not touched
    unreadable  files could not be read now; they are kept for the next attempt
    """

    code: NoticeCode
    path: str
    detail: str


if TYPE_CHECKING:
    Report = Callable[[Notice], None]


def ignore(notice: Notice) -> None:
    """Tell nobody."""
    del notice
