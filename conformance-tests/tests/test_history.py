from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallymark_conformance.errors import TraceError
from tallymark_conformance.history import Call, StatsLine, digest, parse
from tallymark_conformance.recorder import Recorder

if TYPE_CHECKING:
    from pathlib import Path

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)
PROPERTIES = st.dictionaries(st.text(max_size=5), VALUES, max_size=4)


def written(path: Path) -> list[str]:
    return path.read_text().splitlines(keepends=True)


def test_what_a_recorder_writes_is_read_back(tmp_path: Path) -> None:
    """Calls, their answers, statistics and the kind of life come back as values."""
    path = tmp_path / "history.jsonl"
    recorder = Recorder(path, "p1", 2, spool=True)
    recorder.invoke(1, "m1", "d1")
    recorder.returned("m1", "id1")
    recorder.invoke(2, "m2", "d2")
    recorder.returned("m2", None)
    recorder.invoke(3, "m3", "d3")
    stats = {"assigned": 2, "stored": 1, "rejected": 0, "dropped": {"hook": 1}, "pending": 0}
    recorder.stats(stats, final=True)
    recorder.close()
    history = parse(written(path))
    assert [
        Call("p1", 2, 1, "m1", "d1", "id1", returned=True),
        Call("p1", 2, 2, "m2", "d2", None, returned=True),
        Call("p1", 2, 3, "m3", "d3"),
    ] == list(history.calls.values())
    line = StatsLine("p1", 2, 2, 1, 0, {"hook": 1}, 0, final=True, accepted=1)
    assert [line] == history.stats
    assert {("p1", 2): True} == history.lives
    assert ["m1"] == [call.marker for call in history.accepted()]
    assert 3 == len(history.of_life("p1", 2))


def test_a_line_cut_short_by_a_kill_is_left_out(tmp_path: Path) -> None:
    """The last line may be half; what stands before it counts."""
    path = tmp_path / "history.jsonl"
    recorder = Recorder(path, "p1", 1, spool=False)
    recorder.invoke(1, "m1", "d1")
    lines = written(path)
    assert {} == parse([*lines[:1], lines[1][:20]]).calls
    recorder.close()


@pytest.mark.parametrize(
    "line",
    [
        "nonsense\n",
        '{"kind":"dance","producer":"p","life":1}\n',
        '{"kind":"return","producer":"p","life":1,"marker":"unknown","id":"x"}\n',
        '{"kind":"invoke","producer":"p","life":1}\n',
        "[]\n",
    ],
)
def test_another_line_is_refused(line: str) -> None:
    """A whole line that is none stops the judge instead of hiding a call."""
    with pytest.raises(TraceError):
        parse([line])


@pytest.mark.parametrize(("assigned", "balanced"), [(10, True), (9, False), (11, False)])
def test_the_ledger_equation_is_checked(assigned: int, balanced: bool) -> None:  # noqa: FBT001 (a parameter)
    """What was assigned is stored, rejected, dropped or pending, to the event (TM-LED-04)."""
    line = StatsLine("p", 1, assigned, 4, 1, {"hook": 2, "expired": 1}, 2, final=False)
    assert balanced == line.balanced


@given(PROPERTIES)
def test_a_digest_does_not_depend_on_order(properties: dict[str, object]) -> None:
    """The same properties in another order of keys are the same content."""
    turned = dict(reversed(list(properties.items())))
    assert digest(properties) == digest(turned)


@given(PROPERTIES, PROPERTIES)
def test_a_digest_tells_contents_apart(one: dict[str, object], other: dict[str, object]) -> None:
    """Equal digests mean equal JSON: true is not 1, and a list is not its text."""
    same = digest(one) == digest(other)
    assert same == (repr_json(one) == repr_json(other))


def repr_json(value: object) -> object:
    """Return *value* in a form in which Python tells true from 1."""
    if isinstance(value, dict):
        return {key: repr_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [repr_json(item) for item in value]
    return type(value), value
