"""Stored events as lines of JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.govern.access import Scope
from tallymark_collector.query.lines import event_of, line_of, newest
from tallymark_collector.store.log import StoredEvent
from tallymark_protocol.event_id import event_id

if TYPE_CHECKING:
    from collections.abc import Sequence

STREAM = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
READ = frozenset({"read"})
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


class Many:
    """A log in which every seventh event is of project 2."""

    def read(self, scope: Scope, after: int, limit: int) -> Sequence[StoredEvent]:
        """Return up to *limit* events with `pos` > *after*."""
        own = [
            pos for pos in range(1, 701) if (pos % 7 == 0) == (scope.project == 2) and pos > after
        ]
        return [StoredEvent(pos, STREAM, pos, None, 0, 0, 0, b"{}") for pos in own[:limit]]

    def head(self) -> int:
        """Return the highest position."""
        return 700


@given(
    st.booleans(), st.none() | st.integers(0, 2**50), st.dictionaries(st.text(), JSON, max_size=4)
)
def test_a_line_comes_back(placed: bool, sent: int | None, rest: dict[str, object]) -> None:  # noqa: FBT001
    """An event must be the same after it was a line."""
    body = {key: value for key, value in rest.items() if key != "t"}
    body |= {} if sent is None else {"t": sent}
    place = (STREAM, 9, None) if placed else (None, None, "mine-0001")
    stored = StoredEvent(7, *place, 20, 20 if sent is None else sent, 12, json.dumps(body).encode())
    found = event_of(line_of(stored))
    assert json.loads(stored.body) == json.loads(found.body)
    assert stored == StoredEvent(**{**_fields(found), "body": stored.body})


def test_a_line_names_the_event() -> None:
    """The id must be the event's own, else the one that follows from its place (LED-07)."""
    placed = json.loads(line_of(StoredEvent(1, STREAM, 2, None, 0, 0, 0, b"{}")))
    own = json.loads(line_of(StoredEvent(1, None, None, "mine-0001", 0, 0, 0, b"{}")))
    assert (event_id(STREAM, 2), "mine-0001") == (placed["id"], own["id"])


def test_the_newest_are_found_behind_others() -> None:
    """The newest of a project must be found behind another project's many, none of none."""
    log = Many()
    assert [693, 700] == [one.pos for one in newest(log, Scope(2, "t", READ), 2)]
    assert [698, 699] == [one.pos for one in newest(log, Scope(1, "t", READ), 2)]
    assert (100, 0) == (
        len(newest(log, Scope(2, "t", READ), 1_000)),
        len(newest(log, Scope(2, "t", READ), 0)),
    )


def _fields(stored: StoredEvent) -> dict[str, object]:
    return {name: getattr(stored, name) for name in StoredEvent.__slots__}
