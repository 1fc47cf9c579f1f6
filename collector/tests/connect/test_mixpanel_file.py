"""Mixpanel's raw export read as events."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.connect.mixpanel_file import MixpanelFile, looks_like, milliseconds, who
from tallymark_collector.connect.record import Record, Unreadable
from tallymark_collector.query.buckets import zone

if TYPE_CHECKING:
    from tallymark_collector.connect.record import Item

STREAM = "0197a1b2-c3d4-8e5f-8a9b-0c1d2e3f4a5b"


def items(*lines: object, stream: str = STREAM) -> list[Item]:
    """Return the records of a file of these lines."""
    text = "".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines)
    return list(MixpanelFile(stream, zone("UTC")).read(io.StringIO(text)))


def line(name: str, time: float = 1_704_362_400, **properties: object) -> dict[str, Any]:
    """Return one exported event; `_` before a name stands for `$`."""
    named = {
        key.replace("_", "$", 1) if key[0] == "_" else key: properties[key] for key in properties
    }
    return {"event": name, "properties": {"time": time, **named}}


def test_an_event_becomes_ours() -> None:
    """Name, time, person and properties must be there, Mixpanel's own fields not twice."""
    (record,) = items(line("Buy", distinct_id="ann", _insert_id="i1", price=5, _os="Linux"))
    assert isinstance(record, Record)
    event = dict(record.event)
    assert len(str(event.pop("id"))) == 36
    assert event == {
        "t": 1_704_362_400_000, "e": "Buy", "u": "ann", "p": {"price": 5, "$os": "Linux"},
    }  # fmt: skip


def test_the_key_of_mixpanel_is_the_identity() -> None:
    """Event, distinct_id, time and $insert_id must make the id (LED-12), whatever else differs."""

    def identity(name: str, time: float, user: str, insert_id: object, price: int) -> object:
        parts = {"distinct_id": user, "price": price}
        given = parts if insert_id is None else {**parts, "_insert_id": insert_id}
        (record,) = items(line(name, time, **given))
        assert isinstance(record, Record)
        return record.event["id"]

    known = ("Buy", 1_704_362_400, "ann", "i1", 1)
    same = [known, (*known[:4], 2), ("Buy", 1_704_362_400_250, "ann", "i1", 1)]
    other = [
        ("Sell", *known[1:]), ("Buy", 1_704_362_401, *known[2:]), (*known[:2], "bob", *known[3:]),
        (*known[:3], "i2", 1), (*known[:3], None, 1),
    ]  # fmt: skip
    assert len({identity(*one) for one in same}) == 1
    assert len({identity(*one) for one in [known, *other]}) == 6


def test_without_an_insert_id_a_line_is_an_event() -> None:
    """Equal lines without $insert_id must be two events, the same ones in the same file only."""
    first = [record.event["id"] for record in items(*[line("A")] * 2) if isinstance(record, Record)]
    again = [record.event["id"] for record in items(*[line("A")] * 2) if isinstance(record, Record)]
    other = items(line("A"), stream=STREAM.replace("0197", "0198"))[0]
    assert isinstance(other, Record)
    assert (2, True, False) == (len(set(first)), first == again, other.event["id"] in first)


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"distinct_id": "ann"}, ("ann", None)),
        ({"distinct_id": 7}, ("7", None)),
        ({"distinct_id": ""}, (None, None)),
        ({"distinct_id": "$device:D"}, (None, "D")),
        ({"distinct_id": "$device:D", "$device_id": "D"}, (None, "D")),
        ({"distinct_id": "D", "$device_id": "D"}, (None, "D")),
        ({"distinct_id": "ann", "$device_id": "D"}, ("ann", "D")),
        ({"distinct_id": "ann", "$user_id": "ann", "$device_id": "D"}, ("ann", "D")),
        ({"distinct_id": "D", "$user_id": "ann", "$device_id": "D"}, ("ann", "D")),
        ({}, (None, None)),
    ],
)
def test_who_did_it(properties: dict[str, object], expected: tuple[str | None, str | None]) -> None:
    """User and device must be told apart in both identity schemes."""
    assert expected == who(properties)


def test_links_become_records() -> None:
    """A device must be linked to its user once, and again where an earlier event shows it."""
    both = {"_user_id": "U1", "_device_id": "D1"}
    found = items(line("A", 100, **both), line("A", 200, **both), line("A", 50, **both))
    kinds = [(one.number, one.event.get("k", "track"), one.added) for one in found]  # type: ignore[union-attr]
    assert kinds == [
        (1, "identify", True), (1, "track", False), (2, "track", False),
        (3, "identify", True), (3, "track", False),
    ]  # fmt: skip
    assert {"k": "identify", "t": 100_000, "u": "U1", "d": "D1"}.items() <= found[0].event.items()  # type: ignore[union-attr]


def test_merges_of_the_original_scheme() -> None:
    """$identify, $create_alias and $merge must be links, not events."""
    found = items(
        line("$identify", _identified_id="ann", _anon_id="D"),
        line("$create_alias", distinct_id="ann", alias="old"),
        line("$merge", _distinct_ids=["a", "b"]),
        line("$merge", _distinct_ids=["a"]),
    )
    kept = [{k: v for k, v in one.event.items() if k not in ("id", "t", "p")} for one in found]  # type: ignore[union-attr]
    assert kept == [
        {"k": "identify", "d": "D", "u": "ann"},
        {"k": "alias", "from": "old", "to": "ann"},
        {"k": "alias", "from": "a", "to": "b"},
        {"e": "merge"},
    ]


def test_page_views_and_reserved_names() -> None:
    """A page view must be a page; no name may begin with the protocol's $."""
    page, session = items(
        line("$mp_web_page_view", current_page_title="Home", current_url_path="/"),
        line("$session_start"),
    )
    assert {"k": "page", "p": {"$title": "Home", "$path": "/"}}.items() <= page.event.items()  # type: ignore[union-attr]
    assert "session_start" == session.event["e"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("time", "name", "expected"),
    [
        (1_704_362_400, "UTC", 1_704_362_400_000),
        (1_704_362_400.5, "UTC", 1_704_362_400_500),
        (1_704_362_400_250, "UTC", 1_704_362_400_250),
        (1_704_362_400, "America/Los_Angeles", 1_704_391_200_000),
    ],
)
def test_times(time: float, name: str, expected: int) -> None:
    """Seconds and milliseconds must be read, on the clock of the project's zone."""
    assert expected == milliseconds(time, zone(name))


@pytest.mark.parametrize(
    "wrong", ["[]", "7", "{", '{"event":1,"properties":{"time":1}}', '{"event":"A"}',
              line("A", time=True), {"event": "A", "properties": {}}, line("A", 1e300)],
)  # fmt: skip
def test_lines_that_are_no_event(wrong: object) -> None:
    """A line that is no event must be told with its number, and the next one be read."""
    bad, good = items(wrong, line("A"))
    assert (True, 1, True) == (isinstance(bad, Unreadable), bad.number, isinstance(good, Record))


@given(st.text(max_size=40).filter(lambda text: not set(text) & set("\n\r")))
def test_any_line_is_read_or_told(text: str) -> None:
    """No line may raise."""
    assert all(isinstance(one, Record | Unreadable) for one in items(text))


def test_it_is_told_from_other_exports() -> None:
    """The first line must tell a Mixpanel export."""
    assert looks_like(line("A"))
    assert not looks_like({"ts": 1, "event": {"e": "A"}})
