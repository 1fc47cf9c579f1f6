"""Stored events in order of arrival, from the store or from a running collector."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Final, Protocol

from tallymark_collector.cli import remote
from tallymark_collector.cli.failure import WRONG_USE, Failure
from tallymark_collector.cli.local import events_of
from tallymark_collector.connect.collectors import HttpCollector
from tallymark_collector.query import lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tallymark_collector.cli.options import Here
    from tallymark_collector.connect.collectors import Collector
    from tallymark_collector.govern.access import Scope
    from tallymark_collector.store.log import LogReader, StoredEvent

_AT_ONCE: Final = 1_000


class Stored(Protocol):
    """The events of one project."""

    def newest(self, number: int) -> Sequence[StoredEvent]:
        """Return the last *number* of them, in order of arrival."""

    def after(self, pos: int) -> Sequence[StoredEvent]:
        """Return the next ones behind a position, none when there are no more yet."""


class StoredHere:
    """The events in a store that this process opens."""

    def __init__(self, reader: LogReader, scope: Scope) -> None:
        """Read what *scope* may see."""
        self._reader = reader
        self._scope = scope

    def newest(self, number: int) -> Sequence[StoredEvent]:
        """Return the last *number* of them, in order of arrival."""
        return lines.newest(self._reader, self._scope, number)

    def after(self, pos: int) -> Sequence[StoredEvent]:
        """Return the next ones behind a position, none when there are no more yet."""
        return self._reader.read(self._scope, pos, _AT_ONCE)


class StoredThere:
    """The events a running collector gives to the holder of a key."""

    def __init__(self, collector: Collector) -> None:
        """Ask *collector*."""
        self._collector = collector

    def newest(self, number: int) -> Sequence[StoredEvent]:
        """Return the last *number* of them, in order of arrival; at most 1,000."""
        return self._asked(f"newest={min(number, _AT_ONCE)}")

    def after(self, pos: int) -> Sequence[StoredEvent]:
        """Return the next ones behind a position, none when there are no more yet."""
        return self._asked(f"after={pos}")

    def _asked(self, query: str) -> Sequence[StoredEvent]:
        reply = remote.asked(self._collector, "GET", f"/v1/events?{query}")
        try:
            return [lines.event_of(line) for line in reply.content.splitlines()]
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise remote.no_collector(reply, self._collector) from error


@contextmanager
def stored(here: Here, project: str, url: str | None, key: str | None) -> Iterator[Stored]:
    """Open the events kept here, or with an address those of a running collector."""
    if url is None:
        with events_of(here.place(), project) as (reader, scope):
            yield StoredHere(reader, scope)
        return
    if here.named:
        raise Failure(
            f"{here.flag} and --url both say where to look", "Give one.", exit_code=WRONG_USE
        )
    with closing(HttpCollector(url, remote.reading_key(url, key))) as collector:
        yield StoredThere(collector)
