"""`tallymark import`."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import pytest

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
    assert (0, 3) == (again.json["stored"], again.json["skipped"])
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


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--map", "time=when"], "no column 'when'"),
        (["--map", "time"], "is no mapping"),
        (["--timezone", "Mars/X"], "IANA"),
        ([], "needs a secret key"),
    ],
)
def test_what_cannot_be_imported(
    tallymark: Callable[..., Ran], file: Path, arguments: list[str], says: str
) -> None:
    """A wrong mapping or a missing key must be exit code 2 before anything is sent."""
    ran = tallymark("import", file, *arguments)
    assert (2, "", True) == (ran.code, ran.out, says in " ".join(ran.err.split()))


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
    assert (5, 0, 5, 5) == (first["stored"], again["stored"], again["duplicate"], collector.count())
