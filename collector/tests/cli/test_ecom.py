"""A file brought in and asked about as anybody would, beside the same numbers by pandas."""

from __future__ import annotations

import sys
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from tallymark_collector.cli import run

sys.path.insert(0, str(Path(__file__).parents[1]))
from by_pandas import DAYS, STEPS, daily, first_entry, load, weekly_retention

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Ran

MAPS = ("--map", "user=user_id", "--map", "time=timestamp", "--map", "session=session_id")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder into which the file was imported, without a server."""
    folder = tmp_path_factory.mktemp("ecom") / "data"
    with as_file(files("tallymark_collector").joinpath("data/ecom.csv.gz")) as file:
        assert run(["import", str(file), "--data", str(folder), *MAPS]) == 0
    return folder


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """Return the file as a data frame."""
    return load()


def test_each_row_once(tallymark: Callable[..., Ran], data: Path) -> None:
    """All 31,106 rows must be stored, equal ones too, and a second run store 0 (LED-12)."""
    with as_file(files("tallymark_collector").joinpath("data/ecom.csv.gz")) as file:
        again = tallymark("import", file, "--data", data, *MAPS, "--json").json
    assert (31_106, 0, 31_106, True) == tuple(
        again[key] for key in ("records", "stored", "skipped", "adds_up")
    )
    assert all(line["file"] == line["collector"] for line in again["proof"])
    total = tallymark("query", "trends", "*", "--data", data, "--json").json
    assert 31_106 == total["series"][0]["total"] == total["rows_read"]


@pytest.mark.parametrize("measure", ["total", "uniques"])
def test_trends(
    tallymark: Callable[..., Ran], data: Path, table: pd.DataFrame, measure: str
) -> None:
    """Each day of each step must be that of pandas."""
    ran = tallymark("query", "trends", *STEPS, "--measure", measure, "--data", data, "--json")
    expected = daily(table, measure)
    days = [day.strftime("%Y-%m-%d") for day in pd.date_range(*DAYS)]
    found = {
        (series["name"], point["at"]): point["value"]
        for series in ran.json["series"]
        for point in series["points"]
    }
    assert found == {(step, day): expected.get((step, day), 0) for step in STEPS for day in days}


def test_funnel(tallymark: Callable[..., Ran], data: Path, table: pd.DataFrame) -> None:
    """Seven days from the first entry: counts and times must be those of pandas."""
    found = tallymark("query", "funnel", *STEPS, "--window", "7d", "--data", data, "--json").json
    counts, times = first_entry(table)
    steps: list[dict[str, Any]] = found["steps"]
    assert counts == [step["count"] for step in steps]
    assert times == pytest.approx([step["avg_time_from_start_s"] for step in steps], rel=1e-12)


def test_weekly_retention(tallymark: Callable[..., Ran], data: Path, table: pd.DataFrame) -> None:
    """Each cohort and each of its weeks must be those of pandas."""
    asked = ("query", "retention", STEPS[0], STEPS[0], "--unit", "week", "--buckets", 10)
    found = tallymark(*asked, "--data", data, "--json").json
    assert weekly_retention(table, STEPS[0], 10) == {
        one["at"]: (one["size"], [cell["users"] for cell in one["cells"]])
        for one in found["cohorts"]
    }
