"""The demo shop's numbers, computed a second time with pandas and nothing of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from tallymark_collector.reports.answers import answer

if TYPE_CHECKING:
    from tallymark_collector.query.snapshot import Snapshot

STEPS = ("product_view", "add_to_cart", "shipping_details", "payment_details", "purchase")
WINDOW = pd.Timedelta(days=7)


@pytest.fixture(scope="module")
def table(shop_rows: list[dict[str, str]]) -> pd.DataFrame:
    """Return the file as a data frame, by time and then by line."""
    frame = pd.DataFrame(shop_rows)
    frame["timestamp"] = pd.to_datetime(frame["timestamp"])
    return frame.sort_values("timestamp", kind="stable").reset_index(drop=True)


def first_entry(table: pd.DataFrame) -> tuple[list[int], list[float]]:
    """Join each user's first entry to the earliest later row of the next step, step by step."""
    rows = table.reset_index(names="place")[["user_id", "event", "timestamp", "place"]]
    reached = rows[rows["event"] == STEPS[0]].groupby("user_id").first()
    entered = reached["timestamp"]
    counts, times = [len(reached)], [0.0]
    for step in STEPS[1:]:
        candidates = rows[rows["event"] == step].join(
            reached[["place"]], on="user_id", how="inner", suffixes=("", "_before")
        )
        later = candidates["place"] > candidates["place_before"]
        inside = candidates["timestamp"] <= candidates["user_id"].map(entered) + WINDOW
        reached = candidates[later & inside].groupby("user_id").first()
        counts.append(len(reached))
        waited = reached["timestamp"] - entered.reindex(reached.index)
        times.append(waited.dt.total_seconds().mean())
    return counts, times


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
    question = {"events": names, "measure": measure, "from": "2024-01-04", "to": "2024-06-29"}
    found: dict[str, Any] = answer("trends", question, shop)
    grouped = table.groupby(["event", table["timestamp"].dt.strftime("%Y-%m-%d")])["user_id"]
    expected = (grouped.size() if measure == "total" else grouped.nunique()).to_dict()
    days = [day.strftime("%Y-%m-%d") for day in pd.date_range("2024-01-04", "2024-06-29")]
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
