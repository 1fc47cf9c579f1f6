"""The demo shop's numbers, computed a second time with pandas and nothing of ours."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from tallymark_collector.reports.answers import answer

sys.path.insert(0, str(Path(__file__).parents[1]))
from by_pandas import DAYS, STEPS, daily, first_entry, load, weekly_retention

if TYPE_CHECKING:
    from tallymark_collector.query.snapshot import Snapshot


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """Return the file as a data frame."""
    return load()


def test_funnel_equals_pandas(shop: Snapshot, table: pd.DataFrame) -> None:
    """The first-entry funnel must have pandas' counts and times from start at every step."""
    counts, times = first_entry(table)
    found: dict[str, Any] = answer("funnel", {"steps": list(STEPS), "window": "7d"}, shop)
    assert counts == [step["count"] for step in found["steps"]]
    averages = [step["avg_time_from_start_s"] for step in found["steps"]]
    assert times == pytest.approx(averages, rel=1e-12)


@pytest.mark.parametrize("measure", ["total", "uniques"])
def test_daily_trend_equals_pandas(shop: Snapshot, table: pd.DataFrame, measure: str) -> None:
    """Each day's total and unique users of each event must be those of pandas."""
    names = sorted(table["event"].unique())[:10]
    question = {"events": names, "measure": measure, "from": DAYS[0], "to": DAYS[1]}
    found: dict[str, Any] = answer("trends", question, shop)
    expected = daily(table, measure)
    days = [day.strftime("%Y-%m-%d") for day in pd.date_range(*DAYS)]
    for series in found["series"]:
        name = series["name"]
        assert {(name, day): expected.get((name, day), 0) for day in days} == {
            (name, point["at"]): point["value"] for point in series["points"]
        }


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Asia/Kathmandu"])
def test_days_of_another_zone_equal_pandas(shop: Snapshot, table: pd.DataFrame, zone: str) -> None:
    """Days must be the project's local ones, also across a change of summer time."""
    local = table["timestamp"].dt.tz_localize("UTC").dt.tz_convert(zone)
    views = table["event"] == "product_view"
    expected = local[views].dt.strftime("%Y-%m-%d").value_counts().to_dict()
    found: dict[str, Any] = answer("trends", {"events": ["product_view"], "timezone": zone}, shop)
    points = found["series"][0]["points"]
    assert expected == {point["at"]: point["value"] for point in points if point["value"]}


@pytest.mark.parametrize("event", ["product_view", None])
def test_weekly_retention_equals_pandas(
    shop: Snapshot, table: pd.DataFrame, event: str | None
) -> None:
    """Each cohort's size and its users in each week since must be those of pandas."""
    name = event or "*"
    question = {"birth_event": name, "return_event": name, "unit": "week", "buckets": 12}
    found: dict[str, Any] = answer("retention", question, shop)
    assert weekly_retention(table, event, 12) == {
        one["at"]: (one["size"], [cell["users"] for cell in one["cells"]])
        for one in found["cohorts"]
    }


def test_breakdown_equals_pandas(shop: Snapshot, table: pd.DataFrame) -> None:
    """Users by platform must be counted in every segment they touched."""
    views = table[table["event"] == "product_view"]
    expected = views.groupby("platform")["user_id"].nunique().to_dict()
    question = {"events": ["product_view"], "measure": "uniques", "by": "platform"}
    found: dict[str, Any] = answer("trends", question, shop)
    assert expected == {one["by"]["platform"]: one["total"] for one in found["series"]}


def test_repeated_and_simultaneous_rows_count_all(
    shop: Snapshot, shop_rows: list[dict[str, str]]
) -> None:
    """All 31,106 rows must count: equal rows are different events (LED-12)."""
    found: dict[str, Any] = answer("trends", {"events": ["*"]}, shop)
    keys = {(row["user_id"], row["event"], row["timestamp"]) for row in shop_rows}
    assert (found["series"][0]["total"], len(shop_rows) - len(keys)) == (31_106, 30)


def test_session_ids_count(shop: Snapshot, shop_rows: list[dict[str, str]]) -> None:
    """Sessions by the events' own id must be the file's 3,605."""
    question = {"events": ["*"], "measure": "sessions", "session": "id"}
    found: dict[str, Any] = answer("trends", question, shop)
    expected = len({row["session_id"] for row in shop_rows})
    assert (found["series"][0]["total"], expected) == (3_605, 3_605)
