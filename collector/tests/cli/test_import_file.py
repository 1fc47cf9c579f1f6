"""`tallymark import`."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest
from tallymark_collector.cli.import_proof import ELSEWHEN

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Ran

ROWS = "user,event,time,plan\nu,View,2024-01-04,pro\nv,View,2024-01-05,\nu,Buy,soon,\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a packed CSV file of two events and a row that is none."""
    path = tmp_path / "shop.csv.gz"
    path.write_bytes(gzip.compress(ROWS.encode()))
    return path


def test_import_and_proof(tallymark: Callable[..., Ran], collector: Any, file: Path) -> None:  # noqa: ANN401
    """An import must store, a second one add nothing, and both prove it event by event."""
    where = ("--url", f"http://127.0.0.1:{collector.port}", "--key", collector.new_key("secret"))
    first = tallymark("import", file, *where, "--json")
    again = tallymark("import", file, *where, "--json")
    shown = tallymark("import", file, *where)
    assert (0, 2, 1) == (first.code, first.json["stored"], first.json["unreadable"])
    assert (0, 2, 1) == (again.json["stored"], again.json["skipped"], again.json["unreadable"])
    proof = [{"event": "View", "file": 2, "collector": 2, "days_short": []}]
    assert proof == first.json["proof"] == again.json["proof"]
    assert ("complete" in shown.out, "'soon' is no time" in shown.out) == (True, True)


def test_a_dry_run_sends_nothing(tallymark: Callable[..., Ran], file: Path) -> None:
    """A dry run must show what maps to what, and need no collector and no key."""
    ran = tallymark("import", file, "--dry-run", "--json", "--url", "http://127.0.0.1:9")
    assert {"event": "event", "time": "time", "user": "user"} == ran.json["fields"]
    assert (["plan"], {"View": 2}, 1) == (
        ran.json["properties"], ran.json["events"], ran.json["unreadable"]
    )  # fmt: skip
    words = tallymark("import", file, "--dry-run")
    assert "Nothing was sent." in words.out


def test_a_dry_run_gives_verdicts(tallymark: Callable[..., Ran], tmp_path: Path) -> None:
    """A dry run must say what a collector would refuse, by code."""
    path = tmp_path / "a.csv"
    path.write_text("event,time,user\nA,0,ann\n$x,1704362400,ann\nB,1704362400,null\n", "utf-8")
    ran = tallymark("import", path, "--dry-run", "--json")
    assert {"too_old": 1, "reserved_name": 1, "bad_id": 1} == ran.json["would_be_rejected"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--map", "time=when"], "no column 'when'"),
        (["--map", "time"], "is no mapping"),
        (["--map", "colour=plan"], "'colour' is no field"),
        (["--map", "time=plan", "--format", "ndjson"], "--map is for CSV"),
        (["--timezone", "Mars/X"], "IANA"),
        (["--url", "http://127.0.0.1:9"], "needs a secret key"),
        (["--url", "http://127.0.0.1:9", "--data", "x"], "Give one"),
        (["--key", "tms_x", "--project", "other"], "--project is for --data"),
    ],
)
def test_what_cannot_be_imported(
    tallymark: Callable[..., Ran], file: Path, arguments: list[str], says: str
) -> None:
    """A wrong mapping or a missing key must be exit code 2 before anything is sent."""
    ran = tallymark("import", file, *arguments)
    assert (2, "", True) == (ran.code, ran.out, says in " ".join(ran.err.split()))


def test_into_a_folder(tallymark: Callable[..., Ran], file: Path, tmp_path: Path) -> None:
    """Without a server a folder must be imported into, made if need be, and leave no key behind."""
    folder = tmp_path / "new"
    first, again = (tallymark("import", file, "--data", folder, "--json").json for _ in range(2))
    assert ((2, 0), (0, 2)) == tuple((one["stored"], one["skipped"]) for one in (first, again))
    keys = tallymark("key", "list", "--data", folder, "--json").json["keys"]
    assert [True, True] == [k["revoked_at"] is not None for k in keys if k["kind"] == "secret"]
    asked = tallymark("query", "trends", "View", "--data", folder, "--json").json
    assert 2 == asked["series"][0]["total"]


def test_into_a_project(tallymark: Callable[..., Ran], file: Path, folder: Path) -> None:
    """The project named must get the events, one that is not there must be told."""
    tallymark("project", "create", "other", "--data", folder)
    other = ("--data", folder, "--project", "other", "--json")
    assert 2 == tallymark("import", file, *other).json["stored"]
    assert 2 == len(tallymark("tail", *other).out.splitlines())
    assert 5 == len(tallymark("tail", "--data", folder, "--json").out.splitlines())
    missing = tallymark("import", file, "--data", folder, "--project", "third")
    assert (1, True) == (missing.code, "no project 'third'" in missing.err)


@pytest.mark.parametrize("kind", ["write", "read"])
def test_another_key_is_told_at_once(
    tallymark: Callable[..., Ran],
    collector: Any,  # noqa: ANN401
    file: Path,
    kind: str,
) -> None:
    """A key that may not import must be told before anything is read, with the one that may."""
    where = ("--url", f"http://127.0.0.1:{collector.port}", "--key", collector.new_key(kind))
    ran = tallymark("import", file, *where)
    assert (2, "", 0) == (ran.code, ran.out, collector.count())
    assert f"needs a secret key, not a {kind} key" in " ".join(ran.err.split())
    assert "--kind secret" in ran.err


def test_a_folder_in_use(
    tallymark: Callable[..., Ran], file: Path, folder: Path, log: object
) -> None:
    """A folder that a collector writes to must be exit code 3, and say how to send it there."""
    ran = tallymark("import", file, "--data", folder)
    assert (3, "", True) == (ran.code, ran.out, "--url and a secret key" in ran.err)


@pytest.mark.parametrize(
    ("name", "content", "code", "says"),
    [
        ("a.ndjson", b'{"type":"A"}\n', 2, "--format csv, ndjson"),
        ("a.csv.gz", gzip.compress(ROWS.encode() * 99, mtime=0)[:-9], 1, "not a whole gzip file"),
        ("a.csv", b"event,time\n\xff,0\n", 1, "not UTF-8"),
        ("a.csv", b"", 2, "no first line"),
    ],
)
def test_files_that_cannot_be_read(  # noqa: PLR0917 -- a case has four parts
    tallymark: Callable[..., Ran], tmp_path: Path, name: str, content: bytes, code: int, says: str
) -> None:
    """A broken or unknown file must be told in words and by exit code."""
    path = tmp_path / name
    path.write_bytes(content)
    ran = tallymark("import", path, "--data", tmp_path / "data")
    assert (code, True) == (ran.code, says in " ".join(ran.err.split()))


def test_the_sum_is_printed(tallymark: Callable[..., Ran], tmp_path: Path) -> None:
    """Rows read must be stored, duplicate, unreadable and rejected by reason, and shown so."""
    path = tmp_path / "a.csv"
    path.write_text("event,time\nA,2024-01-04\n$x,2024-01-04\nB,soon\n", "utf-8")
    ran = tallymark("import", path, "--data", tmp_path / "data")
    line = ran.out.splitlines()[0]
    assert line == (
        "1 events stored. 3 records read = 1 stored + 0 duplicate + 1 reserved_name + 1 unreadable"
    )


@pytest.mark.parametrize(
    ("when", "short"),
    [
        ("1969-12-31", ELSEWHEN),
        ("1200-01-01", ELSEWHEN),
        ("999999999999999", ELSEWHEN),
        ("0", ELSEWHEN),
        ("1970-01-02", "1970-01-02"),
        ("2150-06-01", "2150-06-01"),
    ],
)
def test_times_far_away_do_not_hide_the_proof(
    tallymark: Callable[..., Ran], tmp_path: Path, when: str, short: str
) -> None:
    """A refused row decades away, or of a day no question can name, must leave the rest shown."""
    path = tmp_path / "a.csv"
    path.write_text(f"event,time\nA,2024-01-04\nA,{when}\nB,2024-01-05\n", "utf-8")
    ran = tallymark("import", path, "--data", tmp_path / "data", "--json")
    assert (0, 2, True) == (ran.code, ran.json["stored"], ran.json["adds_up"])
    proof = {one["event"]: one for one in ran.json["proof"]}
    assert {"event": "A", "file": 2, "collector": 1, "days_short": [short]} == proof["A"]
    assert {"event": "B", "file": 1, "collector": 1, "days_short": []} == proof["B"]
    again = tallymark("import", path, "--data", tmp_path / "data", "--dry-run")
    assert 0 == again.code


def test_mixpanel(tallymark: Callable[..., Ran], tmp_path: Path) -> None:
    """Mixpanel's export must go in once, its devices joined to their users."""
    path = tmp_path / "export.json.gz"
    lines = [
        {"event": "View", "properties": {"time": 1_704_362_400, "distinct_id": "$device:D",
                                         "$device_id": "D", "$insert_id": "1"}},
        {"event": "Buy", "properties": {"time": 1_704_362_460, "distinct_id": "ann",
                                        "$user_id": "ann", "$device_id": "D", "$insert_id": "2"}},
    ]  # fmt: skip
    text = "".join(json.dumps(line) + "\n" for line in [*lines, lines[0]])
    path.write_bytes(gzip.compress(text.encode()))
    data = tmp_path / "data"
    first, again = (tallymark("import", path, "--data", data, "--json").json for _ in range(2))
    assert [(3, 1, 3, 1), (3, 1, 0, 4)] == [
        tuple(one[key] for key in ("records", "added", "stored", "duplicate"))
        for one in (first, again)
    ]
    funnel = tallymark("query", "funnel", "View", "Buy", "--data", data, "--json").json
    assert [1, 1] == [step["count"] for step in funnel["steps"]]
    assert "+ 1 links they show" in tallymark("import", path, "--data", data).out


def test_an_export_comes_back(
    tallymark: Callable[..., Ran],
    collector: Any,  # noqa: ANN401
    folder: Path,
    tmp_path: Path,
) -> None:
    """What `tail --json` wrote must be importable elsewhere, each event once."""
    path = tmp_path / "export.ndjson"
    path.write_text(tallymark("tail", "--json", "--data", folder).out, encoding="utf-8")
    where = ("--url", f"http://127.0.0.1:{collector.port}", "--key", collector.new_key("secret"))
    first, again = (tallymark("import", path, *where, "--json").json for _ in range(2))
    assert (5, 5) == (first["stored"], collector.count())
    assert (0, 5) == (again["stored"], again["skipped"] + again["duplicate"])
