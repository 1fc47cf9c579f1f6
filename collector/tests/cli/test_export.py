"""`tallymark export`."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Ran

STREAM = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"


def lines(text: str) -> list[dict[str, Any]]:
    """Return the events of an export."""
    return [json.loads(line) for line in text.splitlines()]


def test_everything_in_order(tallymark: Callable[..., Ran], folder: Path) -> None:
    """Stdout must be all events in order of arrival, and nothing else."""
    ran = tallymark("export", "--data", folder)
    assert (0, "", [1, 2, 3, 4, 5]) == (ran.code, ran.err, [one["pos"] for one in lines(ran.out)])


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--event", "Buy"], [3]),
        (["--event", "Buy", "--event", "View"], [1, 2, 3, 5]),
        (["--after", 3], [4, 5]),
        (["--from", "2026-03-03"], []),
        (["--to", "2026-03-01"], []),
        (["--to", "2026-03-01", "--timezone", "America/Los_Angeles"], [1, 2, 3, 4, 5]),
        (["--from", "2026-03-02", "--to", "2026-03-02"], [1, 2, 3, 4, 5]),
    ],
)
def test_a_part(
    tallymark: Callable[..., Ran], folder: Path, options: list[object], expected: list[int]
) -> None:
    """Names, days and a position must choose what is written."""
    ran = tallymark("export", "--data", folder, *options)
    assert expected == [one["pos"] for one in lines(ran.out)]


@pytest.mark.parametrize("name", ["all.ndjson", "all.ndjson.gz"])
def test_into_a_file(
    tallymark: Callable[..., Ran], folder: Path, tmp_path: Path, name: str
) -> None:
    """A file must hold the lines, packed if its name says so, and the summary where to go on."""
    path = tmp_path / name
    ran = tallymark("export", "--data", folder, "-o", path, "--json")
    data = path.read_bytes()
    text = gzip.decompress(data) if name.endswith(".gz") else data
    assert {"file": str(path), "events": 5, "pos": 5} == ran.json
    assert 5 == len(lines(text.decode()))


def test_it_goes_back_into_its_collector(
    tallymark: Callable[..., Ran], folder: Path, tmp_path: Path
) -> None:
    """An export must store nothing in the collector it came from, and all in another (LED-12)."""
    path, other = tmp_path / "all.ndjson", tmp_path / "other"
    tallymark("export", "--data", folder, "-o", path)
    back = tallymark("import", path, "--data", folder, "--json").json
    there = tallymark("import", path, "--data", other, "--json").json
    assert [(5, 0), (5, 5)] == [(one["records"], one["stored"]) for one in (back, there)]
    assert 5 == len(lines(tallymark("export", "--data", folder).out))
    same = ("ts", "stream", "seq", "id")
    was, now = (lines(tallymark("export", "--data", one).out) for one in (folder, other))
    assert [[one[key] for key in same] for one in was] == [
        [one[key] for key in same] for one in now
    ]


def test_over_http_it_is_the_same(
    tallymark: Callable[..., Ran],
    collector: Any,  # noqa: ANN401
    tmp_path: Path,
) -> None:
    """From a running collector each event must come once, and go back into it as nothing new.

    Whatever it is: placed in a stream or known by its id, with a time that was corrected.
    """
    now = 1_704_362_400_000
    events = [
        {"t": now + number, "e": "A", "u": "ann", "p": {"n": number}, "ctx": {"locale": "cs"}}
        for number in range(1_500)
    ]
    secret = collector.new_key("secret")
    for first in (1, 751):
        part = events[first - 1 : first + 749]
        sent = {"v": 1, "stream": STREAM, "seq": first, "hwm": first + 749, "t0": 0, "events": part}
        assert collector.ask("POST", "/v1/import", sent, key=secret).json["stored"] == 750
    skewed = {"Tallymark-Sent-At": "1000"}
    late = {"v": 1, "stream": STREAM, "seq": 1501, "hwm": 1501, "t0": 0, "events": [
        {"e": "late", "t": 500, "u": "ann"}]}  # fmt: skip
    flat = {"e": "flat", "u": "ann", "id": "mine-0001", "t": 400}
    assert collector.ask("POST", "/v1/batch", late, skewed).json["stored"] == 1
    assert (
        collector.ask("POST", "/v1/e", flat, {**skewed, "Content-Type": "application/json"}).status
        == 204
    )
    url, path = f"http://127.0.0.1:{collector.port}", tmp_path / "all.ndjson.gz"
    out = tallymark(
        "export", "--url", url, "--key", collector.new_key("read"), "-o", path, "--json"
    )
    back = tallymark("import", path, "--url", url, "--key", secret, "--json")
    assert (1_502, 1_502, 0, {}, 1_502) == (
        out.json["events"], back.json["records"], back.json["stored"], back.json["rejected"],
        collector.count(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        (["--from", "soon"], 2, "2024-01-31"),
        (["--timezone", "Mars/X"], 2, "IANA"),
        (["-o", "/no/such/folder/x"], 1, "cannot write to"),
        (["--project", "other"], 1, "no project 'other'"),
        (["--url", "http://127.0.0.1:9"], 2, "Give one"),
    ],
)
def test_what_cannot_be_exported(
    tallymark: Callable[..., Ran], folder: Path, options: list[str], code: int, says: str
) -> None:
    """A wrong option must be told in words and by exit code, with nothing on stdout."""
    ran = tallymark("export", "--data", folder, *options)
    assert (code, "", True) == (ran.code, ran.out, says in " ".join(ran.err.split()))
