"""Files to import: their format, and how they are opened."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest
from tallymark_collector.connect.record import BrokenFile, opened, stream_of
from tallymark_collector.connect.source import Source, UnknownFormat, format_of
from tallymark_collector.query.buckets import zone

if TYPE_CHECKING:
    from pathlib import Path

OWN = b'{"pos":1,"ts":5,"stream":null,"seq":null,"id":"mine-0001","event":{"e":"A"}}\n'
MIXPANEL = b'{"event":"A","properties":{"time":5,"distinct_id":"ann"}}\n'


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.csv", b"event,time\n", "csv"),
        ("a.CSV.gz", b"event,time\n", "csv"),
        ("a", b"event,time\n", "csv"),
        ("a.ndjson", OWN, "ndjson"),
        ("a.json.gz", MIXPANEL, "mixpanel"),
        ("export", MIXPANEL, "mixpanel"),
    ],
)
def test_formats(tmp_path: Path, name: str, content: bytes, expected: str) -> None:
    """A name that says CSV must be believed, else the first line, packed or not."""
    path = tmp_path / name
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    assert expected == format_of(path)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.ndjson", b'{"type":"A"}\n', "neither export"),
        ("a.ndjson", b"event,time\n", "no JSON object"),
        ("a", b"{}\n", "no keys"),
    ],
)
def test_unknown_formats(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    """JSON that is neither export must be refused, and what it holds be told."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnknownFormat, match=says):
        format_of(tmp_path / name)


@pytest.mark.parametrize("name", ["plain.csv", "packed.csv.gz"])
def test_how_far_a_file_is_read(tmp_path: Path, name: str) -> None:
    """Bytes read must grow to the file's size, also of a packed file."""
    text = "event,time\n" + "".join(f"e{number},{number}\n" for number in range(20_000))
    data = gzip.compress(text.encode()) if name.endswith(".gz") else text.encode()
    path = tmp_path / name
    path.write_bytes(data)
    source = Source(path, "csv", {}, zone("UTC"))
    heard: list[int] = []
    assert 20_000 == sum(1 for _ in source.items(heard.append))
    assert (sorted(heard), len(data), source.size) == (heard, heard[-1], len(data))
    assert len(set(heard)) > 1


def test_the_stream_of_a_file(tmp_path: Path) -> None:
    """Only the unpacked bytes of a CSV file must decide its stream (LED-13); exports have none."""
    one, two, packed = tmp_path / "one.csv", tmp_path / "two.csv", tmp_path / "one.csv.gz"
    for path in (one, two):
        path.write_text("event,time\n", encoding="utf-8")
    for mtime in (0, 1):
        packed.write_bytes(gzip.compress(one.read_bytes(), mtime=mtime))
        assert stream_of(one) == stream_of(packed)
    streams = [Source(path, "csv", {}, zone("UTC")).stream for path in (one, two)]
    assert [stream_of(one)] * 2 == streams
    two.write_text("event,time\n\n", encoding="utf-8")
    assert stream_of(one) != stream_of(two)
    assert Source(one, "ndjson", {}, zone("UTC")).stream is None


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"event\xff,time\n", "UTF-8"), (gzip.compress(b"event,time\n" * 99, mtime=0)[:-9], "gzip")],
)
def test_broken_files(tmp_path: Path, content: bytes, says: str) -> None:
    """What is no whole text must end reading with the reason."""
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(BrokenFile, match=says), opened(path) as (text, _):
        text.read()


def test_a_broken_gzip_file_has_no_stream(tmp_path: Path) -> None:
    """Nothing of a file that breaks off must be sent: its stream must tell that it does."""
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"event,time\n" * 99)[:-9])
    with pytest.raises(BrokenFile, match="gzip"):
        stream_of(path)
